import Recipes

/// What a run does by itself after an evaluation: lower the rate, or end. Both are functions of what was measured, and
/// their memory is part of the state, so that a resumed run does the same at the same step.
extension Trainer {
    /// On a plateau of the schedule: whether the validation loss still falls.
    func watchPlateau() {
        guard let plateau = schedule.plateau(at: step) else {
            state.plateau = []
            return
        }
        guard let loss = lossNow, loss.isFinite else { return }
        state.plateau.append(loss)
        state.plateau.removeFirst(max(0, state.plateau.count - plateau.window))
        let factor = schedule.factor(at: step) * schedule.remainder(at: step, falls: state.falls)
        guard state.plateau.count == plateau.window, factor * plateau.by >= plateau.least,
            !FallTest.falls(state.plateau)
        else { return }
        state.falls.append(step)
        state.plateau = []
        report(
            .log(
                priority: 5, step: step,
                message: "The validation loss has not fallen over \(plateau.window) evaluations: the rate is "
                    + "\(Float(schedule.rate(at: step, falls: state.falls))) from here on."))
    }

    /// Which validation metric `stop: {test: paired}` looks at, with which average; nil where nothing is to be judged.
    var judgement: (judge: Model.Judge, suffix: String)? {
        guard recipe.stop.patience != .forever, setup.recipe.stop.test == .paired else { return nil }
        let parts = bestMetric.name.split(separator: "@", maxSplits: 1)
        return (
            parts.first?.hasSuffix("accuracy") == true ? .error : .loss, parts.count == 2 ? "@\(parts[1])" : ""
        )
    }

    /// Ends the run where nothing has got better for as long as `stop` waits.
    func watchPatience() {
        guard let patience = interval(recipe.stop.patience) else { return }
        if let now = judgedNow {
            if state.reference.map({ now.isLess(than: $0.means) }) ?? true {
                state.reference = ControllerState.Reference(step: step, means: now)
            }
        }
        let best = setup.recipe.stop.test == .paired ? state.reference?.step : state.best?.step
        guard let best, step - max(best, patienceSince ?? 0) >= patience else { return }
        state.stopped = step
        report(
            .log(
                priority: 5, step: step,
                message:
                    "Nothing has got better since step \(best), for \(step - best) steps: `stop.patience` ends the "
                    + "run here. Its best checkpoint is kept."))
    }

    var hasStopped: Bool {
        guard let stopped = state.stopped else { return false }
        return patienceSince.map { $0 < stopped } ?? true
    }

    /// Where a person last said how long the run goes on: from there patience is counted anew.
    private var patienceSince: Int? {
        changes.last { change in
            change.step <= step && change.values.keys.contains { $0.hasPrefix("until") || $0.hasPrefix("stop") }
        }?.step
    }
}
