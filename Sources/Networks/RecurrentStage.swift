import CKernels
import Tensors

/// The recurrence of an lstm (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000) or a gru (Cho et al.
/// 2014, <https://arxiv.org/abs/1406.1078>, with the reset gate behind the product, as in PyTorch and cuDNN) behind the
/// product of all positions with the input's weights.
///
/// Shapes: what the inputs give `[batch, positions, gates · units]`, weight `[gates · units, units]`, `y`
/// `[batch, positions, units]` or `[batch, units]`. A few examples a tile go through all positions without waiting for
/// the others; the weight's gradient is one product over all positions. Every example begins with states of zero. Cost:
/// 2 · batch · positions · gates · units² flops forward, twice that backward.
///
/// The input is overwritten by the gates' values, and those by their gradients: it is its own gradient.
final class RecurrentStage: Stage {
    enum Cell {
        case lstm, gru

        var gates: Int {
            switch self {
            case .lstm: 4
            case .gru: 3
            }
        }
    }

    /// Rows of one product: enough that it does not wait for the weights, few enough that a common batch gives several
    /// threads work.
    static let examplesPerTile = 8
    /// Floats between rows whose length is a power of two: without them all rows fall into the same sets of the cache.
    private static let gap = 16

    private let cell: Cell
    private let units: Int
    private let positions: Int
    private let isWhole: Bool
    private let places: LinearStage.Places
    /// lstm: the cell's state; gru: the product's part of n.
    private let cells: Slot
    /// The state before each position, which the weight's gradient reads.
    private let earlier: Slot
    /// Weights as panels: for the product with the state, and for that with the gates' gradients; packed once a pass.
    private let packed: PackedMatrix
    private let turned: PackedMatrix
    private let zeros: FloatMemory
    private let memory: [FloatMemory]

    /// Gates of one position.
    private var width: Int { cell.gates * units }

    /// - Parameters:
    ///   - isWhole: whether every position goes out, not the last alone.
    ///   - before: the stage of the inputs' product, which shares its output's memory with the gradient.
    init(
        _ cell: Cell, input: Slot, units: Int, positions: Int, isWhole: Bool, places: LinearStage.Places, batch: Int,
        threads: Int, inputGradient: Slot?, before: Stage?, pass: Pass, squares: SquareSums
    ) {
        self.cell = cell
        self.units = units
        self.positions = positions
        self.isWhole = isWhole
        self.places = places
        cells = Slot(units: positions * units, base: pass.gradients)
        earlier = Slot(units: positions * units, base: pass.gradients)
        let width = cell.gates * units
        packed = PackedMatrix(terms: units, columns: width, pass: pass)
        turned = PackedMatrix(terms: width, columns: units, pass: pass)
        zeros = FloatMemory(count: units)
        let rows = Self.examplesPerTile
        memory = (0..<threads).map { _ in FloatMemory(count: rows * (width + 2 * units + 2 * Self.gap)) }
        super.init(
            input: input, output: Slot(units: isWhole ? positions * units : units, base: pass.gradients),
            inputGradient: inputGradient, before: before, pass: pass)
        needs = [cells, earlier].map { MemoryNeed(floats: batch * $0.units, lastsUntilBackward: true, slot: $0) }
        let forward = Tiles(self, batch: batch) { $0.forward($1, $2) }
        trainingForward = [Packing(self), forward]
        evaluationForward = trainingForward
        backward = [
            Tiles(self, batch: batch) { $0.backward($1, $2) }, Gradients(self, batch: batch, squares: squares),
        ]
    }

    /// Memory of one thread: rows of states (or their gradients), of products (or the gates' gradients), of what is
    /// carried back.
    private struct Scratch {
        let states: UnsafeMutablePointer<Float>
        let products: UnsafeMutablePointer<Float>
        let carried: UnsafeMutablePointer<Float>
        let stateStride: Int
        let productStride: Int
    }

    private func scratch(_ thread: Int) -> Scratch {
        let base = memory[thread].base
        let rows = Self.examplesPerTile
        let states = rows * (units + Self.gap)
        let products = rows * (width + Self.gap)
        return Scratch(
            states: base, products: base + states, carried: base + states + products, stateStride: units + Self.gap,
            productStride: width + Self.gap)
    }

    /// Some examples a tile.
    private final class Tiles: TiledWork {
        unowned let stage: RecurrentStage
        let body: (RecurrentStage, Range<Int>, Int) -> Void

        init(_ stage: RecurrentStage, batch: Int, _ body: @escaping (RecurrentStage, Range<Int>, Int) -> Void) {
            self.stage = stage
            self.body = body
            super.init(tileCount: (batch + examplesPerTile - 1) / examplesPerTile)
        }

        override func run(tile: Int, thread: Int) {
            let first = tile * examplesPerTile
            let last = min(first + examplesPerTile, stage.pass.count)
            if first < last { body(stage, first..<last, thread) }
        }
    }

    private func forward(_ examples: Range<Int>, _ thread: Int) {
        let scratch = scratch(thread)
        let table = pass.table
        let bias = places.bias.map { pass.parameters + $0 } ?? UnsafePointer(zeros.base)
        for row in 0..<examples.count {
            (scratch.states + row * scratch.stateStride).update(repeating: 0, count: units)
        }
        for position in 0..<positions {
            if position > 0 {
                pass.multiply(
                    scratch.states, ldx: scratch.stateStride, rows: examples.count, packed, bias: bias,
                    into: scratch.products, ldy: scratch.productStride, thread: thread)
            }
            for (row, example) in examples.enumerated() {
                let place = example * positions + position
                let state = scratch.states + row * scratch.stateStride
                if pass.isTraining { (earlier.base + place * units).update(from: state, count: units) }
                let gates = input.base + place * width
                let product = position > 0 ? UnsafePointer(scratch.products + row * scratch.productStride) : bias
                let cells = cells.base + place * units
                switch cell {
                case .lstm:
                    table.pointee.lstm(
                        units, gates, product, position > 0 ? cells - units : zeros.base, cells, state)
                case .gru: table.pointee.gru(units, gates, product, state, cells, state)
                }
                if isWhole {
                    (output.base + place * units).update(from: state, count: units)
                } else if position == positions - 1 {
                    output.row(example).update(from: state, count: units)
                }
            }
        }
    }

    private func backward(_ examples: Range<Int>, _ thread: Int) {
        let scratch = scratch(thread)
        let table = pass.table
        for row in 0..<examples.count {
            (scratch.states + row * scratch.stateStride).update(repeating: 0, count: units)
            (scratch.carried + row * units).update(repeating: 0, count: units)
        }
        for position in (0..<positions).reversed() {
            for (row, example) in examples.enumerated() {
                let place = example * positions + position
                let gates = input.base + place * width
                let cells = cells.base + place * units
                var dy = UnsafePointer(zeros.base)
                if isWhole {
                    dy = UnsafePointer(outputGradient.base + place * units)
                } else if position == positions - 1 {
                    dy = UnsafePointer(outputGradient.row(example))
                }
                let dState = scratch.states + row * scratch.stateStride
                let carried = scratch.carried + row * units
                let dProduct = scratch.products + row * scratch.productStride
                switch cell {
                case .lstm:
                    table.pointee.lstm_back(
                        units, gates, cells, position > 0 ? cells - units : zeros.base, dy, dState, carried, dProduct)
                case .gru:
                    table.pointee.gru_back(
                        units, gates, cells, earlier.base + place * units, dy, dState, carried, dProduct)
                }
            }
            if position > 0 {
                pass.multiply(
                    scratch.products, ldx: scratch.productStride, rows: examples.count, turned, bias: nil,
                    into: scratch.states, ldy: scratch.stateStride, thread: thread)
            }
        }
    }

    /// Weights to panels: some of those for the forward pass a tile, and all for the backward pass in the last.
    private final class Packing: TiledWork {
        unowned let stage: RecurrentStage
        let columns: Int

        init(_ stage: RecurrentStage) {
            self.stage = stage
            columns = 128
            super.init(tileCount: (stage.width + columns - 1) / columns + 1)
        }

        override func run(tile: Int, thread: Int) {
            let weights = stage.pass.parameters + stage.places.weight
            let first = tile * columns
            if tile < tileCount - 1 {
                stage.packed.pack(
                    columns: first..<min(first + columns, stage.width), of: weights, isTransposed: true)
            } else if stage.pass.isTraining {
                stage.turned.pack(columns: 0..<stage.units, of: weights, isTransposed: false)
            }
        }
    }

    /// The gradient of the state's weight and its bias; of a gru in two parts, since the product's part of n has a
    /// gradient of its own.
    private final class Gradients: TiledWork {
        unowned let stage: RecurrentStage
        let gates: WeightGradient
        let rest: WeightGradient?

        init(_ stage: RecurrentStage, batch: Int, squares: SquareSums) {
            self.stage = stage
            let rows = batch * stage.positions
            let isSplit = stage.cell == .gru
            let outputs = isSplit ? 2 * stage.units : stage.width
            gates = WeightGradient(
                outputs: outputs, inputs: stage.units, rows: rows, places: stage.places,
                pass: stage.pass, squares: squares)
            if isSplit {
                var places = stage.places
                places.weight += outputs * stage.units
                places.bias? += outputs
                rest = WeightGradient(
                    outputs: stage.units, inputs: stage.units, rows: rows, places: places, pass: stage.pass,
                    squares: squares)
            } else {
                rest = nil
            }
            super.init(tileCount: gates.tileCount + (rest?.tileCount ?? 0))
        }

        override func run(tile: Int, thread: Int) {
            let rows = stage.pass.count * stage.positions
            if tile < gates.tileCount {
                gates.run(
                    tile, stage.input.base, stride: stage.width, stage.earlier.base, rows: rows, pass: stage.pass,
                    thread: thread)
            } else {
                rest?.run(
                    tile - gates.tileCount, stage.cells.base, stride: stage.units, stage.earlier.base, rows: rows,
                    pass: stage.pass, thread: thread)
            }
        }
    }
}
