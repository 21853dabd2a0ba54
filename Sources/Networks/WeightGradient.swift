import CKernels
import Tensors

/// The gradient of a product's weight, `dW = dyᵀ x`, and of its bias, cut into tiles with a sum of squares each.
///
/// Cost: 2 · rows · inputs · outputs flops.
struct WeightGradient {
    let outputs: Int
    let inputs: Int
    let places: LinearStage.Places
    private let cut: Cut
    private let squares: UnsafeMutablePointer<Double>

    /// - Parameter rows: of a full batch.
    init(outputs: Int, inputs: Int, rows: Int, places: LinearStage.Places, pass: Pass, squares: SquareSums) {
        self.outputs = outputs
        self.inputs = inputs
        self.places = places
        cut = Cut(rows: outputs, columns: inputs, depth: rows)
        self.squares = squares.reserve(cut.count)
    }

    var tileCount: Int { cut.count }

    /// - Parameters:
    ///   - dy: the gradient of the outputs, rows of which lie `stride` floats apart.
    ///   - x: the inputs, row behind row.
    func run(
        _ tile: Int, _ dy: UnsafePointer<Float>, stride: Int, _ x: UnsafePointer<Float>, rows: Int, pass: Pass,
        thread: Int
    ) {
        let (part, columns) = cut.tile(tile)
        let table = pass.table
        let dw = pass.gradients + places.weight + part.lowerBound * inputs + columns.lowerBound
        let dy = dy + part.lowerBound
        pass.multiply(
            dy, lda: stride, aTransposed: true, x + columns.lowerBound, ldb: inputs, into: dw, ldc: inputs,
            m: part.count, n: columns.count, k: rows, thread: thread)
        var sum = 0.0
        if places.isTied {
            // The embedding adds its own part first.
        } else if columns.count == inputs {
            sum = table.pointee.sum_of_squares(dw, part.count * columns.count)
        } else {
            for row in 0..<part.count {
                sum += table.pointee.sum_of_squares(dw + row * inputs, columns.count)
            }
        }
        if let bias = places.bias, columns.lowerBound == 0 {
            let db = pass.gradients + bias + part.lowerBound
            table.pointee.column_sums(dy, stride, rows, part.count, db, 0)
            sum += table.pointee.sum_of_squares(db, part.count)
        }
        squares[tile] = sum
    }
}
