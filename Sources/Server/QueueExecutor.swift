import Dispatch

/// Runs an actor's work on one serial Dispatch queue, so that event sources of that queue are already isolated to the
/// actor and need no hop. (`DispatchSerialQueue` does not exist on Linux.)
final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(_ label: String, qos: DispatchQoS = .userInitiated) {
        queue = DispatchQueue(label: label, qos: qos)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.async { unowned.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}

extension DispatchQueue {
    /// Runs `body` on this queue and gives its result back without blocking the caller's thread: how SQLite and files
    /// are kept out of Swift's small pool of threads.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            async { continuation.resume(with: Result { try body() }) }
        }
    }
}
