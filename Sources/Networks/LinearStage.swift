import CKernels
import Tensors

/// A fully connected layer, `y = act(x Wᵀ + b)`, with an activation and a dropout behind a relu fused, or the addition of
/// a residual block.
///
/// Shapes: `x` `[batch, positions, inputs]`, `W` `[outputs, inputs]`, `b` `[outputs]`; every position is a row of the
/// product. Cost: 2 · batch · positions · inputs · outputs flops forward, twice that backward.
final class LinearStage: Stage {
    struct Places {
        var weight: Int
        var bias: Int?
        /// Whether the weight is an embedding's, which counts its gradient's squares when it has added its own part.
        var isTied = false
    }

    let places: Places
    let activation: Activation
    let layer: Int
    /// Rows of one example.
    let positions: Int
    let inputs: Int
    let outputs: Int
    /// One byte for each output of each row; only where there is a dropout.
    let mask: Slot?
    /// What the activation was computed from, where its gradient needs that; for the backward pass its slope there.
    let argument: Slot?
    /// Added to the outputs: the value that goes around a residual block. Set before memory is placed.
    var addend: Slot?

    init(
        input: Slot, positions: Int, outputs: Int, places: Places, activation: Activation, layer: Int, batch: Int,
        inputGradient: Slot?, before: Stage?, pass: Pass, squares: SquareSums
    ) {
        self.places = places
        self.activation = activation
        self.layer = layer
        self.positions = positions
        self.outputs = outputs
        inputs = input.units / positions
        mask = activation.threshold > 0 ? Slot(units: positions * ((outputs + 3) / 4), base: pass.gradients) : nil
        let output = Slot(units: positions * outputs, base: pass.gradients)
        argument = if case .curve = activation.kind { Slot(units: output.units, base: pass.gradients) } else { nil }
        super.init(input: input, output: output, inputGradient: inputGradient, before: before, pass: pass)
        let product = Product(self, batch: batch)
        if let mask {
            needs.append(MemoryNeed(floats: batch * mask.units, lastsUntilBackward: false, slot: mask))
            trainingForward.append(Masks(self, batch: batch))
        }
        if let argument {
            again = [CurveAgain(self, cut: product.cut)]
            needs.append(MemoryNeed(floats: batch * argument.units, lastsUntilBackward: true, slot: argument))
        }
        let gradients = Gradients(self, batch: batch, squares: squares)
        let forward = [product.packing, product].compactMap { $0 }
        trainingForward += forward
        evaluationForward += forward
        backward = [gradients.packing, gradients].compactMap { $0 }
    }

    override var others: (forward: [Slot], backward: [Slot]) { (addend.map { [$0] } ?? [], []) }
    override var keepsGradient: Bool { activation.kind == .none }

    override func unfinish(_ block: Block) {
        let dy = outputGradient.base + block.offset
        switch activation.kind {
        case .none: return
        case .relu, .tanh:
            pass.table.pointee.unfinish(
                dy, output.base + block.offset, block.stride, block.rows, block.columns, activation.code,
                activation.scale)
        case .curve:
            guard let slope = argument else { return }
            for row in 0..<block.rows {
                let place = row * block.stride
                pass.table.pointee.times(dy + place, slope.base + block.offset + place, block.columns)
            }
        }
    }

    /// Rows of the newest batch.
    private var count: Int { pass.count * positions }

    /// Draws the dropout's mask, a few rows a tile.
    private final class Masks: TiledWork {
        unowned let stage: LinearStage
        let step = 16

        init(_ stage: LinearStage, batch: Int) {
            self.stage = stage
            super.init(tileCount: (batch * stage.positions + 15) / 16)
            isSmall = batch * stage.output.units < Self.fewNumbers
        }

        override func run(tile: Int, thread: Int) {
            let first = tile * step
            let rows = min(step, stage.count - first)
            guard rows > 0, let mask = stage.mask else { return }
            let stride = mask.units / stage.positions
            stage.pass.drawMask(
                UnsafeMutableRawPointer(mask.base + first * stride), stride: stride * 4,
                first: stage.pass.position * stage.positions + first, rows: rows,
                units: stage.outputs, layer: stage.layer, threshold: stage.activation.threshold)
        }
    }

    /// The weight as the right matrix of a product, packed once where several tiles of rows would each pack it for
    /// themselves; some of its columns a tile.
    private final class Packing: TiledWork {
        unowned let stage: LinearStage
        let matrix: PackedMatrix
        /// `W` is stored `[outputs, inputs]`: a product with the outputs as its columns has it transposed.
        let isTransposed: Bool
        static let columns = 64

        init?(_ stage: LinearStage, _ cut: Cut, isTransposed: Bool) {
            guard cut.rowTiles > 1, cut.columns >= 32 else { return nil }
            self.stage = stage
            self.isTransposed = isTransposed
            let terms = isTransposed ? stage.inputs : stage.outputs
            matrix = PackedMatrix(terms: terms, columns: cut.columns, pass: stage.pass, isShared: true)
            super.init(tileCount: (cut.columns + Self.columns - 1) / Self.columns)
            isSmall = terms * cut.columns < Self.fewNumbers
        }

        override func run(tile: Int, thread: Int) {
            let first = tile * Self.columns
            matrix.pack(
                columns: first..<min(first + Self.columns, matrix.columns),
                of: stage.pass.parameters + stage.places.weight, isTransposed: isTransposed)
        }
    }

    /// Panels of the output.
    private final class Product: TiledWork {
        unowned let stage: LinearStage
        let cut: Cut
        let packing: Packing?

        init(_ stage: LinearStage, batch: Int) {
            self.stage = stage
            cut = Cut(
                rows: batch * stage.positions, columns: stage.outputs, depth: stage.inputs, isPackedOnce: true)
            packing = Packing(stage, cut, isTransposed: true)
            super.init(tileCount: cut.count)
        }

        override func run(tile: Int, thread: Int) {
            let (rows, columns) = cut.tile(tile)
            let stage = stage
            let pass = stage.pass
            let count = min(rows.upperBound, stage.count) - rows.lowerBound
            guard count > 0 else { return }
            let inputs = stage.inputs
            let outputs = stage.outputs
            let place = rows.lowerBound * outputs + columns.lowerBound
            let y = (stage.argument ?? stage.output).base + place
            let x = stage.input.base + rows.lowerBound * inputs
            if let packing {
                pass.multiply(
                    x, lda: inputs, packing.matrix, columns: columns, into: y, ldc: outputs, m: count, thread: thread)
            } else {
                pass.multiply(
                    x, lda: inputs, pass.parameters + stage.places.weight + columns.lowerBound * inputs, ldb: inputs,
                    bTransposed: true, into: y, ldc: outputs, m: count, n: columns.count, k: inputs, thread: thread)
            }
            var maskBytes: UnsafePointer<UInt8>?
            var maskStride = 0
            if pass.isTraining, let mask = stage.mask {
                maskStride = mask.units / stage.positions * 4
                maskBytes =
                    UnsafeRawPointer(mask.base).assumingMemoryBound(to: UInt8.self) + rows.lowerBound * maskStride
                    + columns.lowerBound
            }
            let table = pass.table
            table.pointee.finish(
                y, outputs, count, columns.count, stage.places.bias.map { pass.parameters + $0 + columns.lowerBound },
                stage.activation.code, maskBytes, maskStride, stage.activation.scale)
            stage.applyCurve(
                at: place, rows: count, columns: columns.count, withSlope: pass.isTraining && !stage.isMadeAgain)
            if let addend = stage.addend {
                for row in 0..<count {
                    table.pointee.add(y + row * outputs, addend.base + place + row * outputs, columns.count)
                }
            }
        }
    }

    /// The outputs from the argument, where the activation is a curve.
    /// - Parameter withSlope: leaves the slope in the argument's place: together they take one power of e.
    private func applyCurve(at place: Int, rows: Int, columns: Int, withSlope: Bool) {
        guard let argument, case .curve(let function) = activation.kind else { return }
        let table = pass.table
        for row in 0..<rows {
            let y = output.base + place + row * outputs
            let x = argument.base + place + row * outputs
            if withSlope {
                table.pointee.curve_and_slope(y, x, columns, function.code, function.slope)
            } else {
                table.pointee.curve(y, x, columns, function.code, function.slope)
            }
        }
    }

    /// The outputs once more, in the product's tiles: a vector's end rounds otherwise than its middle.
    private final class CurveAgain: TiledWork {
        unowned let stage: LinearStage
        let cut: Cut

        init(_ stage: LinearStage, cut: Cut) {
            self.stage = stage
            self.cut = cut
            super.init(tileCount: cut.count)
        }

        override func run(tile: Int, thread: Int) {
            let (rows, columns) = cut.tile(tile)
            let count = min(rows.upperBound, stage.count) - rows.lowerBound
            stage.applyCurve(
                at: rows.lowerBound * stage.outputs + columns.lowerBound, rows: max(count, 0), columns: columns.count,
                withSlope: true)
        }
    }

    /// Rows of the weight's gradient (with the bias's and the sums of squares), then panels of the input's gradient:
    /// they are independent, so one list keeps every thread busy to its end.
    private final class Gradients: TiledWork {
        unowned let stage: LinearStage
        let weights: WeightGradient
        let inputs: Cut?
        let packing: Packing?

        init(_ stage: LinearStage, batch: Int, squares: SquareSums) {
            self.stage = stage
            let rows = batch * stage.positions
            weights = WeightGradient(
                outputs: stage.outputs, inputs: stage.inputs, rows: rows, places: stage.places,
                pass: stage.pass, squares: squares)
            inputs =
                stage.inputGradient == nil
                ? nil
                : Cut(
                    rows: rows, columns: stage.inputs, depth: stage.outputs, isPackedOnce: true)
            packing = inputs.flatMap { Packing(stage, $0, isTransposed: false) }
            super.init(tileCount: weights.tileCount + (inputs?.count ?? 0))
            isSmall = rows * stage.inputs * stage.outputs < 400_000
        }

        override func run(tile: Int, thread: Int) {
            // The input's gradient first: the weight's tiles, which write more, overlap with its end.
            if let inputs, let gradient = stage.inputGradient {
                if tile < inputs.count { return inputGradient(inputs, tile, gradient, thread) }
                weightGradient(tile - inputs.count, thread)
            } else {
                weightGradient(tile, thread)
            }
        }

        private func inputGradient(_ cut: Cut, _ tile: Int, _ gradient: Slot, _ thread: Int) {
            let (rows, columns) = cut.tile(tile)
            let pass = stage.pass
            let count = min(rows.upperBound, stage.count) - rows.lowerBound
            guard count > 0 else { return }
            let place = rows.lowerBound * stage.inputs + columns.lowerBound
            let dy = stage.outputGradient.base + rows.lowerBound * stage.outputs
            if let packing {
                pass.multiply(
                    dy, lda: stage.outputs, packing.matrix, columns: columns, into: gradient.base + place,
                    ldc: stage.inputs, m: count, thread: thread)
            } else {
                pass.multiply(
                    dy, lda: stage.outputs, pass.parameters + stage.places.weight + columns.lowerBound,
                    ldb: stage.inputs,
                    into: gradient.base + place, ldc: stage.inputs, m: count, n: columns.count, k: stage.outputs,
                    thread: thread)
            }
            stage.before?.unfinish(Block(offset: place, stride: stage.inputs, rows: count, columns: columns.count))
        }

        private func weightGradient(_ tile: Int, _ thread: Int) {
            weights.run(
                tile, stage.outputGradient.base, stride: stage.outputs, stage.input.base, rows: stage.count,
                pass: stage.pass, thread: thread)
        }
    }
}

extension Pass {
    /// Keep masks of `rows` rows from row `first` of the update on, one byte a unit.
    /// - Parameter stride: bytes from one row to the next.
    @inline(__always)
    func drawMask(
        _ mask: UnsafeMutableRawPointer, stride: Int, first: Int, rows: Int, units: Int, layer: Int, threshold: UInt32
    ) {
        table.pointee.drop_mask(
            mask.assumingMemoryBound(to: UInt8.self), stride, rows, units, UInt32(first), UInt32(layer), step, seed,
            RandomPurpose.dropout.rawValue, threshold)
    }
}
