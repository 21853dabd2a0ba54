import Recipes

/// Fewer points for the same curve.
enum MetricReduction {
    /// Cuts `points` (those with a finite value, by step) into `maxPoints` ranges of nearly equal counts and keeps one
    /// point of each. A point is a row, or a bucket that stands at its last step.
    ///
    /// `mean` stands at the range's last step and comes with the range's least and greatest value; `min` and `max`
    /// stand where they were reached; `last` is the range's last point; `every` its first.
    static func reduce(_ points: [MetricBucket], name: String, to maxPoints: Int?, by kind: Reduce) -> Series {
        let finite = points.filter { $0.finite > 0 }
        let nonFinite = points.compactMap(\.nonFiniteStep)
        var series = Series(
            name: name, steps: [], timesUsec: [], values: [], nonFiniteSteps: nonFinite.isEmpty ? nil : nonFinite,
            reducedFrom: finite.count)
        let isThinned = finite.contains { $0.level > 0 }
        let isReduced = maxPoints.map { $0 > 0 && finite.count > $0 } ?? false
        let kept: [MetricBucket]
        if isReduced, let maxPoints {
            kept = (0..<maxPoints).compactMap { range in
                finite[(range * finite.count / maxPoints)..<((range + 1) * finite.count / maxPoints)].kept(by: kind)
            }
        } else {
            kept = finite
        }
        series.steps = kept.map(\.last)
        series.timesUsec = kept.map(\.timeUsec)
        series.values = kept.map { $0.value(by: kind) }
        if isThinned || (isReduced && kind == .mean) {
            series.minValues = kept.map { $0.least ?? 0 }
            series.maxValues = kept.map { $0.greatest ?? 0 }
        }
        if isThinned { series.counts = kept.map(\.finite) }
        return series
    }
}

extension MetricBucket {
    fileprivate func value(by kind: Reduce) -> Double {
        let value =
            switch kind {
            case .mean, .every: mean
            case .last: newest
            case .min: least
            case .max: greatest
            }
        return value ?? 0
    }
}

extension ArraySlice<MetricBucket> {
    fileprivate func kept(by kind: Reduce) -> MetricBucket? {
        switch kind {
        case .mean: isEmpty ? nil : MetricBucket(self)
        case .last: last
        case .every: first
        case .min: self.min { ($0.least ?? 0) < ($1.least ?? 0) }
        case .max: self.max { ($0.greatest ?? 0) < ($1.greatest ?? 0) }
        }
    }
}
