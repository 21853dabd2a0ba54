import Recipes

/// W17: classes that are recognised worse than at their best.
struct LostClasses {
    static let fewest = 100
    static let inRow = 3
    /// Classes that were never recognised as often as this are guessed at: which of them is named changes all the time.
    static let known = 0.8
    /// Nats by which the mean loss of a class must be above its best: of classes that are only guessed at, now this one is
    /// named and now that one, with the same probabilities.
    static let leastRise = 0.25

    /// By class: the best share of right answers, and how many evaluations in a row lay far below it.
    private(set) var best: [Double] = []
    private var lower: [Int] = []
    private var bestLoss: [Double] = []

    mutating func judge(_ look: AnswerLook, perExample: Int, names: [String], step: Int) -> CheckResult {
        guard look.classes > 1, perExample == 1 else {
            return .skip("W17", "The targets are numbers, of one class, or characters of a text.")
        }
        if best.count != look.classes {
            best = [Double](repeating: -1, count: look.classes)
            lower = [Int](repeating: 0, count: look.classes)
            bestLoss = [Double](repeating: Double.greatestFiniteMagnitude, count: look.classes)
        }
        var isLooked = false
        for index in 0..<look.classes where look.labelled[index] >= Self.fewest {
            isLooked = true
            let count = Double(look.labelled[index])
            let share = Double(look.right[index]) / count
            // Of a difference of two shares; half an error more keeps it above 0 where all are right.
            let mean = min(max((share + best[index]) / 2, 0.5 / count), 1 - 0.5 / count)
            let error = (2 * mean * (1 - mean) / count).squareRoot()
            let loss = look.classLosses[index] / count
            let wasKnown = best[index] >= Self.known
            let isLower =
                wasKnown && best[index] - share > max(0.1, 4 * error) && loss - bestLoss[index] > Self.leastRise
            bestLoss[index] = min(bestLoss[index], loss)
            lower[index] = isLower ? lower[index] + 1 : 0
            best[index] = max(best[index], share)
        }
        guard isLooked else {
            return .skip("W17", "No class has \(Self.fewest) validation examples.")
        }
        let lost = lower.indices.filter { lower[$0] >= Self.inRow }
        func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
        func now(_ index: Int) -> Double { Double(look.right[index]) / Double(max(look.labelled[index], 1)) }
        guard let first = lost.max(by: { best[$0] - now($0) < best[$1] - now($1) }) else {
            return CheckResult("W17", .pass, .statistic, "No class is recognised much worse than before.", step: step)
        }
        return CheckResult(
            "W17", .warn, .statistic,
            "Class \(name(first)) is recognised in \(percent(now(first))) % of its validation examples, "
                + "\(percent(best[first])) % at its best, for \(Self.inRow) evaluations.",
            numbers: lost.prefix(16).map { CheckNumber(name($0), now($0) * 100, unit: "%") },
            places: lost.prefix(32).map { "class \(name($0))" },
            action: "See `simmer evaluate` of both checkpoints; the best one is kept.", step: step)
    }

    var numbers: [Double] { best + lower.map(Double.init) + bestLoss }

    init() {}

    init(_ numbers: [Double]) {
        let count = numbers.count / 3
        guard numbers.count.isMultiple(of: 3), numbers.allSatisfy(\.isFinite) else { return }
        best = Array(numbers.prefix(count))
        lower = numbers[count..<2 * count].map { Int(exactly: $0) ?? 0 }
        bestLoss = Array(numbers.suffix(count))
    }
}
