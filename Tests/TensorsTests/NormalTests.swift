import Foundation
import Tensors
import Testing

/// Normal numbers against the normal distribution of the C library, and the logarithm they are made with.
@Suite struct NormalTests {
    private static func share(below x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

    @Test func theLogarithmIsTheLogarithm() {
        for i in 0..<4_000 {
            let x = exp(Double(i - 2_000) / 40) * 1.0001
            #expect(abs(logarithm(x) - log(x)) <= 4e-16 * max(1, abs(log(x))), "\(x)")
        }
    }

    /// The share below the quantile is p: relative to the distance from 0, from the middle to the ends of 32 bits.
    @Test func quantilesInvertTheDistribution() {
        let shares = (1..<2_000).map { Double($0) / 4_000 } + (1...33).map { exp2(-Double($0)) }
        for p in shares {
            let x = Normal.quantile(p)
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            #expect(abs(Self.share(below: x) - p) / density <= 2e-7 * max(abs(x), 0.01), "\(p)")
            #expect(abs(Normal.quantile(1 - p) + x) <= 1e-6 * max(abs(x), 1), "\(p)")
        }
        #expect(Normal.quantile(0.5) == 0)
        // The outermost numbers that a word can give.
        #expect((6.3...6.4).contains(Normal.quantile(1 - exp2(-33))))
    }

    /// A million numbers: four moments within five standard errors, and the largest distance between the two
    /// distributions (Kolmogorov and Smirnov), of which 1.95 / sqrt(n) is passed once in a thousand.
    @Test(arguments: [0, 7] as [UInt64]) func aMillionNumbersAreNormal(_ seed: UInt64) {
        let n = 1_000_000
        let philox = Philox(seed: seed, purpose: .initialValues)
        let numbers = (0..<n).map { Double(philox.normal(step: 0, index: UInt64($0))) }.sorted()
        let error = 1 / Double(n).squareRoot()
        func moment(_ power: Int) -> Double {
            numbers.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } } / Double(n)
        }
        // Variances of the sample moments: 1, 2, 15 and 96.
        #expect(abs(moment(1)) < 5 * error)
        #expect(abs(moment(2) - 1) < 5 * error * 2.0.squareRoot())
        #expect(abs(moment(3)) < 5 * error * 15.0.squareRoot())
        #expect(abs(moment(4) - 3) < 5 * error * 96.0.squareRoot())
        var distance = 0.0
        for (i, x) in numbers.enumerated() {
            let p = Self.share(below: x)
            distance = max(distance, p - Double(i) / Double(n), Double(i + 1) / Double(n) - p)
        }
        #expect(distance < 1.95 * error, "\(distance)")
        // 0.57 beyond five deviations are expected; 270 beyond four.
        #expect(numbers.count { abs($0) > 4 } > 20 && abs(numbers[0]) > 4.3 && abs(numbers[n - 1]) > 4.3)
    }
}
