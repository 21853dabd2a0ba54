import CKernels
import Tensors

/// The right matrix of many products, `[terms, columns]`, as the kernels read it: packed once a pass.
final class PackedMatrix {
    let terms: Int
    let columns: Int
    private unowned let pass: Pass
    private let own: FloatMemory?

    /// - Parameter isShared: whether it lies in the pass's memory, until another such matrix is packed.
    init(terms: Int, columns: Int, pass: Pass, isShared: Bool = false) {
        self.terms = terms
        self.columns = columns
        self.pass = pass
        let floats = Self.floats(terms, columns, pass.kernels)
        own = isShared ? nil : FloatMemory(count: floats)
        if isShared { pass.reserve(packing: floats) }
    }

    private static func floats(_ terms: Int, _ columns: Int, _ kernels: Kernels) -> Int {
        kernels.bfloat16 == nil ? terms * ck_conv_padded(kernels.lanes, columns) : ck_bfloat16_floats(terms, columns)
    }

    private var memory: UnsafeMutablePointer<Float> { own?.base ?? pass.packing.base }

    /// The panels from this column on, a multiple of 32.
    func panels(from column: Int = 0) -> UnsafePointer<Float> {
        UnsafePointer(memory) + Self.floats(terms, column, pass.kernels)
    }

    /// Some columns of a matrix stored `[terms, columns]`, or `[columns, terms]` where it is transposed, from a multiple of
    /// 32 on.
    func pack(columns part: Range<Int>, of w: UnsafePointer<Float>, isTransposed: Bool) {
        var shape = ck_product()
        shape.terms = terms
        shape.columns = part.count
        shape.b_column = isTransposed ? terms : 1
        shape.b_step = isTransposed ? 1 : columns
        let from = w + part.lowerBound * shape.b_column
        let place = memory + Self.floats(terms, part.lowerBound, pass.kernels)
        if let rounded = pass.kernels.bfloat16 {
            rounded.pointee.pack(&shape, from, place)
        } else {
            pass.table.pointee.pack(&shape, from, place)
        }
    }
}
