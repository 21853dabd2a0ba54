import Glibc

/// Values that lie by themselves, far from all others of their column.
///
/// A robust z of 20 proves nothing of a column with a heavy tail: of 500 incomes one lies there. So the tail's own
/// steepness is measured (Hill 1975) on what lies below the gap, and the gap is held against it: in a tail of index a the
/// logarithms of neighbouring order statistics lie Exponential(k a) apart (Rényi 1953), whatever the scale.
struct Isolation {
    /// Places in the column, the farthest first.
    let places: [Int]
    /// Robust z of the nearest of them: (x - median) / (1.4826 MAD).
    let z: Double
    /// That a tail like the rest's has such a gap.
    let p: Double

    /// A Gaussian's tail is no steeper than this at the sizes of data sets.
    private static let steepest = 0.15
    /// Robust z that is looked at.
    static let least = 20.0

    /// nil where no value lies by itself.
    /// - Parameter values: what is not finite is left out.
    init?(_ values: [Double]) {
        var scores = RobustScores(values)
        if scores.isSparse {
            // Of a column that is nearly always 0 the others alone have a tail to measure: a pixel at the edge, a rare word.
            let usual = scores.middle
            scores = RobustScores(values.map { $0 == usual ? .nan : $0 })
        }
        guard scores.scale > 0, scores.distinct > 2 else { return nil }
        let order = scores.z.indices.filter { scores.z[$0].isFinite }.sorted { abs(scores.z[$0]) > abs(scores.z[$1]) }
        guard order.count >= 20 else { return nil }
        let logs = order.map { log1p(abs(scores.z[$0])) }
        var best: (count: Int, p: Double)?
        for count in 1...max(1, order.count / 10) {
            guard abs(scores.z[order[count - 1]]) > Self.least else { break }
            let gap = logs[count - 1] - logs[count]
            guard gap > 0.5 else { continue }
            let tail = max(10, order.count / 20)
            let rest = logs[count..<min(count + tail, logs.count)]
            guard let end = rest.last else { break }
            let hill = max(rest.reduce(0) { $0 + ($1 - end) } / Double(rest.count), Self.steepest)
            let p = exp(-Double(count) * gap / hill)
            if p < best?.p ?? 1 { best = (count, p) }
        }
        guard let best else { return nil }
        places = Array(order.prefix(best.count))
        z = abs(scores.z[order[best.count - 1]])
        p = best.p
    }
}

/// Robust z of every value of a column. Where more than half of the values are equal the deviation takes the place of the
/// median's.
struct RobustScores {
    /// NaN where the value is.
    let z: [Double]
    let scale: Double
    let middle: Double
    let distinct: Int
    /// Whether at least half of the values are one.
    let isSparse: Bool

    init(_ values: [Double]) {
        let finite = values.filter(\.isFinite).sorted()
        let middle = finite.sortedQuantile(0.5)
        var distinct = Swift.min(finite.count, 1)
        for (one, other) in zip(finite, finite.dropFirst()) where one != other { distinct += 1 }
        self.middle = middle
        var scale = 1.4826 * finite.map { abs($0 - middle) }.quantile(0.5)
        isSparse = !(scale > 0)
        if !(scale > 0) { scale = (finite.sortedQuantile(0.75) - finite.sortedQuantile(0.25)) / 1.349 }
        if !(scale > 0) { scale = finite.spread }
        self.scale = scale.isFinite ? scale : 0
        self.distinct = distinct
        z = values.map { scale > 0 ? ($0 - middle) / scale : .nan }
    }
}
