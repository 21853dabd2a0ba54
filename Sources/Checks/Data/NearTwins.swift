import Recipes

/// Images that are nearly equal: nearer to each other than 0.13 of the usual distance to a nearest neighbour (cleanlab's
/// ratio), and not equal.
///
/// Pairs are looked for among images whose sketches agree in the signs of 16 of their 64 numbers, four times over: two
/// that are so near differ in hardly any. Each candidate is measured pixel by pixel.
struct NearTwins {
    struct Pair: Equatable {
        /// Of the survey.
        var row: Int
        /// A training example.
        var twin: Int
    }
    static let ratio = 0.13
    /// Rows with one code that are compared with each other, at most: more are a style, not copies.
    private static let crowd = 48

    private(set) var within: [Pair] = []
    private(set) var across: [Pair] = []

    /// nil where there is nothing to compare. MNIST takes 0.2 s beside the neighbours.
    init?(_ survey: Survey, _ bench: Bench) throws {
        guard let neighbours = try bench.neighbours(), survey.sketchWidth == Survey.width else { return nil }
        let training = survey.training.rows
        let usual = training.map { neighbours.nearest($0) }.quantile(0.5)
        guard usual > 0, usual.isFinite else { return nil }
        let limit = Self.ratio * usual
        var seen = Set<UInt64>()
        let contrast = survey.statistic("contrast")
        for (band, codes) in Self.codes(survey).enumerated() {
            // Sorted by code, then by row: rows of one code lie together, training examples first.
            let order = codes.indices.sorted { (codes[$0], $0) < (codes[$1], $1) }
            var start = 0
            while start < order.count {
                var end = start + 1
                while end < order.count, codes[order[end]] == codes[order[start]] { end += 1 }
                let group = order[start..<end]
                start = end
                guard group.count > 1, group.count <= Self.crowd else { continue }
                for (index, one) in group.enumerated() {
                    for other in group.dropFirst(index + 1) where training.contains(one) {
                        guard survey.hashes[one] != survey.hashes[other],
                            Self.distance(survey, one, other) < 1.5 * limit,
                            band == 0 || !seen.contains(UInt64(one) << 32 | UInt64(other)),
                            (contrast?[one] ?? 1) > 0, Self.pixels(survey, one, other) < limit
                        else { continue }
                        guard seen.insert(UInt64(one) << 32 | UInt64(other)).inserted else { continue }
                        if training.contains(other) {
                            within.append(Pair(row: other, twin: one))
                        } else {
                            across.append(Pair(row: other, twin: one))
                        }
                    }
                }
            }
        }
        within = Self.once(within)
        across = Self.once(across)
    }

    /// One pair for each row.
    private static func once(_ pairs: [Pair]) -> [Pair] {
        var rows = Set<Int>()
        return pairs.sorted { ($0.row, $0.twin) < ($1.row, $1.twin) }.filter { rows.insert($0.row).inserted }
    }

    /// Four codes of 16 bits for each row: whether each number of its sketch lies above the usual one.
    private static func codes(_ survey: Survey) -> [[UInt16]] {
        let width = survey.sketchWidth
        let training = survey.training.rows
        let step = max(training.count / 1_000, 1)
        let medians = (0..<width).map { index in
            Float(
                stride(from: training.lowerBound, to: training.upperBound, by: step).map {
                    Double(survey.sketches[$0 * width + index])
                }.quantile(0.5))
        }
        return (0..<width / 16).map { band in
            (0..<survey.rowCount).map { row in
                var code: UInt16 = 0
                for bit in 0..<16 {
                    let index = band * 16 + bit
                    if survey.sketches[row * width + index] > medians[index] { code |= 1 << UInt16(bit) }
                }
                return code
            }
        }
    }

    private static func distance(_ survey: Survey, _ one: Int, _ other: Int) -> Double {
        let width = survey.sketchWidth
        var sum: Float = 0
        for index in 0..<width {
            let difference = survey.sketches[one * width + index] - survey.sketches[other * width + index]
            sum += difference * difference
        }
        return Double(sum).squareRoot()
    }

    private static func pixels(_ survey: Survey, _ one: Int, _ other: Int) -> Double {
        let (a, b) = (survey.stored(one), survey.stored(other))
        var sum: Float = 0
        for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
        return Double(sum).squareRoot()
    }
}
