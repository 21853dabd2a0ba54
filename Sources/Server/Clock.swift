import Glibc

/// The two clocks: one that only grows and decides, one that is shown to people (PROTOCOL invariant: no decision
/// depends on the wall clock, besides those that people make by it: hours of the day, days between harvests).
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

    /// The day of a moment, `2026-03-14`, in UTC.
    static func day(_ usec: Int) -> String {
        var seconds = time_t(usec / 1_000_000)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "?" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }

    /// Minutes since midnight by the clock on the wall, which may be set at any time; so may the time zone.
    static func minuteOfDay() -> Int {
        tzset()
        var seconds = wallUsec() / 1_000_000
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return 0 }
        return Int(parts.tm_hour) * 60 + Int(parts.tm_min)
    }
}
