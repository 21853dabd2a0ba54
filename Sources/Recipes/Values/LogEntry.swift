public struct LogEntry: Codable, Sendable, Equatable {
    public var cursor: String
    public var timeUsec: Int
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
