/// How well a score tells two groups apart: the probability that an example of the second has a higher score than one of the
/// first, equal scores counted half (the area under the ROC curve, Mann and Whitney 1947). 0.5 says nothing, 1 tells all.
struct AreaUnderCurve {
    let value: Double
    /// Of `value` over other samples of both groups (DeLong et al. 1988, by midranks as in Sun and Xu 2014).
    let variance: Double

    /// - Parameters:
    ///   - first: scores of the first group, of which there are two or more.
    ///   - second: of the second.
    /// Cost: sorting.
    init(_ first: [Double], _ second: [Double]) {
        let all = Correlation.ranks(first + second)
        let (own, others) = (Correlation.ranks(first), Correlation.ranks(second))
        // Of each example the share of the other group that is on its right side.
        let below = first.indices.map { 1 - (all[$0] - own[$0]) / Double(max(second.count, 1)) }
        let above = second.indices.map { (all[first.count + $0] - others[$0]) / Double(max(first.count, 1)) }
        value = above.average
        variance =
            Self.variance(below) / Double(max(first.count, 1)) + Self.variance(above) / Double(max(second.count, 1))
    }

    /// The mean of several, of samples of their own.
    init(meanOf parts: [AreaUnderCurve]) {
        value = parts.map(\.value).average
        variance = parts.reduce(0) { $0 + $1.variance } / Double(max(parts.count * parts.count, 1))
    }

    /// 95 %, within 0 to 1.
    var interval: (low: Double, high: Double) {
        let half = 1.959964 * variance.squareRoot()
        return (max(0, value - half), min(1, value + half))
    }

    /// Of a sample.
    private static func variance(_ values: [Double]) -> Double {
        let spread = values.spread
        return spread * spread * Double(values.count) / Double(max(values.count - 1, 1))
    }
}
