/// queued: waits for a slot, memory or a dependency. interrupted: the daemon went away; resumes by itself. stopped:
/// ended early with a final checkpoint, can be resumed. cancelled: ended early, not resumable. preparing: the data
/// set is being received and hashed.
public enum JobState: String, Codable, Sendable, CaseIterable, Equatable {
    case preparing
    case queued
    case starting
    case running
    case checkpointing
    case pausing
    case paused
    case stopping
    case stopped
    case interrupted
    case succeeded
    case failed
    case cancelled
}

/// What the owner wants; durable before the call is answered. The daemon converges to it.
public enum DesiredState: String, Codable, Sendable, CaseIterable, Equatable {
    case run
    case pause
    case stop
    case cancel
}

/// Why a job is in its state; code is stable (oom, nan_loss, disk_full, io_error, data_error, unsupported, deadline, user,
/// dependency_failed, dependency_unreadable, daemon_restart, polite, checks, watch, loss_spike, hardware, internal).
public struct Reason: Codable, Sendable, Equatable {
    public var code: String
    public var message: String
    public var sinceUsec: Int

    public init(code: String, message: String, sinceUsec: Int) {
        self.code = code
        self.message = message
        self.sinceUsec = sinceUsec
    }
}

extension Reason: Documented {
    public static var documentation: [String] {
        [
            "Why a job is in its state; code is stable (oom, nan_loss, disk_full, io_error, data_error, unsupported,",
            "deadline, user, dependency_failed, dependency_unreadable, daemon_restart, polite, checks, watch, loss_spike,",
            "hardware, internal).",
        ]
    }
}

extension JobState: Documented {
    public static var documentation: [String] {
        [
            "queued: waits for a slot, memory or a dependency. interrupted: the daemon went away; resumes by",
            "itself. stopped: ended early with a final checkpoint, can be resumed. cancelled: ended early, not",
            "resumable. preparing: the data set is being received and hashed.",
        ]
    }
}

extension DesiredState: Documented {
    public static var documentation: [String] {
        [
            "What the owner wants; durable before the call is answered. The daemon converges to it."
        ]
    }
}
