/// Labels that are hardly meant: once or twice in the data, and so far above all others that most classes between them have
/// no example. One wrong number among labels that are counted makes as many classes as it says.
package enum OddLabels {
    /// Examples at most of a label that may be a mistake.
    static let most = 2

    /// - Parameter counts: examples of each class, where classes are counted from the labels.
    /// - Returns: the odd ones, ascending, and the largest of the others; nil where none is odd.
    package static func found(in counts: [Int]) -> (labels: [Int], largest: Int)? {
        let present = counts.indices.filter { counts[$0] > 0 }
        // Most classes are absent...
        guard 2 * present.count < counts.count else { return nil }
        let rare = present.reversed().prefix { counts[$0] <= most }
        guard let frequent = present.dropLast(rare.count).last else { return nil }
        // ...because of a few labels at the top; what follows the others closely is a rare class, of which there may be many.
        let odd = Array(rare.filter { $0 > 2 * frequent + 1 }.reversed())
        guard let first = odd.first else { return nil }
        let others = present.prefix { $0 < first }
        guard let largest = others.last, 2 * others.count > largest else { return nil }
        return (odd, largest)
    }
}
