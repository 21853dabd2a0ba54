import CKernels
import Foundation
import Tensors
import Testing

/// Steps of recurrent layers at every level: values against PyTorch's formulas in double, gradients against central
/// differences of those.
@Suite struct RecurrentKernelTests {
    @Test(arguments: Kernels.available, [(1, 3, 5), (6, 16, 32), (16, 17, 70), (9, 40, 33)])
    func productsWithPackedWeights(_ level: CPULevel, size: (rows: Int, depth: Int, cols: Int)) throws {
        let table = try KernelTests.table(level)
        let (rows, depth, cols) = size
        let x = KernelTests.numbers(rows * (depth + 3), 1)
        let w = KernelTests.numbers(depth * cols, 2)
        let bias = KernelTests.numbers(cols, 3)
        var packed = [Float](repeating: 9, count: depth * ck_conv_padded(table.lanes, cols))
        ck_conv_pack(table.lanes, depth, cols, w, &packed)
        for added in [bias, nil] {
            let before = KernelTests.numbers(rows * (cols + 2), 4)
            var y = before
            table.packed_product(x, depth + 3, rows, depth, packed, cols, added, &y, cols + 2)
            let expected = y.indices.map { i in
                let (row, col) = (i / (cols + 2), i % (cols + 2))
                guard col < cols else { return Double(before[i]) }
                return (0..<depth).reduce(Double(added?[col] ?? 0)) {
                    $0 + Double(x[row * (depth + 3) + $1]) * Double(w[$1 * cols + col])
                }
            }
            #expect(KernelTests.distance(y, expected) < 1e-5)
        }
    }

    /// One unit's step in double: from the gates' arguments by the input and by the product, and the state before, to the
    /// state after (lstm: the cell's) and what goes out.
    enum Cell: Sendable, CaseIterable {
        case lstm, gru

        var gates: Int { self == .lstm ? 4 : 3 }

        func step(_ x: [Double], _ product: [Double], _ before: Double) -> (state: Double, h: Double) {
            func gate(_ i: Int) -> Double { 1 / (1 + exp(-x[i] - product[i])) }
            switch self {
            case .lstm:
                let state = gate(1) * before + gate(0) * tanh(x[2] + product[2])
                return (state, gate(3) * tanh(state))
            case .gru:
                let value = tanh(x[2] + gate(0) * product[2])
                let h = (1 - gate(1)) * value + gate(1) * before
                return (h, h)
            }
        }
    }

    @Test(arguments: Cell.allCases, Kernels.available)
    func stepsForwardAndBack(_ cell: Cell, _ level: CPULevel) throws {
        for units in [1, 5, 16, 37] { try step(cell, KernelTests.table(level), units) }
    }

    private func step(_ cell: Cell, _ table: ck_table, _ units: Int) throws {
        let width = cell.gates * units
        let x = KernelTests.numbers(width, 5).map { 3 * $0 }
        let product = KernelTests.numbers(width, 6).map { 2 * $0 }
        let before = KernelTests.numbers(units, 7)
        var gates = x
        var kept = [Float](repeating: 9, count: units)
        var h = before
        (cell == .lstm ? table.lstm : table.gru)(units, &gates, product, before, &kept, &h)
        let arguments = (0..<units).map { unit in
            (
                x: (0..<cell.gates).map { Double(x[$0 * units + unit]) },
                product: (0..<cell.gates).map { Double(product[$0 * units + unit]) }, before: Double(before[unit])
            )
        }
        let expected = arguments.map { cell.step($0.x, $0.product, $0.before) }
        #expect(KernelTests.distance(h, expected.map(\.h)) < 1e-6)
        if cell == .lstm { #expect(KernelTests.distance(kept, expected.map(\.state)) < 1e-6) }

        let dy = KernelTests.numbers(units, 8)
        let dh = KernelTests.numbers(units, 9)
        let carry = KernelTests.numbers(units, 10)
        var carried = carry
        var dProduct = [Float](repeating: 9, count: width)
        (cell == .lstm ? table.lstm_back : table.gru_back)(
            units, &gates, &kept, before, dy, dh, &carried, &dProduct)
        for (unit, at) in arguments.enumerated() {
            func loss(_ x: [Double], _ product: [Double], _ before: Double) -> Double {
                let (state, h) = cell.step(x, product, before)
                return Double(dy[unit] + dh[unit]) * h + Double(carry[unit]) * state
            }
            let e = 1e-5
            for gate in 0..<cell.gates {
                func moved(_ values: [Double], _ by: Double) -> [Double] {
                    values.indices.map { values[$0] + ($0 == gate ? by : 0) }
                }
                let dx =
                    (loss(moved(at.x, e), at.product, at.before) - loss(moved(at.x, -e), at.product, at.before))
                    / (2 * e)
                #expect(abs(Double(gates[gate * units + unit]) - dx) < 1e-6, "gate \(gate)")
                let dp =
                    (loss(at.x, moved(at.product, e), at.before) - loss(at.x, moved(at.product, -e), at.before))
                    / (2 * e)
                #expect(abs(Double(dProduct[gate * units + unit]) - dp) < 1e-6, "product of gate \(gate)")
                if cell == .gru, gate == 2 { #expect(kept[unit] == dProduct[gate * units + unit]) }
            }
            let dBefore = (loss(at.x, at.product, at.before + e) - loss(at.x, at.product, at.before - e)) / (2 * e)
            #expect(abs(Double(carried[unit]) - dBefore) < 1e-6, "the state before")
        }
    }

    @Test(arguments: Cell.allCases, Kernels.available)
    func whatIsNoNumberStaysNone(_ cell: Cell, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        for gate in 0..<cell.gates {
            var gates = [Float](repeating: 0.5, count: cell.gates * 20)
            gates[gate * 20 + 7] = .nan
            let product = [Float](repeating: 0.5, count: cell.gates * 20)
            let before = [Float](repeating: 0.5, count: 20)
            var (kept, h) = (before, before)
            (cell == .lstm ? table.lstm : table.gru)(20, &gates, product, before, &kept, &h)
            #expect(h.indices.filter { h[$0].isNaN } == [7])
        }
    }
}
