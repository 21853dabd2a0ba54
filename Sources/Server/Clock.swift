import Glibc

/// The two clocks: one that only grows and decides, one that is shown to people (PROTOCOL invariant: no decision
/// depends on the wall clock).
enum Clock {
    /// Seconds since some fixed moment; suspended time counts.
    static func monotonic() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Microseconds since the Unix epoch.
    static func wallUsec() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
