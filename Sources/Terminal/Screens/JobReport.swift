import Recipes

/// All that is known of one job at one moment: what `simmer status JOB` shows and its `--json` holds.
public struct JobReport: Sendable {
    public var detail: JobDetail
    /// The newest checkpoint with its verification, where there is one.
    public var lastCheckpoint: Checkpoint?
    /// Curves of the metrics, thinned out.
    public var history: [Series]
    /// The newest lines of its log, oldest first.
    public var log: [LogEntry]
    /// Free bytes where the store lies.
    public var freeBytes: Int?
    public var lastScrubUsec: Int?
    public var lastBackupUsec: Int?
    public var now: Int

    public init(
        detail: JobDetail, lastCheckpoint: Checkpoint? = nil, history: [Series] = [], log: [LogEntry] = [],
        freeBytes: Int? = nil, lastScrubUsec: Int? = nil, lastBackupUsec: Int? = nil, now: Int
    ) {
        self.detail = detail
        self.lastCheckpoint = lastCheckpoint
        self.history = history
        self.log = log
        self.freeBytes = freeBytes
        self.lastScrubUsec = lastScrubUsec
        self.lastBackupUsec = lastBackupUsec
        self.now = now
    }

    func series(_ name: String) -> Series? { history.first { $0.name == name } }
}

/// What a curve says beyond its last point.
public enum Trend {
    /// Relative change of a curve per microsecond over its newest part (the last fifth, ten points at least), by least
    /// squares; nil where there are too few points, or none apart in time.
    public static func slope(_ series: Series) -> Double? {
        let count = min(series.values.count, series.timesUsec.count)
        guard count >= 5 else { return nil }
        let used = max(min(count, 10), count / 5)
        let times = series.timesUsec.suffix(used).map(Double.init)
        let values = series.values.suffix(used)
        let meanTime = times.reduce(0, +) / Double(used)
        let meanValue = values.reduce(0, +) / Double(used)
        var covariance = 0.0
        var variance = 0.0
        for (time, value) in zip(times, values) {
            covariance += (time - meanTime) * (value - meanValue)
            variance += (time - meanTime) * (time - meanTime)
        }
        guard variance > 0, meanValue != 0, covariance.isFinite else { return nil }
        return covariance / variance / abs(meanValue)
    }

    /// The unit of time in which a run of this length is watched, and its microseconds.
    public static func unit(_ activeUsec: Int) -> (name: String, microseconds: Double) {
        if activeUsec > 2 * 86_400_000_000 { return ("day", 86_400e6) }
        if activeUsec > 2 * 3_600_000_000 { return ("h", 3_600e6) }
        return ("min", 60e6)
    }

    /// Speeds between neighbouring points since a time, in steps per second, in rising order. Restarts and pauses make
    /// slow outliers, which the median ignores.
    public static func speeds(_ series: Series, since: Int) -> [Double] {
        let points = zip(series.steps, series.timesUsec).filter { $0.1 >= since }
        return zip(points, points.dropFirst())
            .compactMap { first, second in
                let time = Double(second.1 - first.1) / 1e6
                let steps = Double(second.0 - first.0)
                return time > 0 && steps > 0 ? steps / time : nil
            }
            .sorted()
    }

    /// The value below which a share of the sorted values lies.
    public static func quantile(_ sorted: [Double], _ share: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count - 1)).rounded())))]
    }

    /// The best point of a curve: the largest accuracy, the smallest of anything else.
    public static func best(_ series: Series) -> (step: Int, timeUsec: Int, value: Double)? {
        let larger = series.name.contains("accuracy")
        let order = series.values.indices.min {
            larger ? series.values[$0] > series.values[$1] : series.values[$0] < series.values[$1]
        }
        guard let index = order, index < series.steps.count, index < series.timesUsec.count else { return nil }
        return (series.steps[index], series.timesUsec[index], series.values[index])
    }
}
