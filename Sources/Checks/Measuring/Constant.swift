import Datasets
import Glibc
import Recipes
import Training

/// The best answer that does not look at its input: what the seed calls log(1/n), mean 50, 1:10. Its loss is the line
/// that every network must beat.
struct Constant {
    let objective: Objective
    /// Logits, or numbers.
    let output: [Double]

    /// The minimum of the loss over constants for the targets of these examples. Classes without examples count as half of
    /// one, all together.
    init(_ examples: HeldExamples, _ objective: Objective) {
        self.objective = objective
        let width = objective.width
        switch objective.loss.kind {
        case .crossEntropy:
            var counts = [Int](repeating: 0, count: width)
            for label in examples.classes where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
            let total = Double(max(counts.reduce(0, +), 1))
            output = AbsentClasses.filled(counts).map { Self.log($0 / total) }
        case .binaryCrossEntropy:
            let count = Double(max(examples.count, 1))
            output = (0..<width).map { column in
                let sum =
                    examples.hasClasses
                    ? examples.classes.reduce(0.0) { $0 + Double($1) } : Self.column(examples, column).reduce(0, +)
                return Self.log(max(sum, 0.5) / max(count - sum, 0.5))
            }
        case .mse:
            output = (0..<width).map { column in
                let values = Self.column(examples, column)
                return values.reduce(0, +) / Double(max(values.count, 1))
            }
        case .mae: output = (0..<width).map { Self.median(Self.column(examples, $0)) }
        case .huber:
            output = (0..<width).map { Self.huber(Self.column(examples, $0), delta: objective.loss.delta) }
        }
    }

    /// Of another answer.
    init(_ output: [Double], _ objective: Objective) {
        self.output = output
        self.objective = objective
    }

    /// Of each example: the mean over its targets.
    func losses(_ examples: HeldExamples) -> [Double] {
        let places = examples.hasClasses ? examples.targetsPerExample : 1
        if objective.loss.kind == .crossEntropy {
            // One number for each class: text has many targets.
            let byLabel = output.indices.map { objective.loss(output, .label($0)) }
            return (0..<examples.count).map { example in
                examples.labels(example).reduce(0.0) { sum, label in
                    sum + (byLabel.indices.contains(Int(label)) ? byLabel[Int(label)] : .nan)
                } / Double(places)
            }
        }
        return (0..<examples.count).map { objective.loss(output, examples.target($0)) }
    }

    func loss(_ examples: HeldExamples) -> Double {
        losses(examples).reduce(0, +) / Double(max(examples.count, 1))
    }

    private static func column(_ examples: HeldExamples, _ column: Int) -> [Double] {
        guard examples.targetWidth > column else { return [] }
        return stride(from: column, to: examples.numbers.count, by: examples.targetWidth).map {
            Double(examples.numbers[$0])
        }
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Where the pulls of both sides, each at most `delta`, are equal: by halving.
    private static func huber(_ values: [Double], delta: Double) -> Double {
        var low = values.min() ?? 0
        var high = values.max() ?? 0
        for _ in 0..<100 {
            let middle = (low + high) / 2
            let pull = values.reduce(0.0) { $0 + min(max($1 - middle, -delta), delta) }
            if pull > 0 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

extension Constant {
    static func log(_ value: Double) -> Double { Glibc.log(value) }

    static func logOdds(_ share: Double) -> Double { Glibc.log(share / (1 - share)) }
}
