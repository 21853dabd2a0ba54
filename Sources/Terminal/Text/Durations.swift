import Glibc

/// Lengths and points of time in words. Times are microseconds since the epoch, as on the wire.
public enum Span {
    /// `340 ms`, `6.2 s`, `42 s`, `3 min 8 s`, `3 h 12 min`, `21 d 3 h`: two units at most, nothing beyond what matters.
    public static func text(_ microseconds: Int) -> String {
        let usec = max(0, microseconds)
        if usec < 1_000 { return "\(usec) µs" }
        if usec < 999_500 { return "\((usec + 500) / 1_000) ms" }
        if usec < 9_950_000 { return Number.fixed(Double(usec) / 1e6, digits: 1) + " s" }
        let seconds = (usec + 500_000) / 1_000_000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return pair(seconds / 60, "min", seconds % 60, "s") }
        if seconds < 86_400 { return pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min") }
        return pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
    }

    /// `3 min ago`, `just now`, `in 5 s`: the larger unit only.
    public static func relative(_ time: Int, now: Int) -> String {
        let distance = now - time
        if abs(distance) < 1_000_000 { return "just now" }
        return distance > 0 ? coarse(distance) + " ago" : "in " + coarse(-distance)
    }

    /// One unit: `3 min`, `21 d`.
    public static func coarse(_ microseconds: Int) -> String {
        let seconds = max(0, microseconds) / 1_000_000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min" }
        if seconds < 2 * 86_400 { return "\(seconds / 3_600) h" }
        return "\(seconds / 86_400) d"
    }

    private static func pair(_ first: Int, _ firstUnit: String, _ second: Int, _ secondUnit: String) -> String {
        second == 0 ? "\(first) \(firstUnit)" : "\(first) \(firstUnit) \(second) \(secondUnit)"
    }
}

/// Points of time on the wall, in the user's time zone.
public enum Clock {
    /// Microseconds since the epoch.
    public static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }

    /// `Mon 2026-03-02 08:14`.
    public static func day(_ time: Int) -> String { format(time, "%a %Y-%m-%d %H:%M") }
    /// `2026-03-02 08:14:05`.
    public static func second(_ time: Int) -> String { format(time, "%Y-%m-%d %H:%M:%S") }
    /// `08:14:05` on the day of `now`, with the date otherwise.
    public static func near(_ time: Int, now: Int) -> String {
        format(time, "%Y%m%d") == format(now, "%Y%m%d") ? format(time, "%H:%M:%S") : format(time, "%Y-%m-%d %H:%M")
    }

    /// `strftime` in the local time zone and the C locale.
    public static func format(_ time: Int, _ pattern: String) -> String {
        var seconds = time_t(time >= 0 ? time / 1_000_000 : (time - 999_999) / 1_000_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return "?" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            let count = strftime(buffer.baseAddress, buffer.count, pattern, &parts)
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(count), as: UTF8.self)
        }
    }

    /// A time that a user wrote: `2026-03-02`, `2026-03-02 08:14[:05]`, `08:14[:05]` (today), `-10min`, `2h`, `3d`
    /// (that long ago), or `now`. Nil where it is none of these.
    public static func parse(_ text: String, now: Int) -> Int? {
        if text == "now" { return now }
        if let ago = Span.parse(text.hasPrefix("-") ? String(text.dropFirst()) : text) { return now - ago }
        var seconds = time_t(now / 1_000_000)
        var today = tm()
        guard localtime_r(&seconds, &today) != nil else { return nil }
        let halves = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard (1...2).contains(halves.count) else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (today.tm_year, today.tm_mon, today.tm_mday)
        // Daylight saving time is looked up, not given.
        parts.tm_isdst = -1
        for (index, half) in halves.enumerated() {
            if index == 0, let date = fields(half, "-", 3...3) {
                guard (1970...9999).contains(date[0]), (1...12).contains(date[1]), (1...31).contains(date[2]) else {
                    return nil
                }
                (parts.tm_year, parts.tm_mon, parts.tm_mday) = (
                    Int32(date[0] - 1900), Int32(date[1] - 1), Int32(date[2])
                )
            } else if index == halves.count - 1, let time = fields(half, ":", 2...3) {
                guard time[0] < 24, time[1] < 60, time.count == 2 || time[2] < 61 else { return nil }
                (parts.tm_hour, parts.tm_min, parts.tm_sec) = (
                    Int32(time[0]), Int32(time[1]), Int32(time.count == 3 ? time[2] : 0)
                )
            } else {
                return nil
            }
        }
        let asked = parts
        let time = mktime(&parts)
        // It makes 3 March of 31 February. The hour may move where clocks are put forward.
        guard time != -1, (parts.tm_year, parts.tm_mon, parts.tm_mday) == (asked.tm_year, asked.tm_mon, asked.tm_mday)
        else { return nil }
        return time * 1_000_000
    }

    private static func fields(_ text: Substring, _ separator: Character, _ count: ClosedRange<Int>) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (48...57).contains($0) } && part.utf8.count <= 4 ? Int(part) : nil
        }
        return count.contains(parts.count) && numbers.count == parts.count ? numbers : nil
    }
}

extension Span {
    /// Microseconds of `90`, `90s`, `1.5h`, `10 min`, `2d`; a bare number is seconds. Nil where the text is none.
    public static func parse(_ text: String) -> Int? {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite else { return nil }
        let unit: Double
        switch trimmed.dropFirst(digits.count) {
        case "ms": unit = 1e3
        case "", "s", "sec", "second", "seconds": unit = 1e6
        case "m", "min", "minute", "minutes": unit = 60e6
        case "h", "hour", "hours": unit = 3_600e6
        case "d", "day", "days": unit = 86_400e6
        case "w", "week", "weeks": unit = 7 * 86_400e6
        default: return nil
        }
        let product = number * unit
        return product < 9e15 ? Int(product) : nil
    }
}
