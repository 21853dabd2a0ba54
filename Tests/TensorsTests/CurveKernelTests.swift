import CKernels
import Foundation
import Tensors
import Testing

/// Activation functions and their slopes at every level against the C library in double.
@Suite struct CurveKernelTests {
    struct Function: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: Int32
        var value: @Sendable (Double) -> Double
        var slope: @Sendable (Double) -> Double

        static let all = [
            Function(testDescription: "leaky relu", code: 3, value: { $0 < 0 ? 0.1 * $0 : $0 }) { $0 > 0 ? 1 : 0.1 },
            Function(testDescription: "gelu", code: 4, value: { $0 * share($0) }) {
                share($0) + $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot()
            },
            Function(testDescription: "silu", code: 5, value: { $0 * logistic($0) }) {
                logistic($0) * (1 + $0 * (1 - logistic($0)))
            },
            Function(testDescription: "sigmoid", code: 6, value: { logistic($0) }) {
                logistic($0) * (1 - logistic($0))
            },
        ]
    }

    static func share(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
    static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test(arguments: Function.all, Kernels.available)
    func isAccurateEverywhere(_ function: Function, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        let x = (-3001...3001).map { Float($0) / 300 } + [0, 1e-20, -1e-20, 60, -60]
        var y = [Float](repeating: .nan, count: x.count)
        table.curve(&y, x, x.count, function.code, 0.1)
        let dy = KernelTests.numbers(x.count, 9)
        var dx = y
        table.curve_back(&dx, dy, x, x.count, function.code, 0.1)
        var slopes = x
        var again = y
        table.curve_and_slope(&again, &slopes, x.count, function.code, 0.1)
        for (i, argument) in x.enumerated() {
            let expected = function.value(Double(argument))
            #expect(abs(Double(y[i]) - expected) <= 8e-7 * max(abs(expected), 0.1), "at \(argument)")
            let gradient = Double(dy[i]) * function.slope(Double(argument))
            #expect(abs(Double(dx[i]) - gradient) <= 1e-6, "slope at \(argument)")
            #expect(abs(Double(again[i]) - expected) <= 8e-7 * max(abs(expected), 0.1), "with the slope at \(argument)")
            #expect(abs(Double(slopes[i]) - function.slope(Double(argument))) <= 1e-6, "in place at \(argument)")
        }
    }

    @Test(arguments: Kernels.available, [1, 2, 17, 70])
    func softmaxIsShares(_ level: CPULevel, cols: Int) throws {
        let table = try KernelTests.table(level)
        let rows = 3
        // One row of moderate numbers, one that would overflow, one where all but one share vanish.
        let x = KernelTests.numbers(rows * cols, 1).enumerated().map { i, value in
            i < cols ? 4 * value : i < 2 * cols ? 300 + value : i == 2 * cols ? 200 : value
        }
        let dy = KernelTests.numbers(rows * cols, 2)
        var y = [Float](repeating: .nan, count: rows * cols)
        table.softmax(&y, x, rows, cols)
        var dx = y
        table.softmax_back(&dx, dy, y, rows, cols)
        for row in 0..<rows {
            let own = row * cols..<(row + 1) * cols
            let largest = own.map { Double(x[$0]) }.max() ?? 0
            let sum = own.reduce(0.0) { $0 + exp(Double(x[$1]) - largest) }
            let shares = own.map { exp(Double(x[$0]) - largest) / sum }
            let mean = zip(shares, own).reduce(0.0) { $0 + $1.0 * Double(dy[$1.1]) }
            for (share, i) in zip(shares, own) {
                #expect(abs(Double(y[i]) - share) < 1e-6)
                #expect(abs(Double(dx[i]) - share * (Double(dy[i]) - mean)) < 1e-6)
            }
        }
        var none = [Float](repeating: 0, count: 2)
        table.softmax(&none, [1, .nan], 1, 2)
        #expect(none.map(\.isNaN) == [true, true])
    }

    @Test(arguments: Function.all, Kernels.available)
    func whatIsNoNumberStaysNone(_ function: Function, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        var y = [Float](repeating: 0, count: 3)
        table.curve(&y, [.nan, 1, .nan], 3, function.code, 0.1)
        #expect(y.map(\.isNaN) == [true, false, true])
        var x: [Float] = [.nan, 1, .nan]
        table.curve_and_slope(&y, &x, 3, function.code, 0.1)
        #expect(y.map(\.isNaN) == [true, false, true])
        if function.code != 3 { #expect(x.map(\.isNaN) == [true, false, true]) }
    }
}
