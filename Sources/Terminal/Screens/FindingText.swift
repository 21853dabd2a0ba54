import Recipes

/// Findings as compilers print them: `file:line: error: message [code]`, then what to do.
public enum FindingText {
    /// - Parameter file: the recipe's file, for findings that point into the recipe; a finding whose `path` names a data
    ///   file is said with that file instead.
    public static func lines(_ findings: [Finding], file: String?) -> [Line] {
        findings.flatMap { finding -> [Line] in
            var line = Line(place(finding, file: file), .bold)
            line += Cell(word(finding.severity) + ": ", style(finding.severity))
            line += Cell(finding.message)
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

    private static func place(_ finding: Finding, file: String?) -> String {
        // A path that begins with a slash points into the recipe (RFC 6901), unless it names a real file's ending.
        let name: String?
        var key = ""
        if let path = finding.path, !path.isEmpty, !isRecipePointer(path) {
            name = path
        } else {
            name = file
            if finding.line == nil, let path = finding.path, path.count > 1 {
                key = path.dropFirst().replacing("/", with: ".") + ": "
            }
        }
        guard let name else { return key }
        return name + (finding.line.map { ":\($0)" } ?? "") + ": " + key
    }

    private static func isRecipePointer(_ path: String) -> Bool {
        path.hasPrefix("/")
            && path.dropFirst().split(separator: "/").allSatisfy { part in
                part.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
            }
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
