import Recipes
import Tensors

/// What happens between two steps besides measuring: snapshots, orders, the end.
extension Trainer {
    enum Way {
        case on, stop
    }

    /// Takes what orders wait. Held, it waits for more; the time does not count as training.
    func takeOrders() throws(TrainingFailure) -> Way {
        while let order = orders.poll() {
            switch order {
            case .stop: return .stop
            case .checkpoint: try snapshot(.asked)
            case .hold: if try hold() == .stop { return .stop }
            case .go: break
            case .change(let change):
                report(
                    .log(
                        priority: 4, step: step,
                        message: "A change for step \(change.step) came while the run was not held; it is left out."))
            }
        }
        return .on
    }

    private func hold() throws(TrainingFailure) -> Way {
        pace.hold(clock.seconds)
        defer { pace.go(clock.seconds, step: step) }
        report(.held(step: step))
        while true {
            switch orders.wait() {
            case nil, .stop: return .stop
            case .go: return .on
            case .hold: report(.held(step: step))
            case .checkpoint: try snapshot(.asked)
            case .change(let change):
                guard change.step == step else {
                    throw TrainingFailure(
                        code: .internal,
                        message: "A change was committed for step \(change.step), but the run is held at \(step).")
                }
                try add(change)
            }
        }
    }

    /// Copies the state into a free buffer and hands it over. Without a free buffer it is left out: one is on its way.
    ///
    /// Weights that are not finite are never handed over: a run goes back to the checkpoints before.
    func snapshot(_ cause: Snapshot.Cause) throws(TrainingFailure) {
        guard FloatLook.allFinite(model.network.parameters, count: model.network.plan.parameterFloats) else {
            return try leaveOutSnapshot(cause)
        }
        let buffer: SnapshotBuffer?
        do {
            buffer = try sink.buffer(byteCount: model.layout.byteCount, cause: cause)
        } catch {
            throw TrainingFailure(
                code: .ioError,
                message: "There is no memory for a checkpoint of \(model.layout.byteCount) bytes: \(error)")
        }
        guard let buffer else { return }
        measureStatistics()
        let canary = watchers == nil ? nil : canary()
        model.layout.write(to: buffer.bytes, model.network.pool)
        pace.lastSnapshot = clock.seconds
        // Whoever hears of the checkpoint must not read an older step of the run.
        report(.progress(progress))
        sink.submit(
            Snapshot(
                step: step, cause: cause, tensors: model.layout.records(taken: state.taken),
                state: stateText,
                metrics: latest.values.sorted { $0.name < $1.name }, environment: setup.environment,
                activeSeconds: pace.active(clock.seconds), watch: watchText, canary: canary), buffer)
    }

    /// The state at this step.
    var stateText: String {
        state.spikes = recipe.watch.action("W2") == .rollback ? spikes?.numbers : nil
        return state.text(step: step)
    }

    private func leaveOutSnapshot(_ cause: Snapshot.Cause) throws(TrainingFailure) {
        let message = "Step \(step): a weight is not finite, so no checkpoint was taken; the last one is good."
        guard cause == .end || cause == .stop else {
            return report(.log(priority: 4, step: step, message: message))
        }
        throw TrainingFailure(code: .nanLoss, message: message)
    }

    /// What is measured where the end is reached.
    func measureEnd() {
        tellTrainMetrics()
        if setup.dataset.validation.count > 0, evaluatedAt != step { _ = evaluateValidation() }
        if setup.dataset.test.count > 0 { measure("test", setup.dataset.test) }
    }

    /// The last snapshot, after the final evaluation where the end was reached.
    func finish(_ cause: Snapshot.Cause) throws(TrainingFailure) {
        if cause == .end { measureEnd() }
        watchEnd()
        report(.progress(progress))
        // Whatever is still on its way goes first: the last snapshot must not be left out, nor push out a best one.
        sink.drain()
        try snapshot(cause)
        sink.drain()
        report(.finished(step: step, reachedEnd: cause == .end))
    }
}
