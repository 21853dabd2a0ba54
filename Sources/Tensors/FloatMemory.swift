import Glibc

/// Floats on a cache line's boundary, zero at first, freed with the object.
public final class FloatMemory {
    public let base: UnsafeMutablePointer<Float>
    public let count: Int

    /// Large memory asks for huge pages: fewer faults, fewer misses of the address cache.
    public init(count: Int) {
        self.count = count
        let pageSize = 1 << 21
        let bytes = max(count * MemoryLayout<Float>.stride, 64)
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: bytes >= pageSize ? pageSize : 64)
        if bytes >= pageSize { madvise(raw, bytes & ~(pageSize - 1), Int32(MADV_HUGEPAGE)) }
        base = raw.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
        base.initialize(repeating: 0, count: bytes / MemoryLayout<Float>.stride)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }
}

/// Places for buffers that live from one time to another, so that buffers which never live together share memory.
public struct ArenaLayout {
    private var places: [(range: Range<Int>, lives: [ClosedRange<Int>])] = []
    /// Floats of the whole arena so far.
    public private(set) var count = 0

    public init() {}

    /// The lowest place that is free for the whole of each life, at a multiple of 16 floats.
    public mutating func place(_ floats: Int, lives: [ClosedRange<Int>]) -> Int {
        let size = (floats + 15) & ~15
        var start = 0
        let others = places.filter { other in other.lives.contains { life in lives.contains { $0.overlaps(life) } } }
        for other in others.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            if other.range.lowerBound >= start + size { break }
            start = max(start, other.range.upperBound)
        }
        places.append((start..<start + size, lives))
        count = max(count, start + size)
        return start
    }
}
