import Datasets
import Networks
import Recipes
import Tensors

/// What watchers do in a run: they look at updates and evaluations, tell what they find, and ask for a rollback where the
/// recipe wants one.
extension Trainer {
    /// The part of the run that is left; nil where it has no end in steps.
    private var partLeft: Double? {
        schedule.totalSteps.map { $0 > 0 ? Double($0 - step) / Double($0) : 0 }
    }

    /// Tells a result where it is worse than all before, by the action that the recipe has for it.
    func tell(_ result: CheckResult) {
        guard let watchers, recipe.watch.action(result.id) != .off else { return }
        var result = result
        result.step = result.step ?? step
        guard watchers.keep(result) else { return }
        if recipe.watch.action(result.id) == .log {
            return report(.log(priority: 5, step: step, message: "\(result.id): \(result.message)"))
        }
        report(.watched(result))
    }

    private func wants(_ id: String) -> Bool { recipe.watch.action(id) != .off }

    // MARK: At the beginning and at the end

    func watchBeginning() {
        guard let watchers else { return }
        watchers.magnitudesShown = clock.seconds
        tell(ScheduleAudit.result(schedule))
    }

    /// Every watcher's last word.
    func watchEnd() {
        guard let watchers else { return }
        if wants("W8") { tell(watchers.curve.judge(step: step)) }
        if wants("W1") { tell(CheckResult("W1", .pass, .invariant, "Every update was finite.", step: step)) }
        if wants("W2"), let spikes {
            tell(
                CheckResult(
                    "W2", .pass, .statistic,
                    "\(spikes.spikes) of \(spikes.updates) updates had a loss far above those before.",
                    numbers: [
                        CheckNumber("spikes", Double(spikes.spikes)), CheckNumber("updates", Double(spikes.updates)),
                        CheckNumber("mean loss", spikes.mean),
                    ], step: step))
        }
        // The results that they belong to are among those below.
        showMagnitudes(isLast: true)
        if wants("W10"), let epochs = watchers.epochs.result(step: step) { tell(epochs) }
        for result in watchers.results.values.sorted(by: { $0.id < $1.id })
        where [.warn, .pause, .stop, .rollback].contains(recipe.watch.action(result.id)) {
            report(.watched(result))
        }
    }

    /// Seconds between two showings of histograms, which nobody looks at each time.
    private static var showingSeconds: Double { 30 }

    /// The histograms of gradients and updates, as pictures of W3.
    private func showMagnitudes(isLast: Bool = false) {
        guard let watchers, [.warn, .pause].contains(recipe.watch.action("W3")) else { return }
        let pictures = watchers.magnitudes.pictures
        guard !pictures.isEmpty else { return }
        watchers.magnitudesShown = clock.seconds
        for picture in pictures { report(.pictured(check: "W3", picture)) }
        if watchers.results["W3"] == nil {
            tell(
                .skip(
                    "W3", "Fewer than \(UpdateRatios.every) updates were done: the sizes of none were looked at."))
        }
        if !isLast, let result = watchers.results["W3"] { report(.watched(result)) }
    }

    /// An epoch whose order has just been made.
    func watchEpoch(_ order: EpochOrder) {
        guard let watchers, wants("W10") else { return }
        if let result = watchers.epochs.look(order, setup.dataset.learned, step: step) { tell(result) }
    }

    // MARK: Around an update

    /// Before the gradient of an update.
    func watchBefore(_ positions: ArraySlice<UInt32>) throws(TrainingFailure) {
        guard let watchers else { return }
        if wanted.steadyBits, let isSame = watchers.bits.findWeights(model.network), !isSame {
            throw steadyFailure(
                "Weights or moments have changed between two updates, before update \(step).")
        }
        if wanted.steadyBits, SteadyBits.isDue(step) {
            let part = positions.prefix(setup.recipe.batch)
            takeGradient(of: part, part: 0)
            watchers.bits.keepGradient(model.network)
            model.network.dropGradient()
        }
    }

    /// After the gradient of an update's first batch.
    func watchGradient() throws(TrainingFailure) {
        guard let watchers, let isSame = watchers.bits.findGradient(model.network), !isSame else { return }
        throw steadyFailure("The gradient of update \(step) is not the same when it is computed twice.")
    }

    /// Between the gradient of an update and the update.
    func watchUpdate() {
        guard let watchers, wanted.ratios else { return }
        if UpdateRatios.isDue(step) { watchers.ratios.willChange(model.network) }
        if isMagnitudeDue(step) { watchers.magnitudes.willChange(model.network) }
    }

    /// Whether the update after so many is one that an evaluation follows, by the key; with or without a validation split.
    private func isMagnitudeDue(_ steps: Int) -> Bool {
        watchers?.magnitudes.isDue(after: steps, interval: evaluationInterval) ?? false
    }

    /// Whether there is much to learn yet: with a loss of next to nothing small steps are right.
    private var isLearning: Bool { spikes.map { $0.mean > 0.05 * $0.first } ?? true }

    /// After an update.
    /// - Parameter rate: its rate.
    func watchAfter(_ result: StepResult, rate: Double) throws(TrainingFailure) {
        let finding = watchSpikes(result.loss, rate)
        guard let watchers else { return }
        if wanted.clipped,
            let result = watchers.clipped.add(
                norm: result.gradientNorm, limit: recipe.clip.gradientNorm, isScaled: recipe.optimizer.kind != .sgd,
                step: step)
        {
            tell(result)
        }
        if wanted.ratios, UpdateRatios.isDue(step - 1) {
            if let result = watchers.ratios.didChange(
                model.network, rate: rate, full: recipe.optimizer.rate, step: step, left: partLeft,
                isLearning: isLearning)
            {
                tell(result)
            }
        }
        if wanted.ratios, isMagnitudeDue(step - 1) {
            watchers.magnitudes.didChange(model.network, step: step)
            if clock.seconds - watchers.magnitudesShown >= Self.showingSeconds { showMagnitudes() }
        }
        if wanted.steadyBits, SteadyBits.isDue(step) { watchers.bits.keepWeights(model.network) }
        try tell(finding, loss: result.loss)
    }

    private func watchSpikes(_ loss: Double, _ rate: Double) -> SpikeWatch.Finding {
        guard watching == .remembers || wanted.losses else { return .quiet }
        return spikes?.add(loss, rate: rate, step: step) ?? .quiet
    }

    private func tell(_ finding: SpikeWatch.Finding, loss: Double) throws(TrainingFailure) {
        guard finding != .quiet, let watchers, wanted.spikes else { return }
        let numbers = [CheckNumber("loss", loss), CheckNumber("mean of late", spikes?.mean ?? .nan)]
        switch finding {
        case .quiet: break
        case .spike(let z):
            watchers.loggedSpikes += 1
            // One by one they are of no interest.
            guard watchers.loggedSpikes <= 20 else { break }
            report(
                .log(
                    priority: 6, step: step,
                    message:
                        "The loss of this update, \(Float(loss)), is \(Int(z)) robust deviations above the last 200."))
        case .many(let count):
            tell(
                CheckResult(
                    "W2", .warn, .statistic,
                    "\(count) of the last 50 updates had a loss far above the 200 before.", numbers: numbers,
                    action: "Lower `optimizer.rate`, or add `clip: {gradient_norm: 1.0}`.", step: step))
        case .persistent(let since):
            let result = CheckResult(
                "W2", spikes?.isLost == true ? .fail : .warn, .statistic,
                "The mean loss has been far above its best since update \(since).",
                numbers: numbers + [CheckNumber("best mean", spikes?.best ?? .nan)],
                action:
                    "Go back to a checkpoint from before: `simmer resume JOB --from STEP`, with a lower rate; or let "
                    + "`watch: {W2: rollback}` do it.", step: step)
            tell(result)
            guard recipe.watch.action("W2") == .rollback, watching == .tells else { break }
            var failure = TrainingFailure(code: .lossSpike, message: "Step \(step): \(result.message)")
            failure.fault = WatchFault(watcher: "W2", step: step, since: since)
            throw failure
        }
    }

    private func steadyFailure(_ message: String) -> TrainingFailure {
        guard let watchers else { return TrainingFailure(code: .hardware, message: message) }
        let result = watchers.bits.result(.fail, message, step: step)
        tell(result)
        var failure = TrainingFailure(code: .hardware, message: "\(message) \(result.action ?? "")")
        if recipe.watch.action("W13") == .rollback {
            failure.fault = WatchFault(watcher: "W13", step: step, since: step)
        }
        return failure
    }

    // MARK: Not finite

    /// An update that was not finite is computed again: what does not come again was the machine.
    /// - Returns: the update, where it now was finite.
    func again(
        _ positions: ArraySlice<UInt32>, _ first: StepResult, rate: Double, averageShare: Double?
    ) throws(TrainingFailure) -> StepResult {
        guard watchers != nil else { throw notFinite(first, rate) }
        var batch = GuiltyBatch()
        try takeGradients(of: positions) { part in batch.add(model, part) }
        let evidence = { [self] (result: StepResult, recurred: Bool) in
            batch.result(model, setup.dataset.learned, result, rate: rate, step: step, recurred: recurred)
        }
        let result = model.network.finishStep(
            step, rate: rate, momentStep: step - state.momentsSince, averageShare: averageShare)
        guard !result.isFinite else {
            tell(evidence(first, false))
            return result
        }
        showMagnitudes()
        report(
            .shown(
                check: "W1", caption: "The examples of update \(step), the largest losses first",
                positions: batch.positions))
        report(.watched(evidence(result, true)))
        var failure = notFinite(result, rate)
        failure.fault = WatchFault(watcher: "W1", step: step, since: step)
        throw failure
    }

    // MARK: At an evaluation

    /// What looks at the validation split while it is measured.
    func beginLook(_ subset: Subset) -> AnswerLook? {
        guard let watchers, subset.count > 0 else { return nil }
        if wants("W5"), !watchers.activity.layers.isEmpty {
            watchers.activity.clear()
            model.network.activity = watchers.activity
        }
        return AnswerLook(model, examples: subset.count)
    }

    /// After each batch of it.
    func look(_ look: inout AnswerLook) {
        look.add(model)
        if watchers?.activity.examples ?? 0 >= DeadUnits.examples { model.network.activity = nil }
    }

    func endLook(_ look: AnswerLook) {
        model.network.activity = nil
        if let result = look.notFinite(in: setup.dataset.validation, step: step) { return tell(result) }
        guard let watchers else { return }
        if wants("W5"), let spikes {
            tell(watchers.units.judge(watchers.activity, losses: spikes, step: step))
        }
        if wants("W14") { tell(watchers.answers.judge(look, step: step)) }
        if wants("W17") {
            var names: [String] = []
            if case .classes(let words) = model.facts.target { names = words }
            tell(
                watchers.classes.judge(look, perExample: model.facts.targetsPerExample, names: names, step: step))
        }
        if wants("W7"), let spikes {
            tell(watchers.apart.judge(look.means, training: spikes.mean, total: schedule.totalSteps, step: step))
        }
    }

    /// After an evaluation.
    func watchEvaluation() {
        guard let watchers else { return }
        if let lossNow { watchers.curve.add(lossNow, step: step) }
        let rate = schedule.rate(at: max(0, step - 1), falls: state.falls)
        if wants("W4"),
            let result = watchers.unchanged.look(
                model.network, rate: rate, full: recipe.optimizer.rate, isLearning: isLearning, step: step)
        {
            tell(result)
        }
        let training = setup.dataset.training
        if wants("W18"), let spikes, watchers.modes.isDue(model, training.count, step: step) {
            tell(watchers.modes.measure(model, training, first: spikes.first, step: step))
        }
        if wants("W13"), watchers.bits.looks > 0 {
            tell(
                watchers.bits.result(
                    .pass, "Weights stayed what they were, and gradients came out the same twice.", step: step))
        }
    }

    // MARK: In snapshots

    /// Examples that a snapshot is asked about.
    private static var canaryExamples: Int { 16 }

    /// A digest of what the network answers to the first few examples; costs a forward pass of 16.
    func canary() -> String? {
        let subset = setup.dataset.validation.count > 0 ? setup.dataset.validation : setup.dataset.training
        let count = min(Self.canaryExamples, subset.count, model.batch.capacity)
        guard count > 0 else { return nil }
        model.fill(subset, ArraySlice((0..<UInt32(count)).map { $0 }))
        _ = model.network.evaluate(model.batch)
        let outputs = count * model.facts.targetsPerExample * model.network.plan.outputCount
        let digits = String(BitDigest.of(model.network.outputs, count: outputs), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What watchers remember; nil where nobody watches.
    var watchText: String? {
        guard let watchers else { return nil }
        var memory = watchers.memory
        if let spikes, state.spikes == nil { memory.lists["spikes"] = spikes.numbers }
        return memory.text
    }

    func recall(_ snapshot: Snapshot) {
        let memory = WatchMemory(snapshot.watch)
        watchers?.recall(memory)
        if spikes != nil { spikes = SpikeWatch(state.spikes ?? memory.lists["spikes"] ?? []) }
    }

    /// W12: whether a checkpoint that was read back answers as it did when it was taken; nil where it was not asked then, or
    /// another version or processor was.
    public func canaryResult(_ snapshot: Snapshot?) -> CheckResult? {
        guard let snapshot, let then = snapshot.canary, snapshot.environment == setup.environment, step == snapshot.step
        else { return nil }
        let isSame = canary() == then
        return CheckResult(
            "W12", isSame ? .pass : .fail, .invariant,
            isSame
                ? "Checkpoint \(step), read back, gives the same answers, bit for bit."
                : "Checkpoint \(step), read back, gives other answers than when it was taken.",
            action: isSame
                ? nil
                : "Do not go on from it: `simmer resume JOB --from` an older one, and test the machine's memory.",
            step: step)
    }
}
