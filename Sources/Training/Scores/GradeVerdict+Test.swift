import Recipes
import Tensors

extension GradeVerdict {
    /// - Parameters:
    ///   - better: answers that only the student has right.
    ///   - worse: answers that only the twin has right.
    ///   - count: all answers.
    public init(better: Int, worse: Int, of count: Int) {
        let total = better + worse
        let pValue = Self.tail(atLeast: better, of: total, share: 0.5)
        let outcome: GradeOutcome =
            better <= worse ? .fail : pValue <= Self.level ? .pass : .undecided
        // Of the answers that only one has right, the student's share has an exact interval (Clopper and Pearson 1934),
        // whose lower bound is above a half exactly where the test passes.
        let (low, high) = Self.interval(better, of: total)
        let part = Double(total) / Double(max(count, 1))
        self.init(
            outcome: outcome, better: better, worse: worse, pValue: pValue,
            difference: Double(better - worse) / Double(max(count, 1)), low: (2 * low - 1) * part,
            high: (2 * high - 1) * part)
    }

    /// Probability of at least `heads` heads in `count` throws of a coin that shows them with probability `share`. Costs
    /// some tens of ns for each throw.
    static func tail(atLeast heads: Int, of count: Int, share: Double) -> Double {
        guard heads > 0 else { return 1 }
        guard share > 0 else { return 0 }
        guard share < 1 else { return 1 }
        // From all heads downwards: the terms of the tail alone, by their logarithms, since the smallest are none of the
        // numbers.
        let step = logarithm(1 - share) - logarithm(share)
        var term = Double(count) * logarithm(share)
        var sum = exponential(term)
        for tails in 0..<(count - heads) {
            term += logarithm(Double(count - tails)) - logarithm(Double(tails + 1)) + step
            sum += exponential(term)
        }
        return min(1, sum)
    }

    private static func interval(_ heads: Int, of count: Int) -> (low: Double, high: Double) {
        /// Where a tail that grows with the share is `level`.
        func root(_ tail: (Double) -> Double) -> Double {
            var (low, high) = (0.0, 1.0)
            for _ in 0..<52 {
                let middle = (low + high) / 2
                if tail(middle) < level { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
        let low = heads == 0 ? 0 : root { tail(atLeast: heads, of: count, share: $0) }
        let high = heads == count ? 1 : 1 - root { tail(atLeast: count - heads, of: count, share: $0) }
        return (low, high)
    }
}
