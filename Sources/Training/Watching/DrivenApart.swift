import Recipes

/// W7: a validation loss that is worse than at its best, on the same examples and by more than chance, for evaluation after
/// evaluation, while the training loss is better. It may come down again: the best checkpoint is kept and the run goes on.
struct DrivenApart {
    static let evaluations = 5
    /// Of the best mean: what counts as worse.
    static let leastRise = 0.02

    /// The best evaluation so far: its losses by groups, and the training loss then.
    private var reference: GroupMeans?
    private(set) var referenceStep = 0
    private var trainingThen = 0.0
    private var worse = 0
    private var worseSince = 0

    /// - Parameters:
    ///   - training: the mean training loss of late.
    ///   - total: updates of the run; nil where it has no end.
    mutating func judge(_ now: GroupMeans, training: Double, total: Int?, step: Int) -> CheckResult {
        guard now.values.count >= 8 else {
            return .skip("W7", "\(now.values.count) validation examples are too few to tell chance from change.")
        }
        let mean = mean(now)
        guard let reference, mean >= self.mean(reference) else {
            self.reference = now
            referenceStep = step
            trainingThen = training
            worse = 0
            return result(.pass, step, mean, "The validation loss is the best so far.")
        }
        let isWorse =
            reference.isLess(than: now) && mean > (1 + Self.leastRise) * self.mean(reference) && training < trainingThen
        if isWorse {
            if worse == 0 { worseSince = step }
            worse += 1
        } else {
            worse = 0
        }
        let length = max(total.map { $0 / 20 } ?? 1_000, 1)
        guard worse >= Self.evaluations, step - worseSince >= length else {
            return result(.pass, step, mean, "The validation loss is near its best, or has not been above it for long.")
        }
        return result(
            .warn, step, mean,
            "The validation loss is above its best of step \(referenceStep) since step \(worseSince), while the training "
                + "loss goes on falling: the network learns by heart.",
            action:
                "The best checkpoint is kept, and the loss may fall again. More data, augmentation, dropout or decay "
                + "raise the point where this begins.")
    }

    private func mean(_ means: GroupMeans) -> Double {
        means.values.reduce(0, +) / Double(max(means.values.count, 1))
    }

    private func result(
        _ verdict: CheckVerdict, _ step: Int, _ now: Double, _ message: String, action: String? = nil
    ) -> CheckResult {
        CheckResult(
            "W7", verdict, .statistic, message,
            numbers: [
                CheckNumber("validation loss", now), CheckNumber("at its best", reference.map(mean) ?? now),
                CheckNumber("best step", Double(referenceStep), unit: "steps"),
            ], action: action, step: step)
    }

    var numbers: [Double] {
        guard let reference else { return [] }
        return [Double(referenceStep), trainingThen, Double(worse), Double(worseSince)] + reference.values
    }

    init() {}

    init(_ numbers: [Double]) {
        guard numbers.count > 4, numbers.allSatisfy(\.isFinite) else { return }
        referenceStep = Int(exactly: numbers[0]) ?? 0
        trainingThen = numbers[1]
        worse = Int(exactly: numbers[2]) ?? 0
        worseSince = Int(exactly: numbers[3]) ?? 0
        reference = GroupMeans(values: Array(numbers[4...]))
    }
}
