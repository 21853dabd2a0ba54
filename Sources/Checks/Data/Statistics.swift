import Glibc

extension Array where Element == Double {
    /// The value below which this share of the finite ones lies, between neighbours in proportion; NaN of none.
    func quantile(_ share: Double) -> Double { filter(\.isFinite).sorted().sortedQuantile(share) }

    /// As `quantile`, of what is sorted already.
    func sortedQuantile(_ share: Double) -> Double {
        guard let last = indices.last else { return .nan }
        let place = Swift.min(Swift.max(share, 0), 1) * Double(last)
        let below = Int(place)
        let above = Swift.min(below + 1, last)
        return self[below] + (self[above] - self[below]) * (place - Double(below))
    }

    var average: Double { reduce(0, +) / Double(Swift.max(count, 1)) }

    /// Of a population: divided by the number.
    var spread: Double {
        let mean = average
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(Swift.max(count, 1))).squareRoot()
    }
}

extension Array where Element == Int {
    /// Of shares proportional to the counts, in nats.
    var entropy: Double {
        let total = Double(reduce(0, +))
        guard total > 0 else { return 0 }
        return reduce(0.0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * log(share)
        }
    }
}

/// Bounds and tails that verdicts stand on.
enum Certainty {
    /// One-sided p of 1e-4, in standard deviations.
    static let z = 3.719

    /// The least share that `hits` of `count` leave possible, at one-sided p of 1e-4 (Wilson 1927, eq. 7).
    static func leastShare(_ hits: Int, of count: Int, z: Double = z) -> Double {
        guard count > 0 else { return 0 }
        let n = Double(count)
        let share = Double(hits) / n
        let middle = share + z * z / (2 * n)
        let width = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return Swift.max(0, (middle - width) / (1 + z * z / n))
    }

    /// How many deviations `hits` of `count` lie above what a share alone would give.
    static func excess(_ hits: Int, of count: Int, above share: Double) -> Double {
        let n = Double(count)
        let deviation = (n * share * (1 - share)).squareRoot()
        guard deviation > 0 else { return Double(hits) > n * share ? .infinity : 0 }
        return (Double(hits) - n * share) / deviation
    }
}

/// Equal bins between two values: what a chart of a distribution shows.
struct Histogram {
    private(set) var counts: [Int]
    let low: Double
    let high: Double

    /// Bins between the least and the greatest finite value; one bin where they are equal.
    init(_ values: [Double], bins: Int = 30) {
        let finite = values.filter(\.isFinite)
        low = finite.min() ?? 0
        high = finite.max() ?? 0
        counts = [Int](repeating: 0, count: high > low ? bins : 1)
        for value in finite { counts[place(of: value)] += 1 }
    }

    /// In another one's bins, of which each value is in one.
    init(_ values: [Double], within other: Histogram) {
        (low, high) = (other.low, other.high)
        counts = [Int](repeating: 0, count: other.counts.count)
        for value in values where value.isFinite { counts[place(of: value)] += 1 }
    }

    private func place(of value: Double) -> Int {
        guard high > low else { return 0 }
        // Divided first: the range of two large values has no finite width.
        let share = value / 2 / (high / 2 - low / 2) - low / 2 / (high / 2 - low / 2)
        return Swift.min(Swift.max(Int(share * Double(counts.count)), 0), counts.count - 1)
    }

    /// The middle of each bin.
    var middles: [Double] {
        counts.indices.map { low + (Double($0) + 0.5) / Double(counts.count) * (high - low) }
    }
}

extension Double {
    /// For a sentence, to three digits: `0.0312`, `2.3`, `12345`.
    var figure: String {
        guard isFinite else { return isNaN ? "no number" : self > 0 ? "infinity" : "-infinity" }
        guard self != 0 else { return "0" }
        let exponent = Int(log10(abs(self)).rounded(.down))
        if exponent < -4 || exponent > 8 {
            return "\((self / pow(10, Double(exponent))).figure)e\(exponent)"
        }
        let scale = pow(10, Double(Swift.max(0, 2 - exponent)))
        let rounded = (self * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    /// A share as `12.5 %`.
    var percent: String { "\((100 * self).figure) %" }
}

extension Int {
    /// `1 row`, `3 rows`, `60,000 rows`.
    func of(_ noun: String, _ plural: String? = nil) -> String {
        var digits = "\(magnitude)"
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return "\(self < 0 ? "-" : "")\(digits) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}
