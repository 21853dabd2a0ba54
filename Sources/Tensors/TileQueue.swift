import CKernels
import Glibc
import Synchronization

/// What the threads of a pool share: the tiles of the newest work, those of work done ahead, and how to wait for the
/// next. Each thread holds it strongly; none holds the pool, so that the pool never goes away on a thread that it would
/// have to join.
final class TileQueue: @unchecked Sendable {
    // Sendable: every stored property is immutable or atomic; a work's tiles are published and read as `OpenTiles` says,
    // and it lives until `run` or `finishAhead` or `dropAhead` returns, which is after its last tile.

    /// Of the newest work.
    private let now = OpenTiles()
    /// Of work that is not needed yet: taken only by a thread that would wait.
    private let ahead = OpenTiles()
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
        now.open(work, count: count)
        wakeSleepers()
        takeTiles(thread: 0)
        awaitLast { now.isFinished }
    }

    /// Lays out tiles that are not needed yet. Only when none of the last are left.
    func beginAhead(_ work: TiledWork, count: Int) {
        ahead.open(work, count: count)
        wakeSleepers()
    }

    /// Returns when all tiles laid out are done.
    func finishAhead() {
        while takeAhead(thread: 0) {}
        awaitLast { ahead.isFinished }
    }

    /// Takes the tiles back that nobody has begun, and returns when none is running.
    func dropAhead() {
        ahead.close()
        awaitLast { ahead.isFinished }
    }

    private func wakeSleepers() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
    }

    /// Takes tiles of the newest work until none is left.
    private func takeTiles(thread: Int) {
        while true {
            switch now.runOne(thread: thread) {
            case .none: return
            case .one: break
            case .last: wakeCaller()
            }
        }
    }

    /// Takes one of the tiles that are not needed yet.
    /// - Returns: false where none is left.
    private func takeAhead(thread: Int) -> Bool {
        switch ahead.runOne(thread: thread) {
        case .none: return false
        case .one: break
        case .last: wakeCaller()
        }
        return true
    }

    private func wakeCaller() {
        guard callerSleeps.load(ordering: .sequentiallyConsistent) else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_signal(done)
        pthread_mutex_unlock(mutex)
    }

    private func awaitLast(_ isFinished: () -> Bool) {
        if spin(until: isFinished) { return }
        pthread_mutex_lock(mutex)
        callerSleeps.store(true, ordering: .sequentiallyConsistent)
        while !isFinished() { pthread_cond_wait(done, mutex) }
        callerSleeps.store(false, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }

    /// A thread's life: tiles of the newest work; where there are none, one of those that are not needed yet; else it
    /// waits for either.
    func serve(thread: Int) {
        SubnormalNumbers.flush()
        var seen: UInt64 = 0
        while !stopping.load(ordering: .acquiring) {
            let known = seen
            if !spin(until: { hasWork(after: known) }) {
                pthread_mutex_lock(mutex)
                sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
                while !hasWork(after: seen) { pthread_cond_wait(wake, mutex) }
                sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(mutex)
            }
            let generation = now.generation
            if generation != seen {
                seen = generation
                takeTiles(thread: thread)
            } else {
                _ = takeAhead(thread: thread)
            }
        }
    }

    /// Whether a thread that has seen this generation has anything to do.
    private func hasWork(after known: UInt64) -> Bool {
        now.generation != known || ahead.hasTiles || stopping.load(ordering: .sequentiallyConsistent)
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
