import CKernels
import Tensors

/// A fully connected layer, `y = act(x Wᵀ + b)`, with a relu or tanh and a dropout behind a relu fused.
///
/// Shapes: `x` `[batch, inputs]`, `W` `[outputs, inputs]`, `b` `[outputs]`. Cost: 2 · batch · inputs · outputs flops
/// forward, twice that backward.
final class LinearStage: Stage {
    let activation: Activation
    let layer: Int
    let weight: Int
    let bias: Int?
    /// One byte for each output of each example; only where there is a dropout.
    let mask: Slot?

    init(
        input: Slot, outputs: Int, weight: Int, bias: Int?, activation: Activation, layer: Int, batch: Int,
        inputGradient: Slot?, before: Stage?, pass: Pass, squares: SquareSums
    ) {
        self.activation = activation
        self.layer = layer
        self.weight = weight
        self.bias = bias
        mask = activation.threshold > 0 ? Slot(units: (outputs + 3) / 4, base: pass.gradients) : nil
        super.init(
            input: input, output: Slot(units: outputs, base: pass.gradients), inputGradient: inputGradient,
            before: before, pass: pass)
        let product = Product(self, batch: batch)
        if let mask {
            needs.append(MemoryNeed(floats: batch * mask.units, lastsUntilBackward: false, slot: mask))
            trainingForward.append(Masks(self, batch: batch))
        }
        trainingForward.append(product)
        evaluationForward.append(product)
        backward.append(Gradients(self, batch: batch, squares: squares))
    }

    override func unfinish(examples: Range<Int>, columns: Range<Int>) {
        guard activation.kind != .none, !examples.isEmpty else { return }
        pass.table.pointee.unfinish(
            outputGradient.row(examples.lowerBound) + columns.lowerBound,
            output.row(examples.lowerBound) + columns.lowerBound, output.units, examples.count, columns.count,
            activation.code, activation.scale)
    }

    /// Draws the dropout's mask, a few examples a tile.
    private final class Masks: TiledWork {
        unowned let stage: LinearStage
        let step = 16

        init(_ stage: LinearStage, batch: Int) {
            self.stage = stage
            super.init(tileCount: (batch + 15) / 16)
        }

        override func run(tile: Int, thread: Int) {
            let first = tile * step
            let rows = min(step, stage.pass.count - first)
            guard rows > 0, let mask = stage.mask else { return }
            stage.pass.drawMask(
                mask, first: first, rows: rows, units: stage.output.units, layer: stage.layer,
                threshold: stage.activation.threshold)
        }
    }

    /// Panels of the output.
    private final class Product: TiledWork {
        unowned let stage: LinearStage
        let cut: Cut

        init(_ stage: LinearStage, batch: Int) {
            self.stage = stage
            cut = Cut(rows: batch, columns: stage.output.units, depth: stage.input.units)
            super.init(tileCount: cut.count)
        }

        override func run(tile: Int, thread: Int) {
            let (rows, columns) = cut.tile(tile)
            let pass = stage.pass
            let count = min(rows.upperBound, pass.count) - rows.lowerBound
            guard count > 0 else { return }
            let inputs = stage.input.units
            let outputs = stage.output.units
            let y = stage.output.row(rows.lowerBound) + columns.lowerBound
            Blas.multiply(
                stage.input.row(rows.lowerBound), lda: inputs,
                pass.parameters + stage.weight + columns.lowerBound * inputs, ldb: inputs, bTransposed: true,
                into: y, ldc: outputs, m: count, n: columns.count, k: inputs)
            let mask = pass.isTraining ? stage.mask : nil
            let maskBytes = mask.map {
                UnsafeRawPointer($0.row(rows.lowerBound)).assumingMemoryBound(to: UInt8.self) + columns.lowerBound
            }
            pass.table.pointee.finish(
                y, outputs, count, columns.count, stage.bias.map { pass.parameters + $0 + columns.lowerBound },
                stage.activation.code, maskBytes, (mask?.units ?? 0) * 4, stage.activation.scale)
        }
    }

    /// Rows of the weight's gradient (with the bias's and the sums of squares), then panels of the input's gradient:
    /// they are independent, so one list keeps every thread busy to its end.
    private final class Gradients: TiledWork {
        unowned let stage: LinearStage
        let weights: Cut
        let inputs: Cut?
        let squares: UnsafeMutablePointer<Double>

        init(_ stage: LinearStage, batch: Int, squares: SquareSums) {
            self.stage = stage
            weights = Cut(rows: stage.output.units, columns: stage.input.units, depth: batch)
            inputs = stage.inputGradient.map {
                Cut(rows: batch, columns: $0.units, depth: stage.output.units)
            }
            self.squares = squares.reserve(weights.count)
            super.init(tileCount: weights.count + (inputs?.count ?? 0))
        }

        override func run(tile: Int, thread: Int) {
            // The input's gradient first: the weight's tiles, which write more, overlap with its end.
            if let inputs, let gradient = stage.inputGradient {
                if tile < inputs.count { return inputGradient(inputs, tile, gradient) }
                weightGradient(tile - inputs.count)
            } else {
                weightGradient(tile)
            }
        }

        private func inputGradient(_ cut: Cut, _ tile: Int, _ gradient: Slot) {
            let (rows, columns) = cut.tile(tile)
            let pass = stage.pass
            let count = min(rows.upperBound, pass.count) - rows.lowerBound
            guard count > 0 else { return }
            Blas.multiply(
                stage.outputGradient.row(rows.lowerBound), lda: stage.output.units,
                pass.parameters + stage.weight + columns.lowerBound, ldb: stage.input.units,
                into: gradient.row(rows.lowerBound) + columns.lowerBound, ldc: gradient.units, m: count,
                n: columns.count, k: stage.output.units)
            stage.before?.unfinish(examples: rows.lowerBound..<rows.lowerBound + count, columns: columns)
        }

        private func weightGradient(_ tile: Int) {
            let (rows, columns) = weights.tile(tile)
            let pass = stage.pass
            let table = pass.table
            let dw = pass.gradients + stage.weight + rows.lowerBound * stage.input.units + columns.lowerBound
            let dy = stage.outputGradient.base + rows.lowerBound
            Blas.multiply(
                dy, lda: stage.output.units, aTransposed: true, stage.input.base + columns.lowerBound,
                ldb: stage.input.units, into: dw, ldc: stage.input.units, m: rows.count, n: columns.count,
                k: pass.count)
            var sum = 0.0
            if columns.count == stage.input.units {
                sum = table.pointee.sum_of_squares(dw, rows.count * columns.count)
            } else {
                for row in 0..<rows.count {
                    sum += table.pointee.sum_of_squares(dw + row * stage.input.units, columns.count)
                }
            }
            if let bias = stage.bias, columns.lowerBound == 0 {
                let db = pass.gradients + bias + rows.lowerBound
                table.pointee.column_sums(dy, stage.output.units, pass.count, rows.count, db, 0)
                sum += table.pointee.sum_of_squares(db, rows.count)
            }
            squares[tile] = sum
        }
    }
}

extension Pass {
    /// Keep masks of `rows` examples from `first` on, one byte a unit.
    @inline(__always)
    func drawMask(_ mask: Slot, first: Int, rows: Int, units: Int, layer: Int, threshold: UInt32) {
        table.pointee.drop_mask(
            UnsafeMutableRawPointer(mask.row(first)).assumingMemoryBound(to: UInt8.self), mask.units * 4, rows, units,
            UInt32(position + first), UInt32(layer), step, seed, RandomPurpose.dropout.rawValue, threshold)
    }
}
