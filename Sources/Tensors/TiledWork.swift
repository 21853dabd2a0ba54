/// Work cut into tiles that may run in any order on any thread. The cut depends on shapes alone, never on the number
/// of threads, so that the same work gives the same bits on any pool.
open class TiledWork {
    /// Tiles of the next run.
    public var tileCount: Int
    /// Whether all tiles together take less time than handing them out would.
    public var isSmall = false

    public init(tileCount: Int = 0) { self.tileCount = tileCount }

    /// Computes one tile.
    /// - Parameter thread: 0 ..< the pool's `threadCount`; only for choosing scratch memory, never for results.
    open func run(tile: Int, thread: Int) {}
}
