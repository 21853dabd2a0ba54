/// How much a finding matters: an error stops a recipe or a job.
public enum Severity: String, Codable, Sendable, CaseIterable, Equatable {
    case info
    case warning
    case error
}

/// One finding of a recipe or data check. 'code' is stable, 'path' a JSON pointer into the recipe.
public struct Finding: Codable, Sendable, Equatable {
    public var severity: Severity
    public var code: String
    public var message: String
    public var path: String?
    public var line: Int?
    /// What to do about it.
    public var hint: String?

    public init(
        severity: Severity,
        code: String,
        message: String,
        path: String? = nil,
        line: Int? = nil,
        hint: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint
    }
}

extension Finding {
    /// The place in a recipe of a dotted key: `/data/train/inputs/0`.
    public static func pointer(_ key: String) -> String { "/" + key.split(separator: ".").joined(separator: "/") }
}

extension Finding: Documented {
    public static var documentation: [String] {
        [
            "One finding of a recipe or data check. 'code' is stable, 'path' a JSON pointer into the recipe."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "hint": "What to do about it."
        ]
    }
}

extension Severity: Documented {
    public static var documentation: [String] {
        [
            "How much a finding matters: an error stops a recipe or a job."
        ]
    }
}
