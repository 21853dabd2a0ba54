import CKernels
import Foundation
import Tensors
import Testing

/// Binary cross-entropy of logits at every level against its definition in double.
@Suite struct BinaryLossKernelTests {
    /// `-(p y log s + (1 - y) log(1 - s))` for `s = 1 / (1 + e^-x)`, and its derivative.
    private func expected(_ x: Double, _ y: Double, _ p: Double) -> (loss: Double, slope: Double) {
        let s = 1 / (1 + exp(-x))
        let other = 1 / (1 + exp(x))
        func minusLog(_ x: Double) -> Double { x > 0 ? log1p(exp(-x)) : log1p(exp(x)) - x }
        return (p * y * minusLog(x) + (1 - y) * minusLog(-x), (1 - y) * s - p * y * other)
    }

    /// Each logit in a row of its own: relative accuracy also where the loss is tiny or as large as the logit.
    @Test(arguments: Kernels.available, [0, 1, 0.3] as [Float])
    func isAccurateEverywhere(_ level: CPULevel, _ target: Float) throws {
        let table = try KernelTests.table(level)
        let x = (-1600...1600).map { Float($0) / 20 } + [1e-6, -1e-6]
        let targets = [Float](repeating: target, count: x.count)
        for factor in [1, 3.5] as [Float] {
            var losses = targets
            var gradient = targets
            let correct = table.binary_cross_entropy(x, targets, nil, x.count, 1, 1, [factor], &losses, &gradient)
            for (i, logit) in x.enumerated() {
                let (loss, slope) = expected(Double(logit), Double(target), Double(factor))
                #expect(abs(Double(losses[i]) - loss) <= 8e-7 * loss, "loss at \(logit)")
                let sides = expected(Double(logit), 0, 0).slope + abs(expected(Double(logit), 1, Double(factor)).slope)
                #expect(abs(Double(gradient[i]) - slope) <= 8e-7 * max(abs(slope), target == 0.3 ? sides : 0))
            }
            #expect(correct == x.count { ($0 > 0) == (target > 0.5) })
        }
    }

    @Test(arguments: Kernels.available, [1, 3, 19])
    func meansOverTheColumns(_ level: CPULevel, columns: Int) throws {
        let table = try KernelTests.table(level)
        let rows = 5
        let x = KernelTests.numbers(rows * columns, 1).map { 6 * $0 }
        let targets = KernelTests.numbers(rows * columns, 2).map { $0 < -0.3 ? 0 : $0 > 0.3 ? 1 : abs($0) }
        let factors = KernelTests.numbers(columns, 3).map { $0 + 1.5 }
        var losses = [Float](repeating: .nan, count: rows)
        var gradient = x
        let correct = table.binary_cross_entropy(x, targets, nil, rows, columns, 0.25, factors, &losses, &gradient)
        var right = 0
        for row in 0..<rows {
            var sum = 0.0
            for column in 0..<columns {
                let i = row * columns + column
                let (loss, slope) = expected(Double(x[i]), Double(targets[i]), Double(factors[column]))
                sum += loss
                #expect(abs(Double(gradient[i]) - 0.25 * slope / Double(columns)) < 1e-6)
                right += (x[i] > 0) == (targets[i] > 0.5) ? 1 : 0
            }
            #expect(abs(Double(losses[row]) - sum / Double(columns)) < 3e-6)
        }
        #expect(correct == right)
        var plain = losses
        _ = table.binary_cross_entropy(x, targets, nil, rows, columns, 1, nil, &plain, nil)
        #expect(plain != losses)
    }

    @Test(arguments: Kernels.available) func labelsAreTargets(_ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        let x = KernelTests.numbers(33, 1)
        let labels = (0..<33).map { Int32($0 % 3 == 0 ? 1 : 0) }
        var losses: [[Float]] = [[], []].map { _ in [Float](repeating: .nan, count: 33) }
        var gradients = losses
        let none = [Float](repeating: .nan, count: 33)
        let counts = [
            table.binary_cross_entropy(x, none, labels, 33, 1, 1, nil, &losses[0], &gradients[0]),
            table.binary_cross_entropy(x, labels.map { Float($0) }, nil, 33, 1, 1, nil, &losses[1], &gradients[1]),
        ]
        #expect(losses[0] == losses[1] && gradients[0] == gradients[1] && counts[0] == counts[1])
        _ = table.binary_cross_entropy([1, 2], [0, 0], [2, -1], 2, 1, 1, nil, &losses[0], nil)
        #expect(losses[0][0].isNaN && losses[0][1].isNaN)
        _ = table.binary_cross_entropy([.nan, 2], [0, 0], [0, 1], 2, 1, 1, nil, &losses[0], &gradients[0])
        #expect(losses[0][0].isNaN && gradients[0][0].isNaN && !losses[0][1].isNaN)
    }
}
