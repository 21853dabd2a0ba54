/// Where a long operation is.
public enum Phase: String, Codable, Sendable, CaseIterable, Equatable {
    case waiting
    case working
    case done
}

/// Long operations reply with these while 'continues' is set, the last reply carries the result.
public struct OperationProgress: Codable, Sendable, Equatable {
    public var operation: String
    public var phase: Phase
    public var doneBytes: Int
    public var totalBytes: Int?
    public var message: String?

    public init(
        operation: String,
        phase: Phase,
        doneBytes: Int,
        totalBytes: Int? = nil,
        message: String? = nil
    ) {
        self.operation = operation
        self.phase = phase
        self.doneBytes = doneBytes
        self.totalBytes = totalBytes
        self.message = message
    }
}

/// What becomes of running jobs.
public enum ShutdownMode: String, Codable, Sendable, CaseIterable, Equatable {
    case checkpoint
    case interrupt
}

extension OperationProgress: Documented {
    public static var documentation: [String] {
        [
            "Long operations reply with these while 'continues' is set, the last reply carries the result."
        ]
    }
}

extension Phase: Documented {
    public static var documentation: [String] {
        [
            "Where a long operation is."
        ]
    }
}

extension ShutdownMode: Documented {
    public static var documentation: [String] {
        [
            "What becomes of running jobs."
        ]
    }
}
