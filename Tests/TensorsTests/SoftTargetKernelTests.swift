import CKernels
import Foundation
import Tensors
import Testing

/// The part of teachers' answers at every level against its definition in double.
@Suite struct SoftTargetKernelTests {
    private func softmax(_ x: [Float], _ temperature: Double) -> [Double] {
        let largest = Double(x.max() ?? 0)
        let powers = x.map { exp((Double($0) - largest) / temperature) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    private func divergence(_ p: [Double], _ x: [Float], _ temperature: Double) -> Double {
        zip(p, softmax(x, temperature)).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.0 / $1.1) : 0) }
    }

    @Test(arguments: Kernels.available, [1, 2, 10, 19, 65])
    func softens(_ level: CPULevel, classes: Int) throws {
        let table = try KernelTests.table(level)
        let rows = 3
        let x = KernelTests.numbers(rows * classes, 1).map { 30 * $0 }
        for temperature in [0.5, 1, 4, 20] {
            var y = [Float](repeating: .nan, count: x.count)
            table.soften(&y, x, rows, classes, Float(temperature), 0.25, 0)
            table.soften(&y, x, rows, classes, Float(temperature), 0.5, 1)
            let expected = (0..<rows).flatMap { row in
                softmax(Array(x[row * classes..<(row + 1) * classes]), temperature).map { 0.75 * $0 }
            }
            #expect(KernelTests.distance(y, expected) < 5e-7)
        }
    }

    /// Logits near the teacher's and far from them, from cold to hot, in rows that fill no vector.
    @Test(arguments: Kernels.available, [1, 2, 10, 19, 65])
    func addsToLossAndGradient(_ level: CPULevel, classes: Int) throws {
        let table = try KernelTests.table(level)
        let rows = 4
        let hard: Float = 0.3
        let x = KernelTests.numbers(rows * classes, 1).map { 5 * $0 }
        let weights = KernelTests.numbers(classes, 2).map { $0 + 1.5 }
        let labels = (0..<rows).map { Int32($0 * 7 % classes) }
        for (temperature, apart) in [(0.5, 3), (1, 0.1), (4, 1), (20, 0.2), (20, 3)] as [(Float, Float)] {
            let moved = zip(x, KernelTests.numbers(x.count, 3)).map { $0 + apart * $1 }
            var soft = moved
            table.soften(&soft, moved, rows, classes, temperature, 1, 0)
            let losses = KernelTests.numbers(rows, 4)
            let gradient = KernelTests.numbers(x.count, 5)
            for factors in [nil, weights] {
                var (ownLosses, ownGradient) = (losses, gradient)
                if let factors {
                    table.soft_targets(
                        x, soft, labels, rows, classes, 0.125, hard, temperature, factors, &ownLosses, &ownGradient)
                } else {
                    table.soft_targets(
                        x, soft, labels, rows, classes, 0.125, hard, temperature, nil, &ownLosses, &ownGradient)
                }
                for row in 0..<rows {
                    let logits = Array(x[row * classes..<(row + 1) * classes])
                    let p = soft[row * classes..<(row + 1) * classes].map { Double($0) }
                    // What rounding has left of their sum must not count T² times.
                    let sum = p.reduce(0, +)
                    let share = 0.7 * Double(factors?[Int(labels[row])] ?? 1)
                    let heat = Double(temperature)
                    let own = divergence(p.map { $0 / sum }, logits, heat)
                    let expected = Double(hard * losses[row]) + share * heat * heat * own
                    #expect(abs(Double(ownLosses[row]) - expected) < 1e-5 * max(1, expected), "T \(temperature)")
                    for (j, q) in softmax(logits, heat).enumerated() {
                        let i = row * classes + j
                        let slope = Double(gradient[i]) + 0.125 * share * heat * (q - p[j])
                        #expect(abs(Double(ownGradient[i]) - slope) < 2e-6)
                    }
                }
            }
        }
    }

    @Test(arguments: Kernels.available) func theSmallestProbabilitiesCount(_ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        // Answers without any doubt, and the opposite of the teacher's.
        let x: [Float] = [80, 0, -80, -80, 0, 80, 3, 3, 3]
        let soft: [Float] = [1, 0, 0, 1, 0, 0, 0, 0.5, 0.5]
        var losses = [Float](repeating: 0, count: 3)
        var gradient = [Float](repeating: 0, count: 9)
        table.soft_targets(x, soft, [0, 0, 0], 3, 3, 1, 0, 1, nil, &losses, &gradient)
        #expect(abs(losses[0]) < 1e-6 && abs(losses[1] - 160) < 1e-4)
        #expect(abs(Double(losses[2]) - log(1.5)) < 1e-6)
        #expect(KernelTests.distance(gradient, [0, 0, 0, -1, 0, 1, 1.0 / 3, 1.0 / 3 - 0.5, 1.0 / 3 - 0.5]) < 1e-6)
    }

    /// Of a row without a label the soft part is all there is, whatever the labels' share.
    @Test(arguments: Kernels.available) func rowsWithoutALabelHaveSoftTargetsAlone(_ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        let (rows, classes) = (3, 5)
        let x = KernelTests.numbers(rows * classes, 1).map { 3 * $0 }
        let moved = KernelTests.numbers(rows * classes, 2)
        var soft = moved
        table.soften(&soft, moved, rows, classes, 2, 1, 0)
        func run(_ labels: [Int32], hard: Float) -> (losses: [Float], gradient: [Float], correct: Int) {
            var losses = [Float](repeating: .nan, count: rows)
            var gradient = [Float](repeating: .nan, count: x.count)
            let correct = table.cross_entropy(x, labels, rows, classes, hard * 0.5, 0.1, nil, &losses, &gradient)
            table.soft_targets(x, soft, labels, rows, classes, 0.5, hard, 2, nil, &losses, &gradient)
            return (losses, gradient, correct)
        }
        let best = Int32((0..<classes).max { x[classes + $0] < x[classes + $1] } ?? 0)
        let mixed = run([.min, best, .min], hard: 0.4)
        let alone = run([0, 0, 0], hard: 0)
        let labelled = run([0, best, 0], hard: 0.4)
        #expect(mixed.correct == 1)
        for row in [0, 2] {
            #expect(mixed.losses[row] == alone.losses[row])
            let places = row * classes..<(row + 1) * classes
            #expect(Array(mixed.gradient[places]) == Array(alone.gradient[places]))
            #expect(mixed.losses[row] != labelled.losses[row])
        }
        #expect(mixed.losses[1] == labelled.losses[1])
        #expect(Array(mixed.gradient[5..<10]) == Array(labelled.gradient[5..<10]))
        // Where nothing is learned such a row is as wrong as any other label that is none.
        var losses = [Float](repeating: 0, count: rows)
        _ = table.cross_entropy(x, [.min, 0, 0], rows, classes, 1, 0, nil, &losses, nil)
        #expect(losses[0].isNaN && losses[1].isFinite)
    }

    @Test(arguments: Kernels.available) func whatIsNoNumberStaysSo(_ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        for bad in [(.nan, 0.5, 0), (0, .nan, 0), (0, 0.5, 2)] as [(logit: Float, part: Float, label: Int32)] {
            var losses: [Float] = [0, 0]
            var gradient = [Float](repeating: 0, count: 4)
            table.soft_targets(
                [bad.logit, 0, 0, 0], [bad.part, 0.5, 0.5, 0.5], [bad.label, 1], 2, 2, 1, 0.5, 2, [1, 1], &losses,
                &gradient)
            #expect(losses[0].isNaN && gradient[0].isNaN && losses[1] == 0 && gradient[3] == 0)
        }
    }
}
