import Recipes
import Tensors

/// One number of a run, evaluation after evaluation.
struct EvaluationCurve {
    var steps: [Int]
    var values: [Double]

    init(steps: [Int], values: [Double]) {
        let count = min(steps.count, values.count)
        self.steps = Array(steps.prefix(count))
        self.values = Array(values.prefix(count))
    }

    init(_ series: Series) { self.init(steps: series.steps, values: series.values) }

    var count: Int { values.count }

    /// By how much one evaluation differs from the course of its neighbours: from the second differences of the later
    /// half, where a course is nearly straight. nil for fewer than four of them.
    var noise: Double? {
        let late = Array(values.suffix(count - count / 2))
        guard late.count >= 6 else { return nil }
        let squares = (1..<late.count - 1).reduce(0.0) { sum, place in
            let bend = late[place - 1] - 2 * late[place] + late[place + 1]
            return sum + bend * bend
        }
        // The variance of a bend is 1 + 4 + 1 times that of a value.
        return (squares / Double(late.count - 2) / 6).squareRoot()
    }

    var deviation: Double {
        guard count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }

    /// The values at these steps, where both have them.
    func paired(with other: EvaluationCurve) -> (own: EvaluationCurve, other: EvaluationCurve) {
        let theirs = Dictionary(zip(other.steps, other.values), uniquingKeysWith: { $1 })
        let both = zip(steps, values).compactMap { step, value in theirs[step].map { (step, value, $0) } }
        return (
            EvaluationCurve(steps: both.map(\.0), values: both.map(\.1)),
            EvaluationCurve(steps: both.map(\.0), values: both.map(\.2))
        )
    }

    /// By how much the best of so many evaluations lies before a single one by chance alone, and two deviations more.
    static func lead(of count: Int, noise: Double) -> Double {
        noise * ((2 * logarithm(Double(max(count, 2)))).squareRoot() + 2)
    }
}

/// How two lists of numbers go together.
enum Correlation {
    /// Pearson's; nil where one of them does not vary.
    static func linear(_ first: [Double], _ second: [Double]) -> Double? {
        let count = Double(min(first.count, second.count))
        guard count > 1, first.count == second.count else { return nil }
        let (mean, other) = (first.reduce(0, +) / count, second.reduce(0, +) / count)
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (x, y) in zip(first, second) {
            xx += (x - mean) * (x - mean)
            yy += (y - other) * (y - other)
            xy += (x - mean) * (y - other)
        }
        guard xx > 0, yy > 0 else { return nil }
        let r = xy / (xx * yy).squareRoot()
        return r.isFinite ? r : nil
    }

    /// Spearman's: of the ranks.
    static func ranked(_ first: [Double], _ second: [Double]) -> Double? { linear(ranks(first), ranks(second)) }

    /// From 0; equal values share the mean of their places.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 }
            start = end + 1
        }
        return ranks
    }

    /// The changes from each value to the next.
    static func changes(_ values: [Double]) -> [Double] { zip(values.dropFirst(), values).map { $0 - $1 } }

    /// How many deviations a correlation of changes lies from none (Fisher's transformation). The changes of numbers that
    /// only scatter lean on each other, which makes as many worth two thirds.
    static func deviations(ofChanges r: Double, count: Int) -> Double {
        let r = max(-1 + 1e-12, min(1 - 1e-12, r))
        return 0.5 * logarithm((1 + r) / (1 - r)) * (max(Double(count) - 3, 0) / 1.5).squareRoot()
    }
}
