import Synchronization

/// The tiles of the newest of a row of works, which any thread takes one by one.
///
/// What a slot points to is published by `ticket` (release) and read after it (acquire); it lives until its last tile
/// is finished.
struct OpenTiles: ~Copyable {
    enum Outcome {
        /// No tile was left.
        case none
        case one
        /// It was the last of all to be finished.
        case last
    }

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

    /// Opens the tiles of another work. By one thread, and only when all of the last are finished.
    func open(_ work: TiledWork, count: Int) {
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
    }

    /// Another with each `open`.
    var generation: UInt64 { ticket.load(ordering: .sequentiallyConsistent) >> 32 }

    /// Whether no tile is left, and none is running.
    var isFinished: Bool { remaining.load(ordering: .sequentiallyConsistent) == 0 }

    /// Whether a tile is left to be taken.
    var hasTiles: Bool {
        let seen = ticket.load(ordering: .sequentiallyConsistent)
        return Int(seen & 0xffff_ffff) < count(of: seen)
    }

    private func count(of seen: UInt64) -> Int {
        (seen >> 32) & 1 == 0 ? count0.load(ordering: .relaxed) : count1.load(ordering: .relaxed)
    }

    /// Takes a tile and computes it.
    func runOne(thread: Int) -> Outcome {
        while true {
            let seen = ticket.load(ordering: .acquiring)
            let bits = (seen >> 32) & 1 == 0 ? work0.load(ordering: .relaxed) : work1.load(ordering: .relaxed)
            let tile = Int(seen & 0xffff_ffff)
            guard tile < count(of: seen), let raw = UnsafeRawPointer(bitPattern: bits) else { return .none }
            guard
                ticket.compareExchange(expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing).exchanged
            else { continue }
            Unmanaged<TiledWork>.fromOpaque(raw)._withUnsafeGuaranteedRef { $0.run(tile: tile, thread: thread) }
            return remaining.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0 ? .last : .one
        }
    }

    /// Leaves the tiles that nobody has taken undone. By the thread that opens.
    func close() {
        while true {
            let seen = ticket.load(ordering: .acquiring)
            let left = count(of: seen) - Int(seen & 0xffff_ffff)
            guard left > 0 else { return }
            guard
                ticket.compareExchange(
                    expected: seen, desired: seen + UInt64(left), ordering: .acquiringAndReleasing
                ).exchanged
            else { continue }
            remaining.wrappingSubtract(left, ordering: .sequentiallyConsistent)
            return
        }
    }
}
