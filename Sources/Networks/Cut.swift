/// How the result of a product is cut into tiles: by its shape alone.
struct Cut: Equatable {
    let rows: Int, columns: Int
    let rowTiles: Int, columnTiles: Int

    var count: Int { rowTiles * columnTiles }

    /// A tile does at least a million multiply-adds, where the whole has that many: below it the hand-out of tiles costs
    /// more than a second thread brings. Each tile goes through its rows of the left matrix and packs its columns of the
    /// right one: columns are cut first, and fewer where that leaves less to go through in all, `columnTiles · rows +
    /// rowTiles · columns`.
    /// - Parameters:
    ///   - depth: terms of each element's sum.
    ///   - isPackedOnce: whether the right matrix can be packed once for all tiles. One that stays in the second-level cache
    ///     is then best left whole: each tile goes through its rows of the left one once.
    init(rows: Int, columns: Int, depth: Int, isPackedOnce: Bool = false) {
        self.rows = rows
        self.columns = columns
        let tiles = max(1, min(Self.most, rows * columns * depth / 1_000_000))
        if isPackedOnce, rows >= 64 * tiles, columns * depth <= 1 << 18 {
            rowTiles = tiles
            columnTiles = 1
            return
        }
        var wanted = tiles
        while wanted > 1, wanted * wanted * rows > 2 * tiles * columns { wanted /= 2 }
        columnTiles = min(wanted, max(1, columns / Self.panel))
        rowTiles = min((tiles + columnTiles - 1) / columnTiles, max(1, rows / Self.panel))
    }

    /// Tiles of the largest products: enough for a thread that lost its core for a while to be waited for briefly.
    private static let most = 8
    /// Columns that the widest kernels compute side by side.
    private static let panel = 32

    /// Rows and columns of one tile.
    @inline(__always) func tile(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        (
            Self.part(index / columnTiles, of: rowTiles, rows, multiple: 16),
            Self.part(index % columnTiles, of: columnTiles, columns, multiple: Self.panel)
        )
    }

    /// As equal as whole multiples can be.
    @inline(__always)
    private static func part(_ index: Int, of count: Int, _ length: Int, multiple: Int) -> Range<Int> {
        let pieces = (length + multiple - 1) / multiple
        let first = pieces * index / count * multiple
        return first..<max(first, min(pieces * (index + 1) / count * multiple, length))
    }
}
