import Recipes
import Wire

/// Curves with every value that is stored, read in windows of steps small enough that the daemon does not reduce them.
struct WholeCurves {
    var daemon: Daemon
    var job: String

    /// Points of all metrics in one reply; keeps it well below a reply's size.
    private static let points = 10_000

    /// Every value from the first step to the last.
    func read(_ names: [String]?, from: Int?, to: Int?) throws -> [Series] {
        let known = try daemon.call(ListMetrics.self, .init(job: job))
        guard let first = known.firstStep, let last = known.lastStep else { return [] }
        var start = max(from ?? first, first)
        let end = min(to ?? last, last)
        let each = WholeCurves.points / max(1, (names ?? known.names).count)
        var width = max(1, each)
        var whole: [Series] = []
        while start <= end {
            let window = try daemon.call(
                QueryMetrics.self,
                .init(
                    job: job, names: names, fromStep: start, toStep: min(end, start + width - 1),
                    maxPoints: max(1, each), reduce: .every)
            ).series
            // More was there than came.
            if width > 1, window.contains(where: { $0.reducedFrom > $0.steps.count }) {
                width = max(1, width / 2)
                continue
            }
            WholeCurves.append(window, to: &whole)
            start += width
            // Sparse stretches are crossed with longer strides.
            if window.allSatisfy({ $0.steps.count < each / 4 }) { width = min(width * 4, 1 << 40) }
        }
        return whole
    }

    /// At least the newest `rows` steps, where there are so many.
    func readNewest(_ names: [String]?, from: Int?, to: Int?, rows: Int) throws -> [Series] {
        let known = try daemon.call(ListMetrics.self, .init(job: job))
        guard let first = known.firstStep, let last = known.lastStep else { return [] }
        let end = min(to ?? last, last)
        let start = max(from ?? first, first)
        var width = 1_000
        while true {
            let series = try read(names, from: max(start, end - width), to: end)
            let steps = Set(series.flatMap(\.steps)).count
            if steps >= rows || end - width <= start { return series }
            width *= 8
        }
    }

    private static func append(_ window: [Series], to whole: inout [Series]) {
        for series in window {
            guard let index = whole.firstIndex(where: { $0.name == series.name }) else {
                whole.append(series)
                continue
            }
            let before = whole[index]
            // Thinned points have extremes; a value that stands for itself is its own.
            if before.counts != nil || series.counts != nil {
                whole[index].minValues = (before.minValues ?? before.values) + (series.minValues ?? series.values)
                whole[index].maxValues = (before.maxValues ?? before.values) + (series.maxValues ?? series.values)
                whole[index].counts = ones(before) + ones(series)
            }
            whole[index].steps += series.steps
            whole[index].timesUsec += series.timesUsec
            whole[index].values += series.values
            whole[index].nonFiniteSteps = joined(whole[index].nonFiniteSteps, series.nonFiniteSteps)
            whole[index].reducedFrom += series.reducedFrom
        }
    }

    private static func ones(_ series: Series) -> [Int] { series.counts ?? series.values.map { _ in 1 } }

    private static func joined<T>(_ first: [T]?, _ second: [T]?) -> [T]? {
        first == nil ? second : (first ?? []) + (second ?? [])
    }
}
