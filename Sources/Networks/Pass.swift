import CKernels
import Recipes
import Tensors

/// What the work of one pass reads of the step it belongs to; set by `Network` before the pass begins.
final class Pass {
    let kernels: Kernels
    let seed: UInt64
    /// Examples in the batch.
    var count = 0
    /// Of the batch's first example among those of the update.
    var position = 0
    var step: UInt64 = 0
    var isTraining = false
    var parameters: UnsafePointer<Float>
    var buffers: UnsafePointer<Float>
    let gradients: UnsafeMutablePointer<Float>
    var classes: UnsafePointer<Int32>
    var numbers: UnsafePointer<Float>
    /// The second labels of mixed examples and the part of the first; nil where they are not mixed.
    var mixed: (classes: UnsafePointer<Int32>, share: Float)?
    /// Teachers' probabilities; nil where the batch has none.
    var soft: UnsafePointer<Float>?
    var isLabelled = false
    /// Where matrices lie that are packed for one product.
    private(set) var packing = FloatMemory(count: 0)
    /// Of each thread, for its products.
    private let scratch: [FloatMemory]
    /// What `classes` and `numbers` point to until the first pass.
    private let nothing = Batch(capacity: 1, exampleCount: 1, targetCount: 1)

    init(kernels: Kernels, seed: UInt64, memory: StateMemory, threads: Int) {
        self.kernels = kernels
        self.seed = seed
        scratch = (0..<threads).map { _ in FloatMemory(count: Int(CK_PRODUCT_SCRATCH)) }
        parameters = UnsafePointer(memory.parameters.base)
        buffers = UnsafePointer(memory.buffers.base)
        gradients = memory.gradients.base
        classes = UnsafePointer(nothing.classes)
        numbers = UnsafePointer(nothing.numbers)
    }

    /// Room for the largest of them.
    func reserve(packing floats: Int) {
        if floats > packing.count { packing = FloatMemory(count: floats) }
    }

    var table: UnsafePointer<ck_table> { @inline(__always) get { kernels.table } }

    /// `c[m, n] = a b`, or added to what is there; row-major. `a` is `[m, k]`, or stored `[k, m]` where transposed, `b`
    /// likewise.
    /// - Parameters:
    ///   - lda, ldb, ldc: floats between stored rows.
    ///   - thread: the one that computes, for its scratch memory.
    @inline(__always)
    func multiply(
        _ a: UnsafePointer<Float>, lda: Int, aTransposed: Bool = false, _ b: UnsafePointer<Float>, ldb: Int,
        bTransposed: Bool = false, into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int,
        adds: Bool = false, thread: Int
    ) {
        var shape = ck_product(
            rows: m, columns: n, terms: k, a_row: aTransposed ? 1 : lda, a_step: aTransposed ? lda : 1,
            b_column: bTransposed ? ldb : 1, b_step: bTransposed ? 1 : ldb, c_row: ldc, add: adds ? 1 : 0, packed: 0)
        if let rounded = kernels.bfloat16 {
            rounded.pointee.product(&shape, a, b, c, scratch[thread].base)
        } else {
            table.pointee.product(&shape, a, b, c, scratch[thread].base)
        }
    }

    /// `c[m, columns] = a w` for some columns of a packed matrix, from a multiple of 32 to another or to the end.
    /// - Parameters:
    ///   - lda, ldc: floats between stored rows.
    ///   - thread: the one that computes, for its scratch memory.
    func multiply(
        _ a: UnsafePointer<Float>, lda: Int, _ w: PackedMatrix, columns: Range<Int>,
        into c: UnsafeMutablePointer<Float>,
        ldc: Int, m: Int, adds: Bool = false, thread: Int
    ) {
        var shape = ck_product(
            rows: m, columns: columns.count, terms: w.terms, a_row: lda, a_step: 1, b_column: 0, b_step: 0, c_row: ldc,
            add: adds ? 1 : 0, packed: 1)
        let panels = w.panels(from: columns.lowerBound)
        if let rounded = kernels.bfloat16 {
            rounded.pointee.product(&shape, a, panels, c, scratch[thread].base)
        } else {
            table.pointee.product(&shape, a, panels, c, scratch[thread].base)
        }
    }

    /// `y = x w + bias` for a few rows of `x` that lie `ldx` floats apart.
    func multiply(
        _ x: UnsafePointer<Float>, ldx: Int, rows: Int, _ w: PackedMatrix, bias: UnsafePointer<Float>?,
        into y: UnsafeMutablePointer<Float>, ldy: Int, thread: Int
    ) {
        guard kernels.bfloat16 != nil else {
            return table.pointee.packed_product(x, ldx, rows, w.terms, w.panels(), w.columns, bias, y, ldy)
        }
        if let bias {
            for row in 0..<rows { (y + row * ldy).update(from: bias, count: w.columns) }
        }
        multiply(
            x, lda: ldx, w, columns: 0..<w.columns, into: y, ldc: ldy, m: rows, adds: bias != nil, thread: thread)
    }
}

extension TiledWork {
    /// Numbers that one thread goes through in about the ten microseconds that a second one needs to be of use.
    static let fewNumbers = 1 << 14
}

/// A place for one row per example: known in shape when the plan is compiled, in memory after it.
final class Slot {
    /// Floats of one example.
    let units: Int
    /// Where the rows begin; `place` sets it before the first pass.
    private(set) var base: UnsafeMutablePointer<Float>

    init(units: Int, base: UnsafeMutablePointer<Float>) {
        self.units = units
        self.base = base
    }

    func place(at base: UnsafeMutablePointer<Float>) { self.base = base }

    @inline(__always) func row(_ example: Int) -> UnsafeMutablePointer<Float> { base + example * units }
}

/// One number for each tile that writes some of the gradient: its sum of squares. Added in order, they are the squared
/// norm, known without a second walk through the gradient.
final class SquareSums {
    private var blocks: [UnsafeMutableBufferPointer<Double>] = []

    deinit { for block in blocks { block.deallocate() } }

    /// Room for `tiles` tiles.
    func reserve(_ tiles: Int) -> UnsafeMutablePointer<Double> {
        let base = UnsafeMutablePointer<Double>.allocate(capacity: tiles)
        base.initialize(repeating: 0, count: tiles)
        blocks.append(UnsafeMutableBufferPointer(start: base, count: tiles))
        return base
    }

    var total: Double {
        var sum = 0.0
        for block in blocks { for square in block { sum += square } }
        return sum
    }
}

/// The flat buffers of a network.
struct StateMemory {
    let parameters: FloatMemory
    let gradients: FloatMemory
    let moments: [FloatMemory]
    let buffers: FloatMemory
    /// Where the gradient is taken, where that is not at the parameters themselves.
    let point: FloatMemory?

    init(plan: Plan, optimizer: Optimizer) {
        parameters = FloatMemory(count: plan.parameterFloats)
        gradients = FloatMemory(count: plan.parameterFloats)
        moments = optimizer.momentNames.map { _ in FloatMemory(count: plan.parameterFloats) }
        buffers = FloatMemory(count: plan.bufferFloats)
        point = optimizer.kind == .scheduleFreeAdamw ? FloatMemory(count: plan.parameterFloats) : nil
    }
}
