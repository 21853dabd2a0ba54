import Tensors

/// Random numbers in a row: words of `Philox` for one (seed, purpose, stream, part). Made anew wherever they are needed
/// and thrown away after, so that everything drawn is a pure function of these four.
struct Draws {
    private let philox: Philox
    private let stream: UInt64
    private let part: UInt64
    private var block = SIMD4<UInt32>()
    private var used = 4
    private var next: UInt64 = 0

    /// - Parameters:
    ///   - stream: what the numbers are for within the purpose: an epoch, a class, an image.
    ///   - part: keeps two uses of one stream apart.
    init(seed: UInt64, _ purpose: RandomPurpose, stream: Int, part: UInt32 = 0) {
        philox = Philox(seed: seed, purpose: purpose)
        self.stream = UInt64(stream)
        self.part = UInt64(part) << 32
    }

    /// 32 random bits.
    mutating func bits() -> UInt32 {
        if used == 4 {
            block = philox.block(step: stream, index: part | next)
            next += 1
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
        let high = bits()
        return Self.below(bound, high, bits())
    }

    private static func below(_ bound: Int, _ high: UInt32, _ low: UInt32) -> Int {
        Int((UInt64(high) << 32 | UInt64(low)).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Close to a normal distribution of deviation 1: the sum of the four bytes of a word, which needs no library
    /// function and therefore has the same bits everywhere.
    mutating func bell() -> Float {
        let word = bits()
        let sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + word >> 24
        return (Float(sum) - 510) * (1 / 147.8)
    }

    /// 0 ..< count in random order (Durstenfeld's shuffle, Comm. ACM 7(7), 1964).
    mutating func permutation(_ count: Int) -> [UInt32] {
        var order = (0..<UInt32(count)).map { $0 }
        var last = count - 1
        if used == 4 {
            // Whole blocks of two numbers each, which are drawn faster together.
            let together = 256
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * together) { words in
                order.withUnsafeMutableBufferPointer { order in
                    while last > 1 {
                        let blocks = min(together, last / 2)
                        philox.blocks(.init(rebasing: words[..<(4 * blocks)]), step: stream, from: part | next)
                        next += UInt64(blocks)
                        for draw in 0..<(2 * blocks) {
                            order.swapAt(last, Self.below(last + 1, words[2 * draw], words[2 * draw + 1]))
                            last -= 1
                        }
                    }
                }
            }
        }
        while last > 0 {
            order.swapAt(last, below(last + 1))
            last -= 1
        }
        return order
    }
}
