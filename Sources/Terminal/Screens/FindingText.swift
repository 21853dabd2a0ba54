import Recipes

/// Findings as compilers print them: `file:line: error: message [code]`, then what to do.
public enum FindingText {
    /// - Parameter file: the recipe's file, which findings point into.
    public static func lines(_ findings: [Finding], file: String?) -> [Line] {
        findings.flatMap { finding -> [Line] in
            let (place, message) = place(finding, file: file)
            var line = Line(place, .bold)
            line += Cell(word(finding.severity) + ": ", style(finding.severity))
            line += Cell(message)
            if !finding.code.isEmpty { line += Cell(" [\(finding.code)]", .dim) }
            guard let hint = finding.hint, !hint.isEmpty else { return [line] }
            return [line, Line([Cell("    hint: ", .note), Cell(hint)])]
        }
    }

    /// `1 error, 2 warnings`; empty without findings.
    public static func summary(_ findings: [Finding]) -> String {
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count { $0.severity == .warning }
        return [errors > 0 ? counted(errors, "error") : nil, warnings > 0 ? counted(warnings, "warning") : nil]
            .compactMap { $0 }.joined(separator: ", ")
    }

    /// Where a finding is, and the rest of its message: in the recipe, by its line or else by its key; what was found in
    /// data says the file and the row itself (`d.csv:202: column …`).
    private static func place(_ finding: Finding, file: String?) -> (place: String, message: String) {
        if finding.line == nil, let own = ownPlace(finding.message) { return own }
        let key = finding.path.map { $0.split(separator: "/").joined(separator: ".") } ?? ""
        let named = key.isEmpty || finding.line != nil ? "" : key + ": "
        let place = file.map { $0 + (finding.line.map { ":\($0)" } ?? "") + ": " } ?? ""
        return (place + named, finding.message)
    }

    /// `d.csv:202: ` at the start of a message, taken off it.
    private static func ownPlace(_ message: String) -> (place: String, message: String)? {
        guard let end = message.firstRange(of: ": ") else { return nil }
        let head = message[..<end.lowerBound]
        let parts = head.split(separator: ":", omittingEmptySubsequences: false)
        // A word with a dot or slash in it, or with a number of a line after it, is a file.
        guard let first = parts.first, !first.isEmpty, parts.count <= 2, !head.contains(" ") else { return nil }
        let namesFile = parts.count == 2 ? Int(parts[1]) != nil : first.contains(where: { $0 == "." || $0 == "/" })
        guard namesFile else { return nil }
        return (head + ": ", String(message[end.upperBound...]))
    }

    static func word(_ severity: Severity) -> String {
        switch severity {
        case .info: "note"
        case .warning: "warning"
        case .error: "error"
        }
    }

    public static func style(_ severity: Severity) -> Style {
        switch severity {
        case .info: .note
        case .warning: .caution
        case .error: .bad
        }
    }
}
