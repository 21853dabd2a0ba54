import Foundation

/// A value behind a lock, for state that several threads share.
///
/// `@unchecked Sendable` holds because `value` is private and touched only between `lock` and `unlock`.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
