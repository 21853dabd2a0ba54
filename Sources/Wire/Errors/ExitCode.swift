/// What the programs end with; scripts rely on it.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    case failed = 1
    case usage = 2
    /// No such job or checkpoint.
    case notFound = 3
    /// Wrong state, or in conflict with something that exists.
    case conflict = 4
    case permission = 5
    case unreachable = 6
    case timeout = 7
    /// A check, verification or scrub found problems.
    case problems = 8
    /// The awaited job failed or was cancelled.
    case jobFailed = 9
    /// Busy, draining or starting: try again.
    case busy = 10
    case interrupted = 130
}
