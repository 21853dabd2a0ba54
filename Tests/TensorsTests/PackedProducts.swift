import CKernels
import Tensors
import Testing

/// Kernels whose right matrix may be packed before.
struct PackedProducts {
    typealias Numbers = UnsafePointer<Float>
    typealias Results = UnsafeMutablePointer<Float>
    let product: (UnsafePointer<ck_product>, Numbers, Numbers, Results, Results) -> Void
    let pack: (UnsafePointer<ck_product>, Numbers, Results) -> Void
    /// What a packed matrix of so many terms and columns takes; also where its columns from there on begin.
    let floats: (Int, Int) -> Int

    /// A packed matrix, whole and in parts of its columns, gives the bits of one that is not.
    func expectTheSameBits(_ shape: ProductKernelTests.Shape) {
        let (m, n, k) = (shape.rows, shape.columns, shape.terms)
        let a = KernelTests.numbers(m * (k + 3), 1)
        let b = KernelTests.numbers(k * n, 2)
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        for (isTransposed, adds) in [(false, false), (true, false), (false, true), (true, true)] {
            var part = ck_product(
                rows: m, columns: n, terms: k, a_row: k + 3, a_step: 1, b_column: isTransposed ? k : 1,
                b_step: isTransposed ? 1 : n, c_row: n + 2, add: adds ? 1 : 0, packed: 0)
            let before = KernelTests.numbers(m * (n + 2), 4)
            var expected = before
            product(&part, a, b, &expected, scratch.base)
            let packed = FloatMemory(count: floats(k, n))
            packed.base.update(repeating: .nan, count: packed.count)
            pack(&part, b, packed.base)
            part.packed = 1
            for width in [n, 32, 96] {
                // What an earlier product left there is no number.
                scratch.base.update(repeating: .nan, count: scratch.count)
                let c = FloatMemory(count: before.count)
                c.base.update(from: before, count: before.count)
                for first in stride(from: 0, to: n, by: width) {
                    part.columns = min(width, n - first)
                    product(&part, a, packed.base + floats(k, first), c.base + first, scratch.base)
                }
                #expect(expected.indices.allSatisfy { c.base[$0] == expected[$0] }, "\(isTransposed) \(adds) \(width)")
            }
        }
    }
}
