import Datasets
import Recipes
import Training

/// K1: the whole path of a job in small: updates, an evaluation, the state out, another network that takes it in, the
/// evaluation again, updates. It ends where a run ends that nobody has disturbed.
enum Continuation: Check {
    static let ids = ["K1"]
    /// Examples of the two evaluations.
    private static let asked = 256

    static func seconds(_ bench: Bench) throws -> Double {
        0.2 + Double(try bench.firstStepCount()) * (bench.stepSeconds ?? 0)
    }

    /// What both halves of the interrupted run have measured.
    struct Halves {
        /// Of each update, first to last.
        var losses: [Double]
        /// Of each example, before the state went out and after it came in.
        var before: [Double]
        var after: [Double]
        var end: TrainingState
        var stateBytes: Int
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let whole = try bench.firstSteps()
        let steps = whole.losses.count
        guard steps >= 2 else { throw CheckSkip("One update cannot be interrupted.") }
        return [result(whole, try halves(bench, steps: steps))]
    }

    /// - Parameter change: what is done to the state while it is out.
    static func halves(
        _ bench: Bench, steps: Int, change: (inout SavedTrial) -> Void = { _ in }
    ) throws -> Halves {
        let subset = bench.dataset.validation.count > 0 ? bench.dataset.validation : bench.dataset.training
        let judge = subset.held(bench.positions(subset, asked, salt: 41))
        var losses: [Double] = []
        func train(_ trial: Trial, to step: Int) throws(TrainingFailure) {
            try trial.train(to: step) { _, result in
                losses.append(result.loss)
                return true
            }
        }
        let first = try Trial(bench.recipe, bench.dataset, pool: bench.pool)
        try train(first, to: steps / 2)
        let before = first.losses(Subset(judge))
        var saved = try first.save()
        change(&saved)
        let second = try Trial(bench.recipe, bench.dataset, pool: bench.pool)
        try second.restore(saved)
        let after = second.losses(Subset(judge))
        try train(second, to: steps)
        return Halves(
            losses: losses, before: before, after: after, end: TrainingState(second.model.network),
            stateBytes: saved.bytes.count)
    }

    static func result(_ whole: FirstSteps, _ halves: Halves) -> CheckResult {
        let difference = whole.state.differences(to: halves.end)
        let answers = zip(halves.before, halves.after).count { $0.bitPattern != $1.bitPattern }
        let firstStep = zip(whole.losses, halves.losses).enumerated().first { $1.0.bitPattern != $1.1.bitPattern }
        let steps = whole.losses.count
        let numbers = [
            CheckNumber("steps", Double(steps), unit: "steps"),
            CheckNumber("size of the state", Double(halves.stateBytes), unit: "bytes"),
            CheckNumber("answers that changed", Double(answers)),
            CheckNumber("different numbers at the end", Double(difference.count)),
            CheckNumber("largest relative difference", difference.largest),
        ]
        guard difference.count > 0 || answers > 0 || firstStep != nil || halves.losses.count != steps else {
            return CheckResult(
                "K1", .pass, .invariant,
                "Interrupted after \(count(steps / 2, "update")), evaluated, saved and restored, the run ends in the same "
                    + "bits as an uninterrupted one.", numbers: numbers)
        }
        let what =
            answers > 0
            ? "\(count(answers, "example")) of \(halves.before.count) \(answers == 1 ? "is" : "are") answered differently once the state was saved "
                + "and restored"
            : firstStep.map { "update \($0.offset + 1) has another loss than in an uninterrupted run" }
                ?? "\(difference.count) numbers of the state differ in the end"
        return CheckResult(
            "K1", .fail, .invariant, "An interrupted run continues differently: \(what).", numbers: numbers,
            action: "Nothing that goes on from a checkpoint can be trusted: report this as a bug, with the recipe.")
    }
}
