import Recipes

/// How the facts of a job are said, wherever they are shown.
extension JobState {
    public var style: Style {
        switch self {
        case .running, .checkpointing, .succeeded: .good
        case .preparing, .queued, .starting: .note
        case .pausing, .paused, .stopping, .stopped, .interrupted: .caution
        case .failed: .bad
        case .cancelled: .dim
        }
    }

    /// Nothing more happens to the job unless somebody asks.
    public var hasEnded: Bool { self == .succeeded || self == .failed || self == .cancelled || self == .stopped }
    /// A worker holds the job's network in memory.
    public var isAlive: Bool {
        switch self {
        case .starting, .running, .checkpointing, .pausing, .stopping: true
        default: false
        }
    }
}

extension JobSummary {
    /// The newest value of a metric, nil where there is none.
    public func metric(_ name: String) -> MetricValue? { latestMetrics.last { $0.name == name } }

    /// Part of the run that is done, 0 to 1.
    public var fraction: Double? {
        guard let progress, let total = progress.totalSteps, total > 0 else { return nil }
        return Double(progress.step) / Double(total)
    }

    /// `1250/2000`, `1250` for a run without end.
    public var stepText: String {
        guard let progress else { return "" }
        return progress.totalSteps.map { "\(progress.step)/\($0)" } ?? String(progress.step)
    }

    /// Microseconds that are still to run: the daemon's estimate, else from the speed. Nil where nobody knows.
    public func remaining(now: Int) -> Int? {
        guard state.isAlive || state == .queued, let progress else { return nil }
        if let eta = progress.etaUsec {
            // A point of time is beyond 2001; a length is not.
            return max(0, eta > 1_000_000_000_000_000 ? eta - now : eta)
        }
        guard state.isAlive, let total = progress.totalSteps, let speed = progress.stepsPerSecond, speed > 0 else {
            return nil
        }
        return Int(min(9e15, Double(max(0, total - progress.step)) / speed * 1e6))
    }
}

extension MetricValue {
    /// The value in four digits, `nan` and `inf` by name.
    public var text: String {
        switch nonFinite {
        case .nan: "nan"
        case .inf: "inf"
        case .ninf: "-inf"
        case nil: value.map { metricText($0, name: name) } ?? "-"
        }
    }

    /// A value that is no number is never good news.
    public var style: Style { nonFinite == nil ? .plain : .bad }
}

/// A metric's value: in four digits, but a rate is what a person chose.
func metricText(_ value: Double, name: String) -> String { name == "rate" ? Number.plain(value) : Number.short(value) }

/// Steps per second in few digits: `2.66`, `183`.
public func speedText(_ speed: Double) -> String {
    speed >= 100
        ? Number.fixed(speed, digits: 0) : speed >= 10 ? Number.fixed(speed, digits: 1) : Number.fixed(speed, digits: 2)
}

/// `1 restart`, `2 restarts`.
public func counted(_ count: Int, _ word: String) -> String {
    "\(Number.grouped(count)) \(word)\(count == 1 ? "" : "s")"
}
