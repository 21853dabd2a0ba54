import CKernels
import Glibc
import Synchronization

/// What the threads of a pool share: the tiles of the newest work, and how to wait for the next. Each thread holds it
/// strongly; none holds the pool, so that the pool never goes away on a thread that it would have to join.
final class TileQueue: @unchecked Sendable {
    // Sendable: every stored property is immutable or atomic; what a slot points to is published by `ticket` (release)
    // and read after it (acquire), and lives until `run` returns, which is after its last tile.

    /// High 32 bits: generation of the work; low 32 bits: next tile. Taking a tile is one compare-and-swap on both, so
    /// a thread that slept through a generation can never take a tile of the next one by mistake.
    private let ticket = Atomic<UInt64>(0)
    /// Tiles not yet finished.
    private let remaining = Atomic<Int>(0)
    /// Work by generation & 1: a slot is rewritten only when its generation's ticket is two behind.
    private let work0 = Atomic<UInt>(0)
    private let work1 = Atomic<UInt>(0)
    private let count0 = Atomic<Int>(0)
    private let count1 = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private let done: UnsafeMutablePointer<pthread_cond_t>

    init() {
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        done = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(done, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        pthread_cond_destroy(done)
        mutex.deallocate()
        wake.deallocate()
        done.deallocate()
    }

    /// Lets every thread leave `serve`.
    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
    }

    /// Runs every tile, here and on the threads that serve, and returns when all are done.
    func run(_ work: TiledWork, count: Int) {
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
    func serve(thread: Int) {
        var seen: UInt64 = 0
        while !stopping.load(ordering: .acquiring) {
            let known = seen
            if !spin(until: {
                ticket.load(ordering: .acquiring) >> 32 != known || stopping.load(ordering: .relaxed)
            }) {
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
