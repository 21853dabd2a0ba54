import Recipes

/// Results of checks as a person reads them: a line each, and of those that are not green all that is known.
public enum CheckScreen {
    /// - Parameters:
    ///   - acknowledged: reasons by id.
    ///   - width: columns of the screen, which lines of green checks are cut to.
    public static func lines(
        _ results: [CheckResult], acknowledged: [String: String], width: Int?
    ) -> [Line] {
        results.flatMap { lines($0, reason: acknowledged[$0.id], width: width) }
    }

    public static func lines(_ result: CheckResult, reason: String?, width: Int?) -> [Line] {
        let entry = CheckCatalogue.entry(result.id)
        let isAccepted = result.verdict == .warn && reason != nil
        var head = Line([
            Cell("  "), Cell(result.verdict.rawValue.padded(to: 6), style(result.verdict, isAccepted)),
            Cell(result.id.padded(to: 5), .bold), Cell((entry?.title ?? "").padded(to: 30)), Cell(" "),
        ])
        head += Cell(result.message)
        guard result.verdict == .fail || result.verdict == .warn else { return [head.cut(to: width)] }
        var lines = [head]
        func add(_ label: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            lines.append(Line([Cell("           " + label.padded(to: 12), .dim), Cell(text)]))
        }
        if let entry {
            add("tested", entry.hypothesis)
            add("threshold", "\(entry.threshold) (\(entry.origin))")
        }
        add("measured", result.numbers.map(text).joined(separator: ", "))
        add("where", result.places.prefix(8).joined(separator: "; "))
        if result.places.count > 8 { add("", "and \(result.places.count - 8) more") }
        add("next", result.action)
        if isAccepted { add("accepted", reason) }
        return lines
    }

    /// `14 pass, 1 warn (1 acknowledged), 2 skipped in 12 s`.
    public static func summary(_ results: [CheckResult], acknowledged: [String: String]) -> String {
        func count(_ verdict: CheckVerdict) -> Int { results.count { $0.verdict == verdict } }
        let accepted = results.count { $0.verdict == .warn && acknowledged[$0.id] != nil }
        var parts = ["\(count(.pass)) pass"]
        if count(.warn) > 0 {
            parts.append("\(count(.warn)) warn" + (accepted > 0 ? " (\(accepted) acknowledged)" : ""))
        }
        if count(.fail) > 0 { parts.append("\(count(.fail)) fail") }
        if count(.skip) > 0 { parts.append("\(count(.skip)) skipped") }
        let seconds = results.reduce(0) { $0 + $1.seconds }
        return parts.joined(separator: ", ") + " in \(Span.text(Int(seconds * 1e6)))"
    }

    /// What the gate says of a job.
    public static func gate(_ report: CheckReport) -> [Line] {
        var lines: [Line] = []
        switch report.gate {
        case .off: break
        case .open: lines.append(Line("  gate    open", .good))
        case .closed: lines.append(Line("  gate    closed: the job stops at the smoke budget", .bad))
        }
        if report.forced { lines.append(Line("  forced  the job goes on whatever its checks say", .caution)) }
        if report.gate != .off || report.forced {
            lines += report.obstacles.map { Line([Cell("          "), Cell($0)]) }
        }
        return lines
    }

    /// One line for the status of a job.
    public static func line(_ summary: CheckSummary) -> [Line] {
        guard !summary.isEmpty else { return [] }
        var counts = Line("\(summary.passed) pass")
        if summary.acknowledged > 0 { counts += Cell(", \(summary.acknowledged) acknowledged") }
        if summary.warned > 0 { counts += Cell(", \(summary.warned) warn", .caution) }
        if summary.failed > 0 { counts += Cell(", \(summary.failed) fail", .bad) }
        if summary.skipped > 0 { counts += Cell(", \(summary.skipped) skipped", .dim) }
        var parts = [counts]
        if summary.forced { parts.append(Line("forced", .caution)) }
        if summary.gate == .closed { parts.append(Line("gate closed", .bad)) }
        if let worst = summary.worst.first { parts.append(Line(worst, summary.failed > 0 ? .bad : .caution)) }
        return parts
    }

    private static func text(_ number: CheckNumber) -> String {
        let value = number.value.map(Number.short) ?? "not finite"
        return "\(number.name) \(value)\(number.unit.map { " \($0)" } ?? "")"
    }

    private static func style(_ verdict: CheckVerdict, _ isAccepted: Bool) -> Style {
        switch verdict {
        case .pass: .good
        case .warn: isAccepted ? .plain : .caution
        case .fail: .bad
        case .skip: .dim
        }
    }
}
