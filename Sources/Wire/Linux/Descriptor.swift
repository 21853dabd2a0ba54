import Glibc
import Synchronization

/// A file descriptor with one owner: closed when the last reference goes, so that a refused call leaks none.
public final class Descriptor: Sendable {
    private let number: Atomic<Int32>

    /// Takes over an open descriptor.
    public init(owning raw: Int32) { number = Atomic(raw) }

    /// The number, for system calls while this object lives; -1 after `release` or `close`.
    public var raw: Int32 { number.load(ordering: .relaxed) }

    /// Hands the open descriptor to the caller, who closes it; -1 when it is gone already.
    public func release() -> Int32 { number.exchange(-1, ordering: .relaxed) }

    public func close() {
        let raw = release()
        // close(2) frees the number even where it reports an error; what was written is checked by fsync, not here.
        if raw >= 0 { _ = Glibc.close(raw) }
    }

    deinit { close() }
}
