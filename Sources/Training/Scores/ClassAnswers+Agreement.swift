import Recipes
import Tensors

/// One network's answers beside another's to the same questions.
extension ClassAnswers {
    /// Share of the answers whose most probable class is `other`'s.
    public func agreement(with other: ClassAnswers) -> Double {
        var same = 0
        forEachPair(other) { own, theirs, _ in
            if ClassMeter.largest(own) == ClassMeter.largest(theirs) { same += 1 }
        }
        return Double(same) / Double(max(count, 1))
    }

    /// Mean over the answers of the sum over the classes of p log(p / q), for the probabilities q of these and p of
    /// `teacher`, in nats.
    public func divergence(from teacher: ClassAnswers) -> Double {
        var sum = 0.0
        forEachPair(teacher) { own, theirs, _ in
            let (q, p) = (Self.logarithms(own), Self.logarithms(theirs))
            for index in p.indices { sum += exponential(p[index]) * (p[index] - q[index]) }
        }
        return sum / Double(max(count, 1))
    }

    /// For each class the answers whose true class it is, and the share of them that is right.
    public var recalls: [(count: Int, recall: Double)] {
        var counts = [Int](repeating: 0, count: width)
        var rights = counts
        forEach { logits, label in
            counts[label] += 1
            if ClassMeter.largest(logits) == label { rights[label] += 1 }
        }
        return zip(counts, rights).map { ($0, Double($1) / Double(max($0, 1))) }
    }

    private func forEachPair(
        _ other: ClassAnswers, _ body: (ArraySlice<Float>, ArraySlice<Float>, Int) -> Void
    ) {
        for row in 0..<min(count, other.count) {
            let places = row * width..<(row + 1) * width
            body(logits[places], other.logits[places], Int(labels[row]))
        }
    }

    /// Of the softmax.
    private static func logarithms(_ logits: ArraySlice<Float>) -> [Double] {
        let top = Double(logits.max() ?? 0)
        let total = logits.reduce(0.0) { $0 + exponential(Double($1) - top) }
        let rest = top + logarithm(total)
        return logits.map { Double($0) - rest }
    }
}
