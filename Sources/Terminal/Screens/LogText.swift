import Recipes

/// `simmer logs`.
public enum LogText {
    /// syslog(3)'s levels by number.
    public static let levels = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"]

    /// `08:41:02  step 500  warning: message`; errors red, warnings yellow, debug dim.
    public static func line(_ entry: LogEntry, now: Int, showJob: Bool) -> Line {
        let style: Style =
            entry.priority <= 3 ? .bad : entry.priority == 4 ? .caution : entry.priority >= 7 ? .dim : .plain
        var line = Line([Cell(Clock.near(entry.timeUsec, now: now), .dim), Cell("  ")])
        if showJob, let job = entry.jobId { line += Cell("job \(job)  ", .note) }
        if let step = entry.step { line += Cell("step \(step)  ", .dim) }
        let word = entry.priority <= 4 && entry.priority >= 0 ? levels[entry.priority] + ": " : ""
        line += Cell(word + entry.message, style)
        return line
    }
}
