/// One line of the log.
public struct LogEntry: Codable, Sendable, Equatable {
    /// Pass it as 'after' to read on.
    public var cursor: String
    public var timeUsec: Int
    /// As in syslog(3).
    public var priority: Int
    public var jobId: Int?
    public var step: Int?
    public var message: String
    public var fields: [String: String]?

    public init(
        cursor: String,
        timeUsec: Int,
        priority: Int,
        jobId: Int? = nil,
        step: Int? = nil,
        message: String,
        fields: [String: String]? = nil
    ) {
        self.cursor = cursor
        self.timeUsec = timeUsec
        self.priority = priority
        self.jobId = jobId
        self.step = step
        self.message = message
        self.fields = fields
    }
}

extension LogEntry: Documented {
    public static var documentation: [String] {
        [
            "One line of the log."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "cursor": "Pass it as 'after' to read on.",
            "priority": "As in syslog(3).",
        ]
    }
}
