import Datasets
import Recipes

/// Brings targets that are numbers to mean 0 and deviation 1, so that one rate and one goal do for all; leaves classes and
/// probabilities as they are.
struct TargetScale {
    private let mean: [Double]
    private let deviation: [Double]

    /// By the targets of these examples.
    init(_ examples: HeldExamples, _ loss: Loss) {
        guard !examples.hasClasses, loss.kind != .binaryCrossEntropy else {
            (mean, deviation) = ([], [])
            return
        }
        let width = examples.targetWidth
        let columns = (0..<width).map { column in
            Spread(stride(from: column, to: examples.numbers.count, by: width).map { Double(examples.numbers[$0]) })
        }
        mean = columns.map(\.mean)
        deviation = columns.map { $0.deviation > 0 ? $0.deviation : 1 }
    }

    func applied(to examples: HeldExamples) -> HeldExamples {
        guard !mean.isEmpty else { return examples }
        var scaled = examples
        for index in scaled.numbers.indices {
            let column = index % mean.count
            scaled.numbers[index] = Float((Double(scaled.numbers[index]) - mean[column]) / deviation[column])
        }
        return scaled
    }
}
