import Glibc
import Recipes
import Tensors

/// Adds up what probabilities of classes are worth, answer by answer, in order. Keeps 9 bytes an answer.
struct ClassMeter {
    /// Bins of the expected calibration error (Guo et al. 2017, arXiv:1706.04599).
    static let binCount = 15

    private var correct = 0
    private var squares = 0.0
    private var nllSum = 0.0
    private var hasNLL = true
    /// Of each answer: the bin of its confidence, and 1 or 0 for right or wrong minus that confidence.
    private var bins: [UInt8] = []
    private var gaps: [Double] = []
    private var shares: [Double]

    init(classCount: Int) { shares = [Double](repeating: 0, count: classCount) }

    /// Adds the softmax of `scale * logits`; of equal ones the first is the answer, as in training.
    /// - Returns: whether it is right.
    @discardableResult
    mutating func add(logits: UnsafeBufferPointer<Float>, scale: Double = 1, label: Int) -> Bool {
        let answer = Self.largest(logits)
        let top = Double(logits[answer])
        var total = 0.0
        for index in shares.indices {
            shares[index] = exp((Double(logits[index]) - top) * scale)
            total += shares[index]
        }
        for index in shares.indices { shares[index] /= total }
        nllSum += log(total) - (Double(logits[label]) - top) * scale
        return add(answer: answer, label: label)
    }

    /// Adds an answer that has shares of votes in place of probabilities: no likelihood can be had from them.
    @discardableResult
    mutating func add(votes: [Double], answer: Int, label: Int) -> Bool {
        hasNLL = false
        for index in shares.indices { shares[index] = votes[index] }
        return add(answer: answer, label: label)
    }

    private mutating func add(answer: Int, label: Int) -> Bool {
        let isRight = answer == label
        correct += isRight ? 1 : 0
        var square = 0.0
        for index in shares.indices {
            let error = shares[index] - (index == label ? 1 : 0)
            square += error * error
        }
        squares += square
        let confidence = shares[answer]
        // Bins are open below and closed above.
        let bin = Int((confidence * Double(Self.binCount)).rounded(.up)) - 1
        bins.append(UInt8(min(max(bin, 0), Self.binCount - 1)))
        gaps.append((isRight ? 1 : 0) - confidence)
        return isRight
    }

    /// The first of the largest.
    static func largest(_ values: some RandomAccessCollection<Float>) -> Int {
        var best = 0
        var most = -Float.infinity
        for (index, value) in values.enumerated() where value > most {
            best = index
            most = value
        }
        return best
    }

    /// The sums as means. The interval costs some 10 ns for each answer of each resample: at most about a second for a
    /// hundred thousand answers.
    /// - Precondition: something has been added.
    func score() -> ClassScore {
        let count = Double(max(gaps.count, 1))
        let (low, high) = interval()
        var sums = [Double](repeating: 0, count: Self.binCount)
        for (bin, gap) in zip(bins, gaps) { sums[Int(bin)] += gap }
        return ClassScore(
            accuracy: Double(correct) / count, nll: hasNLL ? nllSum / count : nil, brier: squares / count,
            ece: Self.error(sums, count), eceLow: low, eceHigh: high)
    }

    /// A bin's share times |accuracy - confidence| is the size of the sum of its gaps over the number of all.
    private static func error(_ sums: [Double], _ count: Double) -> Double {
        sums.reduce(0) { $0 + abs($1) } / count
    }

    /// Resamples: a thousand, fewer where there are many answers.
    static func resamples(of count: Int) -> Int { min(1000, max(200, 20_000_000 / max(count, 1))) }

    /// The middle 95 % of the error over resamples of the answers (Efron's percentile interval). The draws have a seed of
    /// their own: the same answers have the same interval.
    private func interval() -> (low: Double, high: Double) {
        let count = gaps.count
        guard count > 0 else { return (0, 0) }
        let random = Philox(seed: 0, purpose: .bootstrap)
        var errors: [Double] = []
        for resample in 0..<Self.resamples(of: count) {
            var sums = [Double](repeating: 0, count: Self.binCount)
            for start in stride(from: 0, to: count, by: 4) {
                let words = random.block(step: UInt64(resample), index: UInt64(start / 4))
                for lane in 0..<min(4, count - start) {
                    let row = Int((UInt64(words[lane]) * UInt64(count)) >> 32)
                    sums[Int(bins[row])] += gaps[row]
                }
            }
            errors.append(Self.error(sums, Double(count)))
        }
        errors.sort()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(errors.count - 1)
            let below = Int(place)
            let above = min(below + 1, errors.count - 1)
            return errors[below] + (errors[above] - errors[below]) * (place - Double(below))
        }
        return (quantile(0.025), quantile(0.975))
    }
}
