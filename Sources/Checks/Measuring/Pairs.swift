import Glibc

/// Two measurements of the same examples: how much better the first is, and how sure that is.
struct Pairs {
    /// Mean of other - own: above 0 where `own` has the smaller losses.
    let gain: Double
    /// Of that mean.
    let error: Double

    /// - Parameters:
    ///   - own: losses by example.
    ///   - other: those of the same examples.
    init(_ own: [Double], _ other: [Double]) {
        let count = Double(max(min(own.count, other.count), 1))
        let differences = zip(own, other).map { $1 - $0 }
        let mean = differences.reduce(0, +) / count
        let squares = differences.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
        gain = mean
        error = count > 1 ? (squares / (count - 1) / count).squareRoot() : .infinity
    }

    /// In standard errors, of the gain above `amount`.
    func z(above amount: Double = 0) -> Double {
        if error > 0 { return (gain - amount) / error }
        return gain == amount ? 0 : gain > amount ? .infinity : -.infinity
    }

    /// One-sided p of 1e-4: what a failure needs.
    static let certain = 3.719
    /// One-sided 97.5 %: what an adoption needs.
    static let likely = 1.960
}

/// Mean and standard error of some numbers.
struct Spread {
    let mean: Double
    let deviation: Double
    let count: Int

    init(_ values: [Double]) {
        count = values.count
        let total = Double(max(count, 1))
        let mean = values.reduce(0, +) / total
        self.mean = mean
        deviation =
            count > 1 ? (values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / (total - 1)).squareRoot() : 0
    }

    var error: Double { deviation / Double(max(count, 1)).squareRoot() }
}
