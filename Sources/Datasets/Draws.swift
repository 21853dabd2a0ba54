import Tensors

/// What random numbers are drawn for, so that no two uses share any.
enum Purpose: UInt32 {
    case split = 0x1001
    case order = 0x1002
    case digit = 0x1003
    case spiral = 0x1004
    case fold = 0x1005
}

/// Numbers drawn in a row from Philox4x32-10 of (seed, purpose, two indices): a pure function of these four, made anew
/// wherever it is needed and thrown away after.
struct Draws {
    private let seed: UInt64
    private let purpose: UInt32
    private let first: UInt32
    private let second: UInt32
    private var block = SIMD4<UInt32>()
    private var used = 4
    private var blockIndex: UInt32 = 0

    init(seed: UInt64, _ purpose: Purpose, _ first: Int, _ second: Int = 0) {
        self.seed = seed
        self.purpose = purpose.rawValue
        self.first = UInt32(truncatingIfNeeded: first)
        self.second = UInt32(truncatingIfNeeded: second)
    }

    /// 32 random bits.
    mutating func bits() -> UInt32 {
        if used == 4 {
            block = philox4x32(
                counter: SIMD4(blockIndex, first, second, purpose),
                key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
            blockIndex &+= 1
            used = 0
        }
        defer { used += 1 }
        return block[used]
    }

    /// Uniform in 0 ..< 1, 24 bits of it.
    mutating func unit() -> Float { Float(bits() >> 8) * 0x1p-24 }

    mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

    /// A whole number in 0 ..< bound. 64 bits against the bound: the bias is under bound / 2^64.
    mutating func below(_ bound: Int) -> Int {
        let wide = UInt64(bits()) << 32 | UInt64(bits())
        return Int(wide.multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Close to a normal distribution of deviation 1: the sum of four uniforms, which needs no library function and
    /// therefore has the same bits everywhere.
    mutating func bell() -> Float { (unit() + unit() + unit() + unit() - 2) * 1.7320508 }

    /// 0 ..< count in random order (Durstenfeld's shuffle, Comm. ACM 7(7), 1964).
    mutating func permutation(_ count: Int) -> [UInt32] {
        var order = (0..<UInt32(count)).map { $0 }
        guard count > 1 else { return order }
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
        return order
    }
}

/// Philox4x32-10, Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
func philox4x32(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<10 {
        let a = UInt64(0xD251_1F53) * UInt64(c.x)
        let b = UInt64(0xCD9E_8D57) * UInt64(c.z)
        c = SIMD4(
            UInt32(truncatingIfNeeded: b >> 32) ^ c.y ^ k.x, UInt32(truncatingIfNeeded: b),
            UInt32(truncatingIfNeeded: a >> 32) ^ c.w ^ k.y, UInt32(truncatingIfNeeded: a))
        k = SIMD2(k.x &+ 0x9E37_79B9, k.y &+ 0xBB67_AE85)
    }
    return c
}
