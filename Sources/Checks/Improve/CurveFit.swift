import Recipes
import Tensors

/// `loss = a + b n^-c`, a and b at least 0, by least squares for each of a hundred c from 0.05 to 1.
struct CurveFit {
    /// n^-c of each number of examples, as multiples of that of the most of them, and of twice the most: by c.
    private let powers: [(x: [Double], twice: Double)]

    /// - Parameter counts: training examples, at least 1 each, the most last.
    init(counts: [Int]) {
        let most = Double(max(counts.last ?? 1, 1))
        powers = (0..<100).map { index in
            let c = 0.05 + 0.95 * Double(index) / 99
            return (
                counts.map { exponential(-c * logarithm(Double($0) / most)) }, exponential(-c * logarithm(2))
            )
        }
    }

    /// The curve's value at all of the data and at twice as much; nil where no curve falls. Costs about 10 µs.
    func values(_ losses: [Double]) -> (fitted: Double, twice: Double)? {
        var best: (error: Double, a: Double, b: Double, twice: Double)?
        let count = Double(losses.count)
        let meanY = losses.reduce(0, +) / count
        for (x, twice) in powers {
            let meanX = x.reduce(0, +) / count
            var (spread, common, squares, product) = (0.0, 0.0, 0.0, 0.0)
            for (x, y) in zip(x, losses) {
                spread += (x - meanX) * (x - meanX)
                common += (x - meanX) * (y - meanY)
                squares += x * x
                product += x * y
            }
            var b = common / spread
            var a = meanY - b * meanX
            if a < 0 {
                // No loss is below zero: then the curve goes down to it.
                a = 0
                b = product / squares
            }
            guard b > 0 else { continue }
            var error = 0.0
            for (x, y) in zip(x, losses) { error += (y - a - b * x) * (y - a - b * x) }
            if error < best?.error ?? .infinity { best = (error, a, b, twice) }
        }
        return best.map { ($0.a + $0.b, $0.a + $0.b * $0.twice) }
    }
}

extension LearningCurve {
    private static let resamples = 400

    /// A curve through runs on growing numbers of examples, and what it says of twice the data; no curve through fewer than
    /// three points, or where the loss does not fall.
    ///
    /// Its interval holds what seeds and the choice of examples do, and nothing of whether losses follow such a curve: the
    /// points are drawn anew around their means, with the deviation that the runs of a point have, relative to their mean,
    /// pooled over all points (Student's t of its degrees of freedom), and fitted again. Costs 5 ms.
    /// - Parameter runs: losses by number of examples, the same number of runs for each.
    init(counts: [Int], runs: [[Double]], wanted: Int, seed: UInt64) {
        let losses = runs.map { $0.reduce(0, +) / Double(max($0.count, 1)) }
        let seeds = runs.map(\.count).min() ?? 0
        self.init(counts: counts, losses: losses, seeds: seeds, wantedSeeds: wanted)
        guard counts.count >= 3, losses.allSatisfy(\.isFinite), let first = losses.first, let last = losses.last,
            last < first
        else { return }
        let fit = CurveFit(counts: counts)
        guard let values = fit.values(losses) else { return }
        (fitted, twice) = values
        guard seeds > 1, losses.allSatisfy({ $0 > 0 }) else { return }
        let freedom = counts.count * (seeds - 1)
        let squares = zip(runs, losses).reduce(0.0) { sum, point in
            sum + point.0.reduce(0) { $0 + ($1 / point.1 - 1) * ($1 / point.1 - 1) }
        }
        let deviation =
            (squares / Double(freedom) / Double(seeds)).squareRoot() * Self.studentFactor(freedom)
        let random = Philox(seed: seed, purpose: .bootstrap)
        var drawn = (0..<Self.resamples).map { resample -> Double in
            let changed = losses.indices.map { point in
                let noise = Double(random.normal(step: UInt64(1 << 32 | resample), index: UInt64(point)))
                return losses[point] * max(0, 1 + deviation * noise)
            }
            // Where the points drawn do not fall, more data is worth nothing.
            return fit.values(changed)?.twice ?? changed.reduce(0, +) / Double(changed.count)
        }
        drawn.sort()
        low = min(drawn[Self.resamples * 25 / 1000], values.twice)
        high = max(drawn[Self.resamples * 975 / 1000 - 1], values.twice)
    }

    /// The 97.5 % point of Student's t over that of the normal distribution: Cornish and Fisher's expansion (Abramowitz and
    /// Stegun 26.7.5), within 1 % from three degrees of freedom on.
    static func studentFactor(_ freedom: Int) -> Double {
        let z = 1.959963985
        let (z2, n) = (z * z, Double(max(freedom, 1)))
        let first = (z2 + 1) / 4
        let second = ((5 * z2 + 16) * z2 + 3) / 96
        let third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384
        return 1 + first / n + second / (n * n) + third / (n * n * n)
    }
}
