import Recipes
import Tensors

extension PairedComparison {
    /// Of two sets of answers to the same questions, by the error of each.
    public init(before: [Float], now: [Float]) {
        var better = 0
        var worse = 0
        for (before, now) in zip(before, now) {
            if now < before { better += 1 } else if now > before { worse += 1 }
        }
        self.init(better: better, worse: worse, pValue: Self.pValue(better, worse))
    }

    /// Both tails of a fair coin thrown `first + second` times: McNemar's test (1947) without its approximation, or the
    /// sign test. Costs a few tens of ns for each throw.
    public static func pValue(_ first: Int, _ second: Int) -> Double {
        let (throwCount, fewer) = (first + second, min(first, second))
        guard throwCount > 0, first != second else { return 1 }
        // Logarithms: 2^-n is none of the numbers for n above a thousand.
        var term = -Double(throwCount) * logarithm(2)
        var tail = exponential(term)
        for heads in 0..<fewer {
            term += logarithm(Double(throwCount - heads)) - logarithm(Double(heads + 1))
            tail += exponential(term)
        }
        return min(1, 2 * tail)
    }
}
