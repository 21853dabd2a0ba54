import CLinux
import Glibc
import Recipes

/// One thread of its own, nice and last in line for the disk, that does what it is given in order: whatever moves many
/// bytes. Training and the answering of calls go before it.
final class LowPriorityThread: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isStopped = false
        /// Moment when the work in progress began; nil while there is none.
        var began: Double?
    }

    private let state = Locked(State())
    private let wakeUp: Wakeup

    /// - Parameters:
    ///   - name: at most 15 bytes, as `ps -L` shows it.
    ///   - nice: above the workers'. At the same value a step's threads wait for the one that shares its core with
    ///     the hashing: a checkpoint then costs twice the time that it takes.
    /// - Throws: `StartError` where the system gives no thread.
    init(_ name: String, nice: Int32) throws {
        wakeUp = Wakeup()
        let loop = ThreadBody { [state, wakeUp] in
            _ = cl_set_thread_name(name)
            // A sandbox may refuse both; the work is then done at normal priority.
            _ = cl_set_nice(0, nice)
            _ = cl_set_io_priority(0, 2, 7)
            while true {
                let work = state.withLock { state -> (@Sendable () -> Void)? in
                    if state.waiting.isEmpty { return nil }
                    state.began = Clock.monotonic()
                    return state.waiting.removeFirst()
                }
                if let work {
                    work()
                    state.withLock { $0.began = nil }
                } else if state.withLock({ $0.isStopped }) {
                    return
                } else {
                    wakeUp.wait()
                }
            }
        }
        try loop.start()
    }

    func async(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.waiting.append(work) }
        wakeUp.signal()
    }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Work that waits, with the one in progress.
    var load: Int { state.withLock { $0.waiting.count + ($0.began == nil ? 0 : 1) } }

    /// Seconds that the work in progress has taken.
    var busySeconds: Double { state.withLock { $0.began.map { Clock.monotonic() - $0 } ?? 0 } }

    /// Ends after the work that waits.
    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.signal()
    }
}

/// A semaphore: `wait` returns once for each `signal`.
private final class Wakeup: @unchecked Sendable {
    // Sendable: sem_t is made to be used from several threads; the pointer never changes.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(semaphore, 0, 0) }
    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }
    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}

/// What a new pthread runs.
private final class ThreadBody: Sendable {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() throws {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let outcome = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard outcome == 0 else {
            box.release()
            throw StartError(.system, "The system allows no more threads (error \(outcome)).")
        }
        pthread_detach(thread)
    }
}
