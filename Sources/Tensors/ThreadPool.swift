import CKernels
import Glibc
import Synchronization

/// Work cut into tiles that may run in any order on any thread. The cut depends on shapes alone, never on the number
/// of threads, so that the same work gives the same bits on any pool.
open class TiledWork {
    /// Tiles of the next run.
    public var tileCount: Int

    public init(tileCount: Int = 0) { self.tileCount = tileCount }

    /// Computes one tile.
    /// - Parameter thread: 0 ..< the pool's `threadCount`; only for choosing scratch memory, never for results.
    open func run(tile: Int, thread: Int) {}
}

/// A fixed set of threads that take tiles dynamically. The thread that calls `run` is one of them. A waiting thread
/// spins for at most 50 µs and then sleeps, so that a busy machine loses the pool no more than the stolen core.
///
/// `run` may be called by one thread at a time; it allocates nothing.
public final class ThreadPool: @unchecked Sendable {
    // Sendable: every stored property is immutable or atomic; what a slot points to is published by `ticket` (release)
    // and read after it (acquire), and lives until `run` returns, which is after its last tile.

    public let threadCount: Int

    /// High 32 bits: generation of the work; low 32 bits: next tile. Taking a tile is one compare-and-swap on both, so
    /// a thread that slept through a generation can never take a tile of the next one by mistake.
    private let ticket = Atomic<UInt64>(0)
    /// Tiles not yet finished.
    private let remaining = Atomic<Int>(0)
    /// Work by generation & 1: a slot is rewritten only when its generation's ticket is two behind.
    private let work0 = Atomic<UInt>(0), work1 = Atomic<UInt>(0)
    private let count0 = Atomic<Int>(0), count1 = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private let done: UnsafeMutablePointer<pthread_cond_t>
    private let threads: Threads

    /// Written once, in `init`, before any other thread can read it.
    private final class Threads {
        var handles: [pthread_t] = []
    }

    /// What a new thread is handed: the pool, unretained (it joins its threads before it goes), and its number.
    private final class Seat {
        let pool: Unmanaged<ThreadPool>
        let thread: Int
        init(pool: ThreadPool, thread: Int) {
            self.pool = .passUnretained(pool)
            self.thread = thread
        }
    }

    /// - Parameter threads: threads that compute, the caller's included; at least 1. Where the system refuses a thread
    ///   the pool works with fewer: the results are the same.
    public init(threads count: Int) {
        threadCount = max(1, count)
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        done = .allocate(capacity: 1)
        threads = Threads()
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(done, nil)
        for thread in 1..<max(2, threadCount) where threadCount > 1 {
            var handle = pthread_t()
            let seat = Unmanaged.passRetained(Seat(pool: self, thread: thread))
            let status = pthread_create(
                &handle, nil,
                { raw in
                    guard let raw else { return nil }
                    let seat = Unmanaged<Seat>.fromOpaque(raw).takeRetainedValue()
                    seat.pool._withUnsafeGuaranteedRef { $0.serve(thread: seat.thread) }
                    return nil
                }, seat.toOpaque())
            if status == 0 { threads.handles.append(handle) } else { seat.release() }
        }
    }

    deinit {
        stopping.store(true, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        for handle in threads.handles { pthread_join(handle, nil) }
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        pthread_cond_destroy(done)
        mutex.deallocate()
        wake.deallocate()
        done.deallocate()
    }

    /// Runs every tile of `work` and returns when all are done.
    public func run(_ work: TiledWork) {
        let count = work.tileCount
        guard count > 1, !threads.handles.isEmpty else {
            for tile in 0..<max(0, count) { work.run(tile: tile, thread: 0) }
            return
        }
        let generation = (ticket.load(ordering: .relaxed) >> 32) &+ 1
        let bits = UInt(bitPattern: Unmanaged.passUnretained(work).toOpaque())
        if generation & 1 == 0 {
            work0.store(bits, ordering: .relaxed)
            count0.store(count, ordering: .relaxed)
        } else {
            work1.store(bits, ordering: .relaxed)
            count1.store(count, ordering: .relaxed)
        }
        remaining.store(count, ordering: .relaxed)
        ticket.store(generation << 32, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
        }
        takeTiles(thread: 0)
        awaitLastTile()
    }

    /// Runs `body` for each of `count` tiles. Allocates a small object; for work outside the training step.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { run(ClosureWork(count: count, body: $0)) }
    }

    private final class ClosureWork: TiledWork {
        let body: (Int) -> Void
        init(count: Int, body: @escaping (Int) -> Void) {
            self.body = body
            super.init(tileCount: count)
        }
        override func run(tile: Int, thread: Int) { body(tile) }
    }

    /// Takes tiles of the newest generation until none is left.
    private func takeTiles(thread: Int) {
        while true {
            let seen = ticket.load(ordering: .acquiring)
            let even = (seen >> 32) & 1 == 0
            let bits = even ? work0.load(ordering: .relaxed) : work1.load(ordering: .relaxed)
            let count = even ? count0.load(ordering: .relaxed) : count1.load(ordering: .relaxed)
            let tile = Int(seen & 0xffff_ffff)
            guard tile < count, let raw = UnsafeRawPointer(bitPattern: bits) else { return }
            guard
                ticket.compareExchange(expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing).exchanged
            else { continue }
            Unmanaged<TiledWork>.fromOpaque(raw)._withUnsafeGuaranteedRef { $0.run(tile: tile, thread: thread) }
            if remaining.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0,
                callerSleeps.load(ordering: .sequentiallyConsistent)
            {
                pthread_mutex_lock(mutex)
                pthread_cond_signal(done)
                pthread_mutex_unlock(mutex)
            }
        }
    }

    private func awaitLastTile() {
        if spin(until: { remaining.load(ordering: .acquiring) == 0 }) { return }
        pthread_mutex_lock(mutex)
        callerSleeps.store(true, ordering: .sequentiallyConsistent)
        while remaining.load(ordering: .sequentiallyConsistent) != 0 { pthread_cond_wait(done, mutex) }
        callerSleeps.store(false, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }

    /// A thread's life: tiles, then wait for the next generation.
    private func serve(thread: Int) {
        var seen: UInt64 = 0
        while !stopping.load(ordering: .acquiring) {
            let isNew = { self.ticket.load(ordering: .acquiring) >> 32 != seen }
            if !spin(until: { isNew() || stopping.load(ordering: .relaxed) }) {
                pthread_mutex_lock(mutex)
                sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
                while ticket.load(ordering: .sequentiallyConsistent) >> 32 == seen,
                    !stopping.load(ordering: .sequentiallyConsistent)
                {
                    pthread_cond_wait(wake, mutex)
                }
                sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(mutex)
            }
            seen = ticket.load(ordering: .acquiring) >> 32
            takeTiles(thread: thread)
        }
    }

    /// Watches a condition for at most 50 µs.
    private func spin(until holds: () -> Bool) -> Bool {
        let limit = monotonicNanoseconds() + 50_000
        repeat {
            for _ in 0..<32 {
                if holds() { return true }
                ck_pause()
            }
        } while monotonicNanoseconds() < limit
        return holds()
    }

    private func monotonicNanoseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec
    }
}
