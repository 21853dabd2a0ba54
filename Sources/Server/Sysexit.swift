import Recipes

/// Exit codes of simmerd, from sysexits(3). A unit does not restart after `usage` and `configuration`: another try
/// would fail the same.
public enum Sysexit: Int32, Sendable {
    case ok = 0
    /// `fsck` found damage, or a check failed.
    case failed = 1
    case usage = 64
    /// The store is damaged or of a newer version.
    case data = 65
    case unavailable = 69
    case software = 70
    case system = 71
    /// The state directory or the socket cannot be made.
    case cannotCreate = 73
    case io = 74
    /// Another daemon holds the store.
    case tryAgain = 75
    case noPermission = 77
    case configuration = 78
}

/// Why the daemon cannot start or go on, with its exit code; the text says what to do.
public struct StartError: Error, Sendable, CustomStringConvertible {
    public var exit: Sysexit
    public var message: String
    public var hint: String?
    /// All that was found, where a file was read.
    public var findings: [Finding] = []

    public init(_ exit: Sysexit, _ message: String, hint: String? = nil) {
        self.exit = exit
        self.message = message
        self.hint = hint
    }

    public var description: String { hint.map { "\(message)\n  hint: \($0)" } ?? message }
}
