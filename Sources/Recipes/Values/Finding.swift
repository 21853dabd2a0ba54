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
