import COpenBLAS

/// OpenBLAS on one thread: the pool above it cuts the work, since OpenBLAS's own threads give other bits for other
/// numbers of threads and spin while they wait.
public enum Blas {
    /// `OpenBLAS 0.3.21`, and the core whose kernels it took; both decide the bits of a product.
    public static var version: String {
        let words = String(cString: openblas_get_config()).split(separator: " ")
        return words.prefix(2).joined(separator: " ")
    }

    public static var core: String { String(cString: openblas_get_corename()) }

    /// Set once, before the first product of the process.
    private static let isSingleThreaded: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// Must have been called before `multiply`; cheap after the first time.
    public static func prepare() { _ = isSingleThreaded }

    /// `c[m, n] = a b + beta c`, row-major; `a` is `[m, k]`, or stored `[k, m]` where transposed, `b` likewise.
    /// - Parameters lda, ldb, ldc: floats between stored rows.
    @inline(__always)
    public static func multiply(
        _ a: UnsafePointer<Float>, lda: Int, aTransposed ta: Bool = false,
        _ b: UnsafePointer<Float>, ldb: Int, bTransposed tb: Bool = false,
        into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int, beta: Float = 0
    ) {
        cblas_sgemm(
            CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, blasint(m), blasint(n),
            blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
    }
}
