import Datasets
import Glibc
import Recipes

/// Images whose files are of another size or shape than the rest: scaled to one size they are blurred or squeezed.
struct OddSizes {
    /// Rows of the survey, and what is odd about each.
    let odd: [(row: Int, words: String)]
    let count: Int
    /// Of height, width and height by width: the range that is usual.
    let usual: [ClosedRange<Double>]

    private static let names = ["high", "wide", "times as high as wide"]

    /// cleanvision's Q1 - 3 IQR ..< Q3 + 3 IQR, of the logarithms, since sizes are compared by their ratios, and beyond that
    /// by a factor of two: sizes of photographs have long tails, and none of an icon or a banner among them.
    /// - Returns: nil where all images are of one size.
    init?(_ sizes: [(row: Int, size: ImageSize)]) {
        let sizes = sizes.filter { $0.size.height > 0 && $0.size.width > 0 }
        guard Set(sizes.map(\.size)).count > 1 else { return nil }
        let measures: [(ImageSize) -> Double] = [
            { Double($0.height) }, { Double($0.width) }, { Double($0.height) / Double($0.width) },
        ]
        var words: [Int: String] = [:]
        var usual: [ClosedRange<Double>] = []
        for (name, measure) in zip(Self.names, measures) {
            let values = sizes.map { log(measure($0.size)) }
            let (low, high) = (values.quantile(0.25), values.quantile(0.75))
            let reach = 3 * (high - low) + log(2)
            usual.append(exp(low - reach)...exp(high + reach))
            for (place, value) in values.enumerated() where value < low - reach || value > high + reach {
                let (row, size) = sizes[place]
                words[row] = words[row] ?? "\(size.height) × \(size.width), \(measure(size).figure) \(name)"
            }
        }
        odd = words.sorted { $0.key < $1.key }.map { (row: $0.key, words: $0.value) }
        count = sizes.count
        self.usual = usual
    }

    var usualWords: String {
        "\(usual[0].lowerBound.figure) to \(usual[0].upperBound.figure) pixels high, \(usual[1].lowerBound.figure) to "
            + "\(usual[1].upperBound.figure) wide, \(usual[2].lowerBound.figure) to \(usual[2].upperBound.figure) times as "
            + "high as wide"
    }
}

extension OddSizes {
    /// Of all splits; nil where all images are of one size.
    init?(_ survey: Survey) {
        self.init(
            (0..<survey.rowCount).compactMap { row in
                survey.part(of: row).subset.fileSize(of: survey.position(row)).map { (row: row, size: $0) }
            })
    }
}
