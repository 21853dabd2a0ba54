import Datasets
import Networks
import Recipes

/// W18: the loss of the same training examples in training mode and in evaluation mode. Dropout makes the first one larger,
/// which is no fault; running statistics that are wrong make the second one larger.
struct ModeGap {
    static let examples = 512
    static let inRow = 3

    private var wideInRow = 0
    private(set) var measuredAt: Int?

    /// Updates between two measurements, which cost two thirds of an update for each batch: a third of a percent.
    static func interval(_ model: Model, _ count: Int) -> Int {
        let batches = (min(count, examples) + model.batch.capacity - 1) / model.batch.capacity
        return max(500, 200 * batches / max(model.recipe.accumulate, 1))
    }

    func isDue(_ model: Model, _ count: Int, step: Int) -> Bool {
        step >= 500 && step - (measuredAt ?? 0) >= Self.interval(model, count)
    }

    /// - Parameter first: the loss that the run began with, against which a difference is held.
    mutating func measure(_ model: Model, _ training: Subset, first: Double, step: Int) -> CheckResult {
        measuredAt = step
        guard model.recipe.optimizer.kind != .scheduleFreeAdamw else {
            return .skip("W18", "schedule-free training takes its gradients at other weights than it measures.")
        }
        let count = min(Self.examples, training.count)
        guard count >= 2 else { return .skip("W18", "There are too few training examples.") }
        let positions = (0..<count).map { UInt32($0 * training.count / count) }
        var evaluated = (sum: 0.0, count: 0)
        var trained = evaluated
        for start in stride(from: 0, to: count, by: model.batch.capacity) {
            let part = positions[start..<min(start + model.batch.capacity, count)]
            // Of one example batch norm makes nothing.
            guard part.count > 1 || count == 1 else { continue }
            model.fill(training, part)
            let one = model.network.evaluate(model.batch)
            let other = model.network.measureInTraining(model.batch, step: step)
            evaluated = (evaluated.sum + one.lossSum, evaluated.count + one.count)
            trained = (trained.sum + other.lossSum, trained.count + other.count)
        }
        guard evaluated.count > 0, trained.count > 0 else {
            return .skip("W18", "There are too few training examples.")
        }
        let (evaluation, training) = (evaluated.sum / Double(evaluated.count), trained.sum / Double(trained.count))
        let isWide = evaluation > 1.5 * training && evaluation - training > 0.05 * first
        wideInRow = isWide || !evaluation.isFinite ? wideInRow + 1 : 0
        let verdict: CheckVerdict = wideInRow >= Self.inRow ? .warn : .pass
        return CheckResult(
            "W18", verdict, .counterfactual,
            "\(count) training examples have a loss of \(short(training)) in training mode and \(short(evaluation)) in "
                + "evaluation mode.",
            numbers: [
                CheckNumber("in training mode", training), CheckNumber("in evaluation mode", evaluation),
            ],
            action: verdict == .pass
                ? nil
                : "Running statistics of batchnorm do not fit the weights: raise its momentum, or lower the rate in the "
                    + "end.", step: step)
    }
}
