import Recipes
import Tensors

extension LearningCurve {
    /// `loss = a + b n^-c` through the points, a and b at least 0, by least squares for each of a hundred c from 0.05 to 1,
    /// and what it says of twice the data; no curve through fewer than three points, or where the loss does not fall.
    init(counts: [Int], losses: [Double]) {
        self.init(counts: counts, losses: losses, fitted: nil, twice: nil)
        guard counts.count >= 3, let most = counts.last, losses.allSatisfy(\.isFinite),
            let first = losses.first, let last = losses.last, last < first
        else { return }
        var best: (error: Double, a: Double, b: Double, c: Double)?
        for index in 0..<100 {
            let c = 0.05 + 0.95 * Double(index) / 99
            let x = counts.map { exponential(-c * logarithm(Double($0) / Double(most))) }
            let count = Double(x.count)
            let (meanX, meanY) = (x.reduce(0, +) / count, losses.reduce(0, +) / count)
            let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
            let slope = zip(x, losses).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
            var (a, b) = (meanY - slope * meanX, slope)
            if a < 0 {
                // No loss is below zero: then the curve goes down to it.
                a = 0
                b = zip(x, losses).reduce(0) { $0 + $1.0 * $1.1 } / x.reduce(0) { $0 + $1 * $1 }
            }
            guard b > 0 else { continue }
            let error = zip(x, losses).reduce(0) { $0 + ($1.1 - a - b * $1.0) * ($1.1 - a - b * $1.0) }
            if best == nil || error < best?.error ?? 0 { best = (error, a, b, c) }
        }
        guard let best else { return }
        fitted = best.a + best.b
        twice = best.a + best.b * exponential(-best.c * logarithm(2))
    }
}
