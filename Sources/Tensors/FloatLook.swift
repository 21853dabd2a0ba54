/// Sums over many floats at once, in an order that depends on their number alone.
public enum FloatLook {
    /// Whether none is infinite or not a number. About 10 GB/s.
    public static func allFinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
        var sums = SIMD16<Float>()
        var index = 0
        while index + 16 <= count {
            // 0 times what is not finite is not a number, and stays one.
            sums += UnsafeRawPointer(values + index).loadUnaligned(as: SIMD16<Float>.self) * 0
            index += 16
        }
        while index < count {
            sums[0] += values[index] * 0
            index += 1
        }
        return (0..<16).allSatisfy { sums[$0] == 0 }
    }

    /// Sums of the absolute values of `values`, and of what they differ by from `before`.
    public static func sizes(
        _ values: UnsafePointer<Float>, before: UnsafePointer<Float>, count: Int
    ) -> (size: Double, change: Double) {
        var size = SIMD16<Float>()
        var change = SIMD16<Float>()
        var index = 0
        while index + 16 <= count {
            let new = UnsafeRawPointer(values + index).loadUnaligned(as: SIMD16<Float>.self)
            let old = UnsafeRawPointer(before + index).loadUnaligned(as: SIMD16<Float>.self)
            size += magnitude(old)
            change += magnitude(new - old)
            index += 16
        }
        var (sizes, changes) = (Double(0), Double(0))
        for lane in 0..<16 {
            sizes += Double(size[lane])
            changes += Double(change[lane])
        }
        while index < count {
            sizes += Double(abs(before[index]))
            changes += Double(abs(values[index] - before[index]))
            index += 1
        }
        return (sizes, changes)
    }

    /// Adds to each bin how many magnitudes lie in it: the first holds all below 2^`lowest`, each of the next ones as many
    /// powers of two as `powers` says, the last all above them and what is not finite. About a nanosecond a number.
    public static func count(
        _ values: UnsafePointer<Float>, count: Int, lowest: Int, powers: Int, into bins: inout [Int]
    ) {
        for index in 0..<count { bins[bin(values[index], lowest, powers, bins.count)] += 1 }
    }

    /// The same of what `values` differ by from `before`, each as a part of the larger of the two: 1 at most where the
    /// sign stays.
    public static func countChanges(
        _ values: UnsafePointer<Float>, before: UnsafePointer<Float>, count: Int, lowest: Int, powers: Int,
        into bins: inout [Int]
    ) {
        for index in 0..<count {
            let size = max(abs(values[index]), abs(before[index]))
            let change = size > 0 ? (values[index] - before[index]) / size : 0
            bins[bin(change, lowest, powers, bins.count)] += 1
        }
    }

    /// By the exponent's bits; those of 0 and of numbers below 2^-126 are the lowest.
    @inline(__always)
    private static func bin(_ value: Float, _ lowest: Int, _ powers: Int, _ count: Int) -> Int {
        let exponent = Int((value.bitPattern >> 23) & 0xff) - 127
        return exponent < lowest ? 0 : min((exponent - lowest) / powers + 1, count - 1)
    }

    /// Without the sign bits: a lane at a time would take ten times as long.
    @inline(__always)
    private static func magnitude(_ values: SIMD16<Float>) -> SIMD16<Float> {
        unsafeBitCast(unsafeBitCast(values, to: SIMD16<UInt32>.self) & 0x7fff_ffff, to: SIMD16<Float>.self)
    }
}
