import Glibc

/// A system call that failed: which one, on what, and the kernel's reason.
public struct SystemFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public let operation: String
    public let errno: Int32
    /// The file or socket, where there is one.
    public let path: String?

    public init(_ operation: String, errno: Int32, path: String? = nil) {
        self.operation = operation
        self.errno = errno
        self.path = path
    }

    /// The kernel's words for the reason.
    public var reason: String {
        var text = [CChar](repeating: 0, count: 128)
        guard strerror_r(errno, &text, text.count) == 0 else { return "error \(errno)" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    public var description: String { "\(operation)\(path.map { " \($0)" } ?? ""): \(reason)" }

    /// Turns CLinux's convention (a value, or -errno) into a value or a thrown failure.
    @discardableResult
    public static func check<Number: SignedInteger>(
        _ outcome: Number, _ operation: String, path: String? = nil
    ) throws(SystemFailure) -> Number {
        if outcome < 0 { throw SystemFailure(operation, errno: Int32(-outcome), path: path) }
        return outcome
    }
}
