import CKernels
import Tensors

/// The right matrix of many products, `[terms, columns]`, as the kernels read it: packed once a pass.
final class PackedMatrix {
    let terms: Int
    let columns: Int
    private let kernels: Kernels
    private let memory: FloatMemory

    init(terms: Int, columns: Int, kernels: Kernels) {
        self.terms = terms
        self.columns = columns
        self.kernels = kernels
        memory = FloatMemory(
            count: kernels.bfloat16 == nil
                ? terms * ck_conv_padded(kernels.lanes, columns) : ck_bfloat16_floats(terms, columns))
    }

    var base: UnsafePointer<Float> { UnsafePointer(memory.base) }

    /// All columns of a matrix stored `[terms, columns]`.
    func pack(_ w: UnsafePointer<Float>) {
        guard let rounded = kernels.bfloat16 else {
            return ck_conv_pack(kernels.lanes, terms, columns, w, memory.base)
        }
        var shape = ck_product()
        shape.terms = terms
        shape.columns = columns
        shape.b_column = 1
        shape.b_step = columns
        rounded.pointee.pack(&shape, w, memory.base)
    }

    /// Some columns of a matrix stored `[columns, terms]`, from a multiple of 32 on.
    func pack(columns part: Range<Int>, ofTransposed w: UnsafePointer<Float>) {
        let w = w + part.lowerBound * terms
        guard let rounded = kernels.bfloat16 else {
            return ck_conv_pack_turned(
                kernels.lanes, 1, 1, part.count, terms, w, memory.base + part.lowerBound * terms)
        }
        var shape = ck_product()
        shape.terms = terms
        shape.columns = part.count
        shape.b_column = terms
        shape.b_step = 1
        rounded.pointee.pack(&shape, w, memory.base + ck_bfloat16_floats(terms, part.lowerBound))
    }
}
