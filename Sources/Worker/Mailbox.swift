import Glibc
import Training

/// Orders on their way from the reading thread to the training one.
///
/// Sendable because every field is touched only with the mutex held.
final class Mailbox: OrderSource, @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var orders: [(order: TrainingOrder, request: Int)] = []
    private var taken = 0

    init() {
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(changed)
        mutex.deallocate()
        changed.deallocate()
    }

    /// - Parameter request: the number of a request for a checkpoint.
    func put(_ order: TrainingOrder, request: Int = 0) {
        pthread_mutex_lock(mutex)
        orders.append((order, request))
        pthread_cond_signal(changed)
        pthread_mutex_unlock(mutex)
    }

    func poll() -> TrainingOrder? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return orders.isEmpty ? nil : takeFirst()
    }

    func wait() -> TrainingOrder? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        // A daemon that goes away ends the process from the reading thread: this wait needs no way out of its own.
        while orders.isEmpty { pthread_cond_wait(changed, mutex) }
        return takeFirst()
    }

    /// The highest number of the requests that the training thread has taken out.
    var takenRequest: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return taken
    }

    /// With the mutex held.
    private func takeFirst() -> TrainingOrder {
        let (order, request) = orders.removeFirst()
        taken = max(taken, request)
        return order
    }
}
