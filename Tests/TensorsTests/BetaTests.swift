import Foundation
import Tensors
import Testing

/// Beta numbers against the distributions that have a closed form, and the exponential they are made with.
@Suite struct BetaTests {
    @Test func theExponentialIsTheExponential() {
        for i in 0..<4_000 {
            let x = Double(i - 2_000) * 0.3437
            #expect(abs(Tensors.exponential(x) - exp(x)) <= 1e-15 * exp(x), "\(x)")
        }
        #expect(Tensors.exponential(0) == 1 && Tensors.exponential(-1e9) == 0 && Tensors.exponential(1e9) == .infinity)
        #expect(Tensors.exponential(.nan).isNaN)
    }

    /// Beta(1, 1) is even, Beta(1/2, 1/2) the arcsine's, Beta(2, 2) a cubic: the largest distance between the two
    /// distributions (Kolmogorov and Smirnov), of which 1.95 / sqrt(n) is passed once in a thousand.
    @Test(arguments: [0.5, 1, 2]) func hasItsDistribution(_ alpha: Double) {
        let n = 100_000
        let philox = Philox(seed: 3, purpose: .mixup)
        let numbers = (0..<n).map { philox.beta(alpha, step: UInt64($0), index: 2) }.sorted()
        var distance = 0.0
        for (i, x) in numbers.enumerated() {
            let p = alpha == 1 ? x : alpha == 2 ? x * x * (3 - 2 * x) : 2 / Double.pi * asin(x.squareRoot())
            distance = max(distance, p - Double(i) / Double(n), Double(i + 1) / Double(n) - p)
        }
        #expect(distance < 1.95 / Double(n).squareRoot(), "\(distance)")
    }

    /// Mean 1/2 and variance 1 / (4 (2 alpha + 1)), within five standard errors; nothing leaves 0 to 1.
    @Test(arguments: [0.01, 0.2, 8, 100]) func hasItsMoments(_ alpha: Double) {
        let n = 100_000
        let philox = Philox(seed: 4, purpose: .mixup)
        let numbers = (0..<n).map { philox.beta(alpha, step: UInt64($0), index: 0) }
        #expect(numbers.allSatisfy { (0...1).contains($0) })
        let mean = numbers.reduce(0, +) / Double(n)
        let variance = numbers.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(n)
        let expected = 1 / (4 * (2 * alpha + 1))
        #expect(abs(mean - 0.5) < 5 * (expected / Double(n)).squareRoot())
        // The fourth moment is at most the square of the largest distance, a quarter, times the variance.
        #expect(abs(variance - expected) < 5 * (0.25 * expected / Double(n)).squareRoot())
    }

    /// The bits are those of every machine and version, never to change: Tests/Reference/beta.py prints them.
    @Test func theBitsStay() {
        let philox = Philox(seed: 7, purpose: .mixup)
        func bits(_ alpha: Double) -> [UInt64] { (0..<3).map { philox.beta(alpha, step: 11, index: $0).bitPattern } }
        #expect(bits(0.2) == [0x3fef_9bba_d415_4bc3, 0x3fc4_4399_55a8_de2c, 0x3fec_5de4_7f88_7a99])
        #expect(bits(1) == [0x3fe5_005a_3982_47f4, 0x3fc9_c50f_a3df_7e74, 0x3fe9_0c92_88f3_14a9])
    }
}
