/// Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels": an example is suspected
/// where out-of-fold probabilities reach another class's own usual confidence.
struct ConfidentLearning {
    /// Mean probability of a class among the examples that are given it; NaN where there are none.
    let thresholds: [Double]
    /// Examples whose most probable class, among those that reach their threshold, is not the given one.
    let suspects: [Int]

    /// - Parameters:
    ///   - probabilities: `[examples, classes]`.
    ///   - labels: given, one an example.
    init(_ probabilities: [Double], _ labels: [Int32], classes: Int) {
        var sums = [Double](repeating: 0, count: classes)
        var counts = [Double](repeating: 0, count: classes)
        for (index, label) in labels.enumerated() where sums.indices.contains(Int(label)) {
            sums[Int(label)] += probabilities[index * classes + Int(label)]
            counts[Int(label)] += 1
        }
        let thresholds = zip(sums, counts).map { $1 > 0 ? $0 / $1 : .nan }
        self.thresholds = thresholds
        suspects = labels.indices.filter { index in
            let own = probabilities[index * classes..<(index + 1) * classes]
            let best = (0..<classes).filter { own[own.startIndex + $0] >= thresholds[$0] }.max {
                own[own.startIndex + $0] < own[own.startIndex + $1]
            }
            return best.map { $0 != Int(labels[index]) } ?? false
        }
    }
}
