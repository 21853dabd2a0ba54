/// One attempt of a job in one worker process.
public struct RunSummary: Codable, Sendable, Equatable {
    /// From 1.
    public var number: Int
    public var startedUsec: Int
    /// Absent while it runs.
    public var endedUsec: Int?
    /// The step it went on from.
    public var firstStep: Int
    public var lastStep: Int?
    /// Why it ended.
    public var reason: Reason?

    public init(
        number: Int, startedUsec: Int, endedUsec: Int? = nil, firstStep: Int, lastStep: Int? = nil,
        reason: Reason? = nil
    ) {
        self.number = number
        self.startedUsec = startedUsec
        self.endedUsec = endedUsec
        self.firstStep = firstStep
        self.lastStep = lastStep
        self.reason = reason
    }
}

extension RunSummary: Documented {
    public static var interfaceName: String { "Run" }
    public static var documentation: [String] {
        [
            "One attempt of a job in one worker process."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "number": "From 1.",
            "endedUsec": "Absent while it runs.",
            "firstStep": "The step it went on from.",
            "reason": "Why it ended.",
        ]
    }
}
