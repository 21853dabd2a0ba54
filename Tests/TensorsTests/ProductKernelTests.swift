import CKernels
import Tensors
import Testing

/// The products of every level against plain loops in double.
@Suite struct ProductKernelTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var rows: Int, columns: Int, terms: Int
        var testDescription: String { "\(rows) x \(columns) x \(terms)" }
    }

    /// Odd sizes, few terms or columns, small matrices that are read where they lie, single rows and columns, more than a block of terms and of columns, rows a multiple of 2 KiB long.
    static let shapes = [
        Shape(rows: 1, columns: 1, terms: 1), Shape(rows: 13, columns: 31, terms: 7),
        Shape(rows: 15, columns: 33, terms: 40), Shape(rows: 29, columns: 97, terms: 513),
        Shape(rows: 3, columns: 300, terms: 20), Shape(rows: 43, columns: 65, terms: 512),
        Shape(rows: 9, columns: 270, terms: 1031), Shape(rows: 33, columns: 64, terms: 30),
        Shape(rows: 32, columns: 30, terms: 32), Shape(rows: 37, columns: 2, terms: 64),
        Shape(rows: 21, columns: 3, terms: 67), Shape(rows: 5, columns: 4, terms: 19),
        Shape(rows: 20, columns: 1, terms: 100),
    ]

    /// Rows close together, as a whole's are, or apart.
    @Test(arguments: shapes, Kernels.available)
    func agreeWithPlainLoops(_ shape: Shape, _ level: CPULevel) throws {
        for gap in [0, 1, 3] { try agrees(shape, level, gap: gap) }
    }

    private func agrees(_ shape: Shape, _ level: CPULevel, gap: Int) throws {
        let table = try #require(Kernels(level: level)).table
        let random = Philox(seed: 5, purpose: .noise)
        let (m, n, k) = (shape.rows, shape.columns, shape.terms)
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        for (aTransposed, bTransposed, adds) in [
            (false, true, false), (false, false, true), (true, false, false), (true, false, true),
        ] {
            // Rows lie further apart than they are long, and what lies between must stay.
            let lda = (aTransposed ? m : k) + gap
            let ldb = (bTransposed ? k : n) + gap
            let ldc = n + gap
            let a = FloatMemory(count: lda * (aTransposed ? k : m))
            let b = FloatMemory(count: ldb * (bTransposed ? n : k))
            let c = FloatMemory(count: ldc * m)
            for i in 0..<a.count { a.base[i] = 2 * random.uniform(step: 0, index: UInt64(i)) - 1 }
            for i in 0..<b.count { b.base[i] = 2 * random.uniform(step: 1, index: UInt64(i)) - 1 }
            for i in 0..<c.count { c.base[i] = random.uniform(step: 2, index: UInt64(i)) }
            let before = (0..<c.count).map { c.base[$0] }
            var product = ck_product(
                rows: m, columns: n, terms: k, a_row: aTransposed ? 1 : lda, a_step: aTransposed ? lda : 1,
                b_column: bTransposed ? ldb : 1, b_step: bTransposed ? 1 : ldb, c_row: ldc, add: adds ? 1 : 0, packed: 0
            )
            table.pointee.product(&product, a.base, b.base, c.base, scratch.base)
            var worst = 0.0
            for i in 0..<m {
                for j in 0..<n {
                    var sum = adds ? Double(before[i * ldc + j]) : 0
                    for t in 0..<k {
                        let left = aTransposed ? a.base[t * lda + i] : a.base[i * lda + t]
                        let right = bTransposed ? b.base[j * ldb + t] : b.base[t * ldb + j]
                        sum += Double(left) * Double(right)
                    }
                    worst = max(worst, abs(Double(c.base[i * ldc + j]) - sum))
                }
                for j in n..<ldc where i < m - 1 { #expect(c.base[i * ldc + j] == before[i * ldc + j]) }
            }
            #expect(worst < 2e-7 * Double(k) + 1e-6, "\(aTransposed) \(bTransposed) \(adds)")
        }
    }

    struct Cuts: Sendable {
        var columns: [Range<Int>], terms: Int, bTransposed: Bool
    }

    /// A tile of a product has the bits of the whole: packed, of few columns, and read where the right matrix lies.
    @Test(
        arguments: [
            Cuts(columns: [0..<32, 32..<96, 96..<128], terms: 700, bTransposed: true),
            Cuts(columns: [0..<1, 1..<4], terms: 70, bTransposed: true),
            Cuts(columns: [0..<32, 32..<64, 64..<96], terms: 60, bTransposed: false),
        ], Kernels.available)
    func aPartHasTheBitsOfTheWhole(_ cuts: Cuts, _ level: CPULevel) throws {
        let table = try #require(Kernels(level: level)).table
        let random = Philox(seed: 6, purpose: .noise)
        let (m, n, k) = (40, cuts.columns.last?.upperBound ?? 0, cuts.terms)
        let a = FloatMemory(count: m * k)
        let b = FloatMemory(count: n * k)
        let whole = FloatMemory(count: m * n)
        let part = FloatMemory(count: m * n)
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        for i in 0..<a.count { a.base[i] = random.uniform(step: 0, index: UInt64(i)) }
        for i in 0..<b.count { b.base[i] = random.uniform(step: 1, index: UInt64(i)) - 0.5 }
        var shape = ck_product(
            rows: m, columns: n, terms: k, a_row: k, a_step: 1, b_column: cuts.bTransposed ? k : 1,
            b_step: cuts.bTransposed ? 1 : n, c_row: n, add: 0, packed: 0)
        table.pointee.product(&shape, a.base, b.base, whole.base, scratch.base)
        for rows in [0..<7, 7..<40] {
            for columns in cuts.columns {
                shape.rows = rows.count
                shape.columns = columns.count
                table.pointee.product(
                    &shape, a.base + rows.lowerBound * k, b.base + columns.lowerBound * shape.b_column,
                    part.base + rows.lowerBound * n + columns.lowerBound, scratch.base)
            }
        }
        #expect((0..<m * n).allSatisfy { whole.base[$0] == part.base[$0] })
    }

    @Test(arguments: shapes.filter { $0.columns > 4 }, Kernels.available)
    func aPackedMatrixGivesTheSameBits(_ shape: Shape, _ level: CPULevel) throws {
        let kernels = try #require(Kernels(level: level))
        let table = kernels.table.pointee
        PackedProducts(
            product: { table.product($0, $1, $2, $3, $4) }, pack: { table.pack($0, $1, $2) },
            floats: { terms, columns in terms * ck_conv_padded(kernels.lanes, columns) }
        ).expectTheSameBits(shape)
    }
}
