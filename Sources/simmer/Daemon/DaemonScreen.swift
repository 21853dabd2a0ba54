import Recipes
import Terminal
import Wire

/// What the daemon says of itself.
enum DaemonScreen {
    /// Three lines, and one for each thing that is wrong.
    static func summary(_ status: GetStatus.Output, palette: Palette, now: Int) -> [Line] {
        let word =
            !status.ready ? "starting" : status.draining ? "draining" : status.degraded.isEmpty ? "well" : "degraded"
        let style: Style = word == "well" ? .good : word == "degraded" ? .bad : .caution
        var head = Line([Cell(palette.dot, style), Cell(" simmerd \(status.version) "), Cell(word, style)])
        head += Cell(", up \(Span.text(max(0, now - status.startedUsec)))")
        let counts = JobState.allCases.compactMap { state in
            status.jobCounts[state.rawValue].flatMap { $0 > 0 ? "\($0) \(state.rawValue)" : nil }
        }
        var lines = [
            head,
            Line("  Jobs      " + (counts.isEmpty ? "none" : counts.joined(separator: palette.separator))),
            Line(
                "  Store     \(status.storePath), \(Size.text(status.storeBytes)), \(Size.text(status.storeFreeBytes)) free"
                    + (status.lastScrubUsec.map { palette.separator + "scrubbed \(Span.relative($0, now: now))" } ?? "")
                    + (status.lastBackupUsec.map { palette.separator + "backup \(Span.relative($0, now: now))" } ?? "")),
        ]
        if let parked = status.parked { lines.append(Line([Cell("  Parked    "), Cell(parked, .caution)])) }
        for finding in status.degraded {
            lines.append(
                Line([
                    Cell("  " + "Trouble".padded(to: 10)), Cell(finding.message, FindingText.style(finding.severity)),
                    Cell(" [\(finding.code)]", .dim),
                ]))
            if let hint = finding.hint { lines.append(Line("            " + hint)) }
        }
        return lines
    }
}
