import Foundation
import Recipes

/// What leaving a run alone for longer is likely to bring, from the tail of a falling curve.
///
/// Fitted is `a + b s^-c` (the usual power law of learning curves, Hestness et al. 2017, arXiv:1712.00409) by least
/// squares at a constant learning rate, for many `c` that are weighed by their likelihood. The uncertainty of `a` and
/// `b` is widened by how much neighbouring residuals go together. It says how the same would go on, and knows nothing of
/// what only a cooldown, a harvest or a change would bring.
public struct Forecast: Codable, Sendable, Equatable {
    /// Which curve.
    public var metric: String
    /// The step that it looks ahead to, and the microseconds until then.
    public var step: Int
    public var usec: Int
    /// The least value so far.
    public var best: Double
    /// Chance that the least value until then is below `best`, 0 to 1.
    public var probability: Double
    /// The level of the curve then: the middle, and what 90 of 100 such curves lie between.
    public var level: Double
    public var low: Double
    public var high: Double

    /// Points of the tail below which nothing is said.
    public static let fewest = 12

    /// Close enough together that a curve with little noise does not fall between two of them.
    private static let exponents = (0..<64).map { 0.03 * pow(1.08, Double($0)) }
    private static let draws = 2_000

    /// - Parameters:
    ///   - series: of a loss.
    ///   - since: the step from which on the learning rate has been what it is.
    ///   - step: to look ahead to, beyond the last point.
    /// - Returns: nil where there are too few points. Costs about 10 ms.
    public init?(_ series: Series, since: Int, step: Int, usec: Int) {
        let points = zip(series.steps, series.values).filter { $0.1.isFinite && $0.0 > 0 }
        guard let last = points.last, step > last.0, let best = points.map(\.1).min() else { return nil }
        let tail = points.filter { $0.0 >= max(since, last.0 / 4) }
        guard tail.count >= Self.fewest else { return nil }
        let fits = Self.exponents.compactMap { Fit(tail, exponent: $0) }
        guard let least = fits.map(\.square).min() else { return nil }
        // The likelihood of each, relative to the best one; a perfect fit outdoes all others.
        let weights = fits.map { least > 0 ? pow($0.square / least, -Double(tail.count) / 2) : $0.square == 0 ? 1 : 0 }
        let total = weights.reduce(0, +)
        let gap = Double(last.0 - tail[0].0) / Double(tail.count - 1)
        let evaluations = max(1, min(200, Int((Double(step - last.0) / max(gap, 1)).rounded())))
        var random = NormalDraws()
        var levels: [Double] = []
        var better = 0
        for _ in 0..<Self.draws {
            var pick = random.uniform() * total
            let index = weights.firstIndex { weight in
                pick -= weight
                return pick <= 0
            }
            let fit = fits[index ?? 0]
            let line = fit.draw(&random)
            var lowest = Double.infinity
            for evaluation in 1...evaluations {
                let at = Double(last.0) + Double(step - last.0) * Double(evaluation) / Double(evaluations)
                lowest = min(lowest, line(at) + fit.deviation * random.normal())
            }
            if lowest < best { better += 1 }
            levels.append(line(Double(step)))
        }
        levels.sort()
        guard let middle = Trend.quantile(levels, 0.5), let low = Trend.quantile(levels, 0.05),
            let high = Trend.quantile(levels, 0.95), low.isFinite, high.isFinite
        else { return nil }
        metric = series.name
        self.step = step
        self.usec = usec
        self.best = best
        probability = Double(better) / Double(Self.draws)
        (level, self.low, self.high) = (middle, low, high)
    }

    /// A straight line over `s^-c`.
    private struct Fit {
        var exponent: Double
        /// Sum of the squared residuals.
        var square: Double
        /// Of one point from the line.
        var deviation: Double
        private var middle: (x: Double, y: Double)
        private var slope: Double
        /// Of the line's middle and of its slope.
        private var spread: (middle: Double, slope: Double)
        private var first: Double

        init?(_ points: [(Int, Double)], exponent: Double) {
            let count = Double(points.count)
            let first = Double(points[0].0)
            self.exponent = exponent
            self.first = first
            let xs = points.map { pow(Double($0.0) / first, -exponent) }
            let middle = (x: xs.reduce(0, +) / count, y: points.reduce(0) { $0 + $1.1 } / count)
            var (xx, xy) = (0.0, 0.0)
            for (x, point) in zip(xs, points) {
                xx += (x - middle.x) * (x - middle.x)
                xy += (x - middle.x) * (point.1 - middle.y)
            }
            guard xx > 0, (xy / xx).isFinite else { return nil }
            let slope = xy / xx
            let residuals = zip(xs, points).map { $1.1 - middle.y - slope * ($0 - middle.x) }
            square = residuals.reduce(0) { $0 + $1 * $1 }
            deviation = (square / (count - 2)).squareRoot()
            let products = zip(residuals, residuals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
            let together = square > 0 ? min(0.9, max(0, products / square)) : 0
            let widened = deviation * ((1 + together) / (1 - together)).squareRoot()
            self.middle = middle
            self.slope = slope
            spread = (widened / count.squareRoot(), widened / xx.squareRoot())
        }

        /// One of the lines that the points speak for.
        func draw(_ random: inout NormalDraws) -> (Double) -> Double {
            let height = middle.y + spread.middle * random.normal()
            let slope = slope + spread.slope * random.normal()
            let (centre, first, exponent) = (middle.x, first, exponent)
            return { step in height + slope * (pow(step / first, -exponent) - centre) }
        }
    }
}

/// The same normal numbers each time: two looks at one curve say the same.
private struct NormalDraws {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// SplitMix64 (Steele, Lea and Flood 2014), in (0, 1).
    mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return (Double((word ^ (word >> 31)) >> 11) + 0.5) * 0x1p-53
    }

    /// Box and Muller (1958).
    mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
