import Glibc
import Synchronization
import Tensors
import Testing

@Suite struct ThreadPoolTests {
    /// Counts how often each tile ran, and on which threads.
    private final class Counting: TiledWork {
        let runs: [Atomic64]
        let threadCount: Int
        let outside = Atomic64()

        init(tiles: Int, threadCount: Int) {
            runs = (0..<tiles).map { _ in Atomic64() }
            self.threadCount = threadCount
            super.init(tileCount: tiles)
        }

        override func run(tile: Int, thread: Int) {
            runs[tile].value.wrappingAdd(1, ordering: .relaxed)
            if !(0..<threadCount).contains(thread) { outside.value.wrappingAdd(1, ordering: .relaxed) }
        }
    }

    private final class Atomic64: Sendable {
        let value = Atomic<Int>(0)
    }

    @Test(arguments: [1, 2, 3, 8])
    func runsEveryTileOnce(threads: Int) {
        let pool = ThreadPool(threads: threads)
        for round in 0..<2_000 {
            let tiles = round % 23
            let work = Counting(tiles: tiles, threadCount: threads)
            pool.run(work)
            #expect(work.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 }, "round \(round)")
            #expect(work.outside.value.load(ordering: .relaxed) == 0)
        }
    }

    /// Halves the smallest normal number, and doubles half of it, on each of the pool's threads: a tile ends when all of
    /// them have one.
    private final class Halving: TiledWork {
        let results: [Atomic64]
        private let begun = Atomic64()

        init(threads: Int) {
            results = (0..<threads).map { _ in Atomic64() }
            super.init(tileCount: threads)
        }

        override func run(tile: Int, thread: Int) {
            begun.value.wrappingAdd(1, ordering: .sequentiallyConsistent)
            while begun.value.load(ordering: .sequentiallyConsistent) < tileCount { sched_yield() }
            let half = ThreadPoolTests.product(.leastNormalMagnitude, 0.5)
            let read = ThreadPoolTests.product(Float(bitPattern: 1 << 22), 2)
            let found = Int(half.bitPattern) | Int(read.bitPattern) << 32
            results[tile].value.store(found + 1, ordering: .relaxed)
        }
    }

    @inline(never) private static func product(_ a: Float, _ b: Float) -> Float { a * b }

    /// On whatever thread; the caller's own numbers stay as they were.
    @Test(arguments: [1, 2, 3]) func subnormalNumbersAreZero(threads: Int) {
        let pool = ThreadPool(threads: threads)
        let work = Halving(threads: threads)
        pool.run(work)
        #expect(work.results.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        let ahead = Halving(threads: threads)
        pool.beginAhead(ahead)
        pool.finishAhead()
        #expect(ahead.results.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        let half = Self.product(.leastNormalMagnitude, 0.5)
        #expect(half > 0 && half == Float(bitPattern: 1 << 22))
    }

    /// Work of many generations on one object: a thread that wakes late must not take a tile of the next run twice.
    @Test func repeatsTheSameWork() {
        let pool = ThreadPool(threads: 3)
        let work = Counting(tiles: 5, threadCount: 3)
        for _ in 0..<20_000 { pool.run(work) }
        #expect(work.runs.map { $0.value.load(ordering: .relaxed) } == [20_000, 20_000, 20_000, 20_000, 20_000])
    }

    /// The pool goes with its last use, whatever its threads do at that moment; a thread must not outlive it.
    @Test func goesAwayAtOnceAfterARun() {
        for round in 0..<500 {
            let work = Counting(tiles: 3, threadCount: 3)
            ThreadPool(threads: 3).run(work)
            #expect(work.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 }, "round \(round)")
        }
    }

    @Test func wakesAfterSleep() {
        let pool = ThreadPool(threads: 2)
        let work = Counting(tiles: 4, threadCount: 2)
        for _ in 0..<5 {
            pool.run(work)
            // Longer than the pool spins: its threads sleep before the next run.
            let end = ContinuousClock.now + .milliseconds(2)
            while ContinuousClock.now < end {}
        }
        #expect(work.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 5 })
    }

    @Test func runsAClosure() {
        let pool = ThreadPool(threads: 2)
        let sum = Atomic64()
        pool.run(100) { tile in sum.value.wrappingAdd(tile, ordering: .relaxed) }
        #expect(sum.value.load(ordering: .relaxed) == 4950)
    }

    /// Work done ahead, beside runs that come and go; sometimes the threads are asleep when it begins.
    @Test(arguments: [1, 2, 3, 8]) func worksAhead(threads: Int) {
        let pool = ThreadPool(threads: threads)
        for round in 0..<600 {
            let ahead = Counting(tiles: round % 17, threadCount: threads)
            if round % 100 == 0 {
                let end = ContinuousClock.now + .milliseconds(2)
                while ContinuousClock.now < end {}
            }
            pool.beginAhead(ahead)
            let works = (0..<round % 5).map { _ in Counting(tiles: 7, threadCount: threads) }
            for work in works {
                pool.run(work)
                #expect(work.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 }, "round \(round)")
            }
            pool.finishAhead()
            #expect(ahead.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 }, "round \(round)")
            #expect(ahead.outside.value.load(ordering: .relaxed) == 0)
        }
    }

    /// Nothing of it runs any more when `dropAhead` returns, and the next is done whole.
    @Test(arguments: [1, 2, 3]) func dropsWhatWasBegunAhead(threads: Int) {
        let pool = ThreadPool(threads: threads)
        for round in 0..<2_000 {
            let dropped = Counting(tiles: 40, threadCount: threads)
            pool.beginAhead(dropped)
            if round % 3 == 0 { pool.run(Counting(tiles: 3, threadCount: threads)) }
            pool.dropAhead()
            let done = dropped.runs.map { $0.value.load(ordering: .relaxed) }
            #expect(done.allSatisfy { $0 <= 1 })
            let next = Counting(tiles: 5, threadCount: threads)
            pool.beginAhead(next)
            pool.finishAhead()
            #expect(next.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 }, "round \(round)")
            #expect(dropped.runs.map { $0.value.load(ordering: .relaxed) } == done, "round \(round)")
        }
    }

    /// Tiles that take a while, and the caller's memory is freed as soon as `dropAhead` has returned.
    private final class Slow: TiledWork {
        let begun = Atomic64()
        let ended = Atomic64()

        override func run(tile: Int, thread: Int) {
            begun.value.wrappingAdd(1, ordering: .sequentiallyConsistent)
            let end = ContinuousClock.now + .microseconds(100)
            while ContinuousClock.now < end {}
            ended.value.wrappingAdd(1, ordering: .sequentiallyConsistent)
        }
    }

    @Test func waitsForTheTilesThatAreRunningWhenItDrops() {
        let pool = ThreadPool(threads: 3)
        var beganSome = false
        for _ in 0..<200 {
            let work = Slow(tileCount: 30)
            pool.beginAhead(work)
            let end = ContinuousClock.now + .microseconds(250)
            while ContinuousClock.now < end {}
            pool.dropAhead()
            let begun = work.begun.value.load(ordering: .sequentiallyConsistent)
            #expect(work.ended.value.load(ordering: .sequentiallyConsistent) == begun)
            if (1..<30).contains(begun) { beganSome = true }
        }
        #expect(beganSome)
    }

    /// The threads do it by themselves while the caller is at something else.
    @Test func othersWorkAheadAlone() {
        let pool = ThreadPool(threads: 2)
        let ahead = Counting(tiles: 9, threadCount: 2)
        pool.beginAhead(ahead)
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end, ahead.runs.contains(where: { $0.value.load(ordering: .relaxed) == 0 }) {}
        #expect(ahead.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        pool.finishAhead()
    }
}
