import CKernels
import Tensors

/// The product of an embedding's whole table with the weight of the layer behind it, `E Wᵀ + b`: positions then take rows
/// of the result, and their gradients are added up to rows before they are multiplied. It is worth it where the table has
/// fewer rows than the batch has positions.
///
/// Shapes: `E` `[vocabulary, inputs]`, `W` `[outputs, inputs]`, `b` `[outputs]`. Cost: 2 · vocabulary · inputs · outputs
/// flops forward, twice that backward.
final class TableProjection {
    struct Places {
        var table: Int
        var weight: Int
        var bias: Int
        /// Whether a linear behind has written its part of the table's gradient already.
        var isTied = false
    }

    /// `[vocabulary, outputs]`: the product, in the backward pass its gradient.
    let rows: Slot
    let vocabulary: Int
    let inputs: Int
    let outputs: Int
    let forward: TiledWork
    let backward: TiledWork

    init(vocabulary: Int, inputs: Int, outputs: Int, places: Places, pass: Pass, squares: SquareSums) {
        let rows = Slot(units: outputs, base: pass.gradients)
        self.rows = rows
        self.vocabulary = vocabulary
        self.inputs = inputs
        self.outputs = outputs
        forward = Product(
            rows, cut: Cut(rows: vocabulary, columns: outputs, depth: inputs),
            inputs: inputs, places: places,
            pass: pass)
        backward = Gradients(
            rows,
            weights: WeightGradient(
                outputs: outputs, inputs: inputs, rows: vocabulary,
                places: .init(weight: places.weight, bias: places.bias), pass: pass, squares: squares),
            cut: Cut(rows: vocabulary, columns: inputs, depth: outputs), places: places,
            pass: pass, squares: squares)
    }

    private final class Product: TiledWork {
        let rows: Slot
        let cut: Cut
        let inputs: Int
        let places: Places
        let pass: Pass

        init(_ rows: Slot, cut: Cut, inputs: Int, places: Places, pass: Pass) {
            self.rows = rows
            self.cut = cut
            self.inputs = inputs
            self.places = places
            self.pass = pass
            super.init(tileCount: cut.count)
        }

        override func run(tile: Int, thread: Int) {
            let (part, columns) = cut.tile(tile)
            let y = rows.row(part.lowerBound) + columns.lowerBound
            pass.multiply(
                pass.parameters + places.table + part.lowerBound * inputs, lda: inputs,
                pass.parameters + places.weight + columns.lowerBound * inputs, ldb: inputs, bTransposed: true, into: y,
                ldc: rows.units, m: part.count, n: columns.count, k: inputs, thread: thread)
            pass.table.pointee.finish(
                y, rows.units, part.count, columns.count, pass.parameters + places.bias + columns.lowerBound,
                Int32(CK_NONE), nil, 0, 1)
        }
    }

    /// Tiles of the weight's gradient, then tiles of the table's.
    private final class Gradients: TiledWork {
        let rows: Slot
        let weights: WeightGradient
        let cut: Cut
        let places: Places
        let pass: Pass
        let squares: UnsafeMutablePointer<Double>

        init(
            _ rows: Slot, weights: WeightGradient, cut: Cut, places: Places, pass: Pass, squares: SquareSums
        ) {
            self.rows = rows
            self.weights = weights
            self.cut = cut
            self.places = places
            self.pass = pass
            self.squares = squares.reserve(cut.count)
            super.init(tileCount: weights.tileCount + cut.count)
        }

        override func run(tile: Int, thread: Int) {
            guard tile >= weights.tileCount else {
                weights.run(
                    tile, rows.base, stride: rows.units, pass.parameters + places.table, rows: cut.rows, pass: pass,
                    thread: thread)
                return
            }
            let inputs = cut.columns
            let (part, columns) = cut.tile(tile - weights.tileCount)
            let dTable = pass.gradients + places.table + part.lowerBound * inputs + columns.lowerBound
            pass.multiply(
                rows.row(part.lowerBound), lda: rows.units, pass.parameters + places.weight + columns.lowerBound,
                ldb: inputs, into: dTable, ldc: inputs, m: part.count, n: columns.count, k: rows.units,
                adds: places.isTied, thread: thread)
            squares[tile - weights.tileCount] = (0..<part.count).reduce(0.0) {
                $0 + pass.table.pointee.sum_of_squares(dTable + $1 * inputs, columns.count)
            }
        }
    }
}
