import Tensors
import Testing

@Suite struct PhiloxTests {
    /// Known answers of the authors' own distribution (Random123, kat_vectors, philox4x32 10).
    @Test func givesTheAuthorsNumbers() {
        let ones = SIMD4<UInt32>(repeating: .max)
        #expect(
            Philox.generate(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0))
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.generate(counter: ones, key: SIMD2(.max, .max))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.generate(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0)
            )
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    /// Odd counts, and an index whose low word wraps within sixteen.
    @Test(arguments: Kernels.available, [1, 15, 16, 37])
    func givesManyBlocksAsOneByOne(_ level: CPULevel, count: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let philox = Philox(seed: 0x1234_5678_9abc_def0, purpose: .shuffle)
        let (step, first) = (UInt64(3) << 33 | 5, UInt64(1) << 32 - 7)
        var words = [UInt32](repeating: 7, count: 4 * count + 3)
        words.withUnsafeMutableBufferPointer { philox.blocks($0, step: step, from: first, kernels: kernels) }
        for index in 0..<count {
            let block = philox.block(step: step, index: first + UInt64(index))
            #expect((0..<4).allSatisfy { words[4 * index + $0] == block[$0] })
        }
        #expect(words.suffix(3) == [7, 7, 7])
    }

    @Test func isUniform() {
        let philox = Philox(seed: 9, purpose: .noise)
        let values = (0..<100_000).map { Double(philox.uniform(step: 3, index: UInt64($0))) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        #expect(values.allSatisfy { (0..<1).contains($0) })
        #expect(abs(mean - 0.5) < 0.005)  // five standard errors
        #expect(abs(variance - 1.0 / 12) < 0.001)
    }

    @Test func staysBelowItsBound() {
        let philox = Philox(seed: 9, purpose: .shuffle)
        var counts = [Int](repeating: 0, count: 7)
        for index in 0..<70_000 { counts[philox.below(7, step: 0, index: UInt64(index))] += 1 }
        for count in counts { #expect(abs(count - 10_000) < 500) }
    }

    @Test func differsBySeedPurposeStepAndIndex() {
        let words = [
            Philox(seed: 1, purpose: .noise).block(step: 0, index: 0),
            Philox(seed: 2, purpose: .noise).block(step: 0, index: 0),
            Philox(seed: 1 << 32 | 1, purpose: .noise).block(step: 0, index: 0),
            Philox(seed: 1, purpose: .split).block(step: 0, index: 0),
            Philox(seed: 1, purpose: .noise).block(step: 1, index: 0),
            Philox(seed: 1, purpose: .noise).block(step: 1 << 32, index: 0),
            Philox(seed: 1, purpose: .noise).block(step: 0, index: 1),
            Philox(seed: 1, purpose: .noise).block(step: 0, index: 1 << 32),
        ]
        #expect(Set(words).count == words.count)
    }
}
