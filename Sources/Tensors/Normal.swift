/// Numbers of the standard normal distribution from additions, multiplications, divisions and square roots alone, so that
/// they have the same bits on every CPU.
public enum Normal {
    /// The number below which a share `p` of the distribution lies, 0 < p < 1: Wichura 1988, "Algorithm AS 241: the
    /// percentage points of the normal distribution", Applied Statistics 37 (PPND7); relative error about 1e-7.
    public static func quantile(_ p: Double) -> Double {
        let q = p - 0.5
        if abs(q) <= 0.425 {
            let r = 0.180625 - q * q
            let above = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
            let below = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1
            return q * above / below
        }
        var r = (-logarithm(q < 0 ? p : 1 - p)).squareRoot()
        let size: Double
        if r <= 5 {
            r -= 1.6
            let above = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
            size = above / ((0.12021132975 * r + 0.73700164250) * r + 1)
        } else {
            r -= 5
            let above = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
            size = above / ((0.012258202635 * r + 0.24197894225) * r + 1)
        }
        return q < 0 ? -size : size
    }
}

extension Philox {
    /// Standard normal, of 32 random bits: within ±6.34. Number `index` of the stream at `step`, of the same word as the
    /// uniform number of that index.
    public func normal(step: UInt64, index: UInt64) -> Float {
        Float(Normal.quantile((Double(word(step: step, index: index)) + 0.5) * 0x1p-32))
    }
}
