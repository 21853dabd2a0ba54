import CKernels

/// Work on flat buffers in chunks of one size.
public enum Streams {
    static let chunk = 1 << 16

    /// `average += (values - average) * share` over `count` floats: an exponential moving average of decay 1 - share.
    public static func approach(
        _ average: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>, count: Int, share: Float,
        pool: ThreadPool, kernels: Kernels = .current
    ) {
        pool.run((count + chunk - 1) / chunk) { tile in
            let first = tile * chunk
            kernels.table.pointee.approach(average + first, values + first, min(chunk, count - first), share)
        }
    }
}
