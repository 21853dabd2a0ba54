/// What an event tells.
public enum EventKind: String, Codable, Sendable, CaseIterable, Equatable {
    case snapshot
    case snapshotEnd = "snapshot_end"
    case created
    case state
    case progress
    case checkpoint
    case metric
    case warning
    case restart
    case deleted
    case heartbeat
    case dropped
}

/// 'sequence' only grows and survives restarts; pass the last one seen as 'after' to resume. Kind 'dropped' says
/// that 'dropped' events were coalesced because this watcher was slow.
public struct Event: Codable, Sendable, Equatable {
    public var sequence: Int
    public var timeUsec: Int
    public var kind: EventKind
    public var job: JobSummary?
    public var checkpoint: String?
    public var message: String?
    public var dropped: Int?

    public init(
        sequence: Int,
        timeUsec: Int,
        kind: EventKind,
        job: JobSummary? = nil,
        checkpoint: String? = nil,
        message: String? = nil,
        dropped: Int? = nil
    ) {
        self.sequence = sequence
        self.timeUsec = timeUsec
        self.kind = kind
        self.job = job
        self.checkpoint = checkpoint
        self.message = message
        self.dropped = dropped
    }
}

extension Event: Documented {
    public static var documentation: [String] {
        [
            "'sequence' only grows and survives restarts; pass the last one seen as 'after' to resume. Kind",
            "'dropped' says that 'dropped' events were coalesced because this watcher was slow.",
        ]
    }
}

extension EventKind: Documented {
    public static var documentation: [String] {
        [
            "What an event tells."
        ]
    }
}
