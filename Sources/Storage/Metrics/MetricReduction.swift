import Recipes

/// Fewer points for the same curve.
enum MetricReduction {
    /// Cuts `points` (finite ones, by step) into `maxPoints` ranges of nearly equal counts and keeps one point of each.
    ///
    /// `mean` stands at the range's last step and comes with the range's least and greatest value; `min` and `max`
    /// stand where they were reached; `last` is the range's last point; `every` its first.
    static func reduce(_ points: [MetricValue], name: String, to maxPoints: Int?, by kind: Reduce) -> Series {
        let finite = points.filter { $0.value != nil }
        var series = Series(
            name: name, steps: [], timesUsec: [], values: [],
            nonFiniteSteps: finite.count == points.count ? nil : points.filter { $0.value == nil }.map(\.step),
            reducedFrom: finite.count)
        guard let maxPoints, maxPoints > 0, finite.count > maxPoints else {
            series.steps = finite.map(\.step)
            series.timesUsec = finite.map(\.timeUsec)
            series.values = finite.compactMap(\.value)
            return series
        }
        var least: [Double] = []
        var greatest: [Double] = []
        for range in 0..<maxPoints {
            let part = finite[(range * finite.count / maxPoints)..<((range + 1) * finite.count / maxPoints)]
            guard let point = part.kept(by: kind) else { continue }
            let values = part.compactMap(\.value)
            series.steps.append(point.step)
            series.timesUsec.append(point.timeUsec)
            series.values.append(kind == .mean ? values.reduce(0, +) / Double(values.count) : point.value ?? 0)
            least.append(values.min() ?? 0)
            greatest.append(values.max() ?? 0)
        }
        if kind == .mean {
            series.minValues = least
            series.maxValues = greatest
        }
        return series
    }
}

extension ArraySlice<MetricValue> {
    fileprivate func kept(by kind: Reduce) -> MetricValue? {
        switch kind {
        case .mean, .last: last
        case .every: first
        case .min: self.min { ($0.value ?? 0) < ($1.value ?? 0) }
        case .max: self.max { ($0.value ?? 0) < ($1.value ?? 0) }
        }
    }
}
