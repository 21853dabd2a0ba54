import Glibc

/// A fixed set of threads that take tiles dynamically. The thread that calls `run` is one of them. A waiting thread
/// spins for at most 50 µs and then sleeps, so that a busy machine loses the pool no more than the stolen core. Subnormal
/// numbers are zero on all of them, so that it does not matter which one computes.
///
/// `run` may be called by one thread at a time; it allocates nothing.
public final class ThreadPool: Sendable {
    public let threadCount: Int
    private let queue = TileQueue()
    private let handles: [pthread_t]

    /// What a new thread is handed.
    private final class Seat {
        let queue: TileQueue
        let thread: Int
        init(queue: TileQueue, thread: Int) {
            self.queue = queue
            self.thread = thread
        }
    }

    /// - Parameter threads: threads that compute, the caller's included; at least 1. Where the system refuses a thread
    ///   the pool works with fewer: the results are the same.
    public init(threads count: Int) {
        threadCount = max(1, count)
        var handles: [pthread_t] = []
        for thread in 1..<max(2, threadCount) where threadCount > 1 {
            var handle = pthread_t()
            let seat = Unmanaged.passRetained(Seat(queue: queue, thread: thread))
            let status = pthread_create(
                &handle, nil,
                { raw in
                    guard let raw else { return nil }
                    let seat = Unmanaged<Seat>.fromOpaque(raw).takeRetainedValue()
                    seat.queue.serve(thread: seat.thread)
                    return nil
                }, seat.toOpaque())
            if status == 0 { handles.append(handle) } else { seat.release() }
        }
        self.handles = handles
    }

    deinit {
        queue.stop()
        for handle in handles { pthread_join(handle, nil) }
    }

    /// Runs every tile of `work` and returns when all are done.
    public func run(_ work: TiledWork) {
        let count = work.tileCount
        SubnormalNumbers.areZero {
            guard count > 1, !work.isSmall, !handles.isEmpty else {
                for tile in 0..<max(0, count) { work.run(tile: tile, thread: 0) }
                return
            }
            queue.run(work, count: count)
        }
    }

    /// Runs `body` for each of `count` tiles. Allocates a small object; for work outside the training step.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { run(ClosureWork(count: count, body: $0)) }
    }

    /// Whether threads besides the caller's have time to spare.
    public var worksAhead: Bool { !handles.isEmpty }

    /// Has `work` done by the pool's threads whenever one of them has no tile of a `run`; nobody waits for it. One at a
    /// time: `finishAhead` or `dropAhead` comes before the next, and before the work goes away.
    public func beginAhead(_ work: TiledWork) { queue.beginAhead(work, count: max(0, work.tileCount)) }

    /// Does what is left of the work begun ahead, with the caller's help, and returns when all of it is done.
    public func finishAhead() { SubnormalNumbers.areZero { queue.finishAhead() } }

    /// Leaves undone what no thread has begun of the work begun ahead, and returns when none of it is running.
    public func dropAhead() { queue.dropAhead() }

    private final class ClosureWork: TiledWork {
        let body: (Int) -> Void
        init(count: Int, body: @escaping (Int) -> Void) {
            self.body = body
            super.init(tileCount: count)
        }
        override func run(tile: Int, thread: Int) { body(tile) }
    }
}
