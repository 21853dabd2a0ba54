import Recipes
import Tensors

/// How often values of each size come.
struct ValueBins {
    private(set) var labels: [String] = []
    private(set) var counts: [Double] = []
    private let name: String

    /// Bins of a third of a decade of the values above 1e-6; all below are in the first.
    init(logarithmsOf values: [Double], name: String) {
        self.name = name
        var places: [Int] = []
        for value in values where value.isFinite {
            places.append(value > 1e-6 ? Int((logarithm(value) / logarithm(10) * 3).rounded(.down)) : -18)
        }
        guard let first = places.min(), let last = places.max() else { return }
        counts = [Double](repeating: 0, count: last - first + 1)
        for place in places { counts[place - first] += 1 }
        labels = (first...last).map { place in
            let low = exponential(Double(place) / 3 * logarithm(10))
            return Worded.number((low * 1e9).rounded() / 1e9)
        }
    }

    /// Bins of equal width from the least to the largest.
    init(_ values: [Double], bins: Int, name: String) {
        self.name = name
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max(), bins > 0 else { return }
        let width = high > low ? (high - low) / Double(bins) : 1
        counts = [Double](repeating: 0, count: bins)
        for value in finite { counts[min(bins - 1, Int((value - low) / width))] += 1 }
        labels = (0..<bins).map { Worded.number(low + (Double($0) + 0.5) * width) }
    }

    func chart(x: String) -> Chart {
        Chart(.bars, x: x, y: name, series: [ChartSeries(name, x: [], y: counts)], labels: labels)
    }

    /// The share of the values by the logarithm of their size, in bins of a quarter of a decade, as a curve; zeros have
    /// none and are left out.
    static func density(_ values: ArraySlice<Float>, name: String) -> ChartSeries {
        var counts: [Int: Int] = [:]
        for value in values where value != 0 && value.isFinite {
            counts[Int((logarithm(Double(abs(value))) / logarithm(10) * 4).rounded(.down)), default: 0] += 1
        }
        guard let first = counts.keys.min(), let last = counts.keys.max() else {
            return ChartSeries(name, x: [], y: [])
        }
        let places = Array(first...last)
        return ChartSeries(
            name, x: places.map { exponential((Double($0) + 0.5) / 4 * logarithm(10)) },
            y: places.map { Double(counts[$0] ?? 0) / Double(max(values.count, 1)) })
    }
}
