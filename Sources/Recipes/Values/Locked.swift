import Glibc

/// A value behind a pthread mutex. Synchronization.Mutex would do, but Thread Sanitizer reports it falsely on Linux.
///
/// Sendable because the value is reached only inside `withLock`, which holds the mutex.
package final class Locked<Value>: @unchecked Sendable {
    private var stored: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ value: sending Value) {
        stored = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&stored)
    }

    package var value: Value { withLock { $0 } }
}
