/// How the result of a product is cut into tiles: by its shape alone.
struct Cut: Equatable {
    let rows: Int, columns: Int
    let rowStep: Int, columnStep: Int

    var rowTiles: Int { (rows + rowStep - 1) / rowStep }
    var columnTiles: Int { (columns + columnStep - 1) / columnStep }
    var count: Int { rowTiles * columnTiles }

    /// A tile does at least 2 million multiply-adds, where the whole has that many: below it the packing of the
    /// operands and the hand-out of tiles cost more than a second thread brings.
    /// - Parameter depth: terms of each element's sum.
    init(rows: Int, columns: Int, depth: Int) {
        self.rows = rows
        self.columns = columns
        let work = rows * columns * depth
        let tiles = max(1, min(12, work / 2_000_000))
        // Cut the longer side; only when that would leave slivers cut the other side, too.
        var rowTiles = 1
        var columnTiles = 1
        if columns >= rows {
            columnTiles = min(tiles, max(1, columns / 32))
        } else {
            rowTiles = min(tiles, max(1, rows / 32))
        }
        if columnTiles * rowTiles < tiles {
            if columns >= rows {
                rowTiles = min(tiles / columnTiles, max(1, rows / 32))
            } else {
                columnTiles = min(tiles / rowTiles, max(1, columns / 32))
            }
        }
        rowStep = Self.step(rows, tiles: rowTiles)
        columnStep = Self.step(columns, tiles: columnTiles)
    }

    /// Equal tiles, but a multiple of 16.
    private static func step(_ length: Int, tiles: Int) -> Int {
        let even = (length + tiles - 1) / tiles
        return tiles == 1 ? length : (even + 15) & ~15
    }

    /// Rows and columns of one tile.
    @inline(__always) func tile(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        let row = index / columnTiles * rowStep
        let column = index % columnTiles * columnStep
        return (row..<min(row + rowStep, rows), column..<min(column + columnStep, columns))
    }
}
