import Glibc

/// The machine's clocks: monotonic for durations, wall for the time of a metric.
public struct SystemClock: TrainingClock {
    public init() {}

    public var seconds: Double {
        let time = Self.read(CLOCK_MONOTONIC)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    public var wallMicroseconds: Int {
        let time = Self.read(CLOCK_REALTIME)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
