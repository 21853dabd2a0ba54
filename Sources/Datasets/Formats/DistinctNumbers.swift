import Recipes

/// The different numbers of a column, or an even sample of them: those whose hash is below a bound, which falls where they
/// become too many. Tells whether they stay different in single precision.
struct DistinctNumbers {
    /// Kept at most.
    private static let most = 2_048

    private var numbers: Set<Double> = []
    private var bound = UInt64.max
    private(set) var least = Double.infinity

    mutating func add(_ number: Double) {
        guard number.isFinite else { return }
        least = min(least, number)
        // Without the last seven bits: sums that a program rounded in two ways are one number.
        take(Double(bitPattern: (number.bitPattern &+ 64) & ~127))
    }

    mutating func add(_ other: DistinctNumbers) {
        least = min(least, other.least)
        bound = min(bound, other.bound)
        numbers = numbers.filter { Self.hash($0) <= bound }
        for number in other.numbers { take(number) }
    }

    private mutating func take(_ number: Double) {
        guard Self.hash(number) <= bound, numbers.insert(number).inserted else { return }
        while numbers.count > Self.most {
            bound >>= 1
            numbers = numbers.filter { Self.hash($0) <= bound }
        }
    }

    /// Steele, Lea, Flood 2014.
    private static func hash(_ number: Double) -> UInt64 {
        var bits = number.bitPattern
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    /// What deserves a look where a tenth of the numbers, or more, fall together.
    func warning(of column: String, _ file: NamedFile) -> Finding? {
        let left = Set(numbers.map { Float($0) }).count
        guard numbers.count > 1, 10 * left <= 9 * numbers.count else { return nil }
        let words =
            bound == .max
            ? "\(numbers.count) different numbers become \(left)"
            : "of a sample of \(numbers.count) different numbers \(left) stay different"
        return file.warning(
            .number, "column '\(column)': \(words) in single precision, in which numbers are kept.",
            hint:
                "Subtract a constant from the column, such as \(Int(exactly: least).map { "\($0)" } ?? "\(least)"), or "
                + "write the difference to the row before.")
    }
}
