import CKernels

extension Streams {
    /// `c = a bᵀ` for rows of `width` floats: `c[i, j]` is the inner product of row i of `a` and row j of `b`. What
    /// nearest neighbours are found with; about 100 Gflop/s a thread with AVX-512.
    /// - Parameters:
    ///   - a: `[rows, width]`. - b: `[columns, width]`. - c: `[rows, columns]`.
    ///   - scratch: `productScratch` floats of the thread's own.
    public static func innerProducts(
        _ a: UnsafePointer<Float>, rows: Int, _ b: UnsafePointer<Float>, columns: Int, width: Int,
        into c: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, kernels: Kernels = .current
    ) {
        guard rows > 0, columns > 0, width > 0 else { return }
        var shape = ck_product(
            rows: rows, columns: columns, terms: width, a_row: width, a_step: 1, b_column: width, b_step: 1,
            c_row: columns, add: 0, packed: 0)
        kernels.table.pointee.product(&shape, a, b, c, scratch)
    }

    /// Floats that a thread needs for products.
    public static var productScratch: Int { Int(CK_PRODUCT_SCRATCH) }
}
