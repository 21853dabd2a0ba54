/// How the result of a product is cut into tiles: by its shape alone.
struct Cut: Equatable {
    let rows: Int, columns: Int
    let rowStep: Int, columnStep: Int

    var rowTiles: Int { (rows + rowStep - 1) / rowStep }
    var columnTiles: Int { (columns + columnStep - 1) / columnStep }
    var count: Int { rowTiles * columnTiles }

    /// A tile does at least a million multiply-adds, where the whole has that many: below it the hand-out of tiles costs
    /// more than a second thread brings. Columns are cut first, since each tile packs the right matrix's.
    /// - Parameter depth: terms of each element's sum.
    init(rows: Int, columns: Int, depth: Int) {
        self.rows = rows
        self.columns = columns
        let tiles = max(1, min(Self.most, rows * columns * depth / 1_000_000))
        let columnTiles = min(tiles, max(1, columns / Self.panel))
        let rowTiles = min((tiles + columnTiles - 1) / columnTiles, max(1, rows / Self.panel))
        rowStep = Self.step(rows, tiles: rowTiles, multiple: 16)
        columnStep = Self.step(columns, tiles: columnTiles, multiple: Self.panel)
    }

    /// Tiles of the largest products: enough for a thread that lost its core for a while to be waited for briefly.
    private static let most = 8
    /// Columns that the widest kernels compute side by side.
    private static let panel = 32

    private static func step(_ length: Int, tiles: Int, multiple: Int) -> Int {
        let even = (length + tiles - 1) / tiles
        return tiles == 1 ? length : (even + multiple - 1) / multiple * multiple
    }

    /// Rows and columns of one tile.
    @inline(__always) func tile(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        let row = index / columnTiles * rowStep
        let column = index % columnTiles * columnStep
        return (row..<min(row + rowStep, rows), column..<min(column + columnStep, columns))
    }
}
