import CKernels
import Glibc
import Tensors
import Testing

/// Products of operands rounded to bfloat16 against plain loops in double over operands that plain arithmetic on bits has
/// rounded.
@Suite(.enabled(if: ck_select_bfloat16(nil) != nil, "this processor has no dot product of bfloat16"))
struct BFloat16KernelTests {
    /// To the nearest of 8 significant bits, ties to even; zero below the smallest normal number.
    static func rounded(_ x: Float) -> Float {
        guard x.isFinite else { return x }
        guard abs(x) >= .leastNormalMagnitude else { return 0 }
        let bits = x.bitPattern
        let low = bits & 0xffff
        var high = bits >> 16
        if low > 0x8000 || low == 0x8000 && high & 1 == 1 { high += 1 }
        return Float(bitPattern: high << 16)
    }

    /// The units that this processor has: each passes every test.
    static let units = BFloat16Unit.allCases.filter { ck_select_bfloat16($0.rawValue) != nil }

    private static func kernels(_ unit: BFloat16Unit) throws -> ck_bfloat16 {
        try #require(ck_select_bfloat16(unit.rawValue)).pointee
    }

    /// |a - b| / |b|: only the order of the additions is left to differ.
    private static func distance(_ a: [Float], _ b: [Double]) -> Double {
        guard a.count == b.count else { return .infinity }
        let difference = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        return (difference / max(b.reduce(0.0) { $0 + $1 * $1 }, 1e-30)).squareRoot()
    }

    /// More than a block of pairs and of columns, and sizes drawn at random.
    static let shapes =
        ProductKernelTests.shapes
        + [
            ProductKernelTests.Shape(rows: 17, columns: 33, terms: 2049),
            ProductKernelTests.Shape(rows: 16, columns: 401, terms: 641),
        ]
        + (0..<12).map { i in
            let random = Philox(seed: 9, purpose: .noise)
            return ProductKernelTests.Shape(
                rows: 1 + random.below(60, step: 0, index: UInt64(i)),
                columns: 1 + random.below(300, step: 1, index: UInt64(i)),
                terms: 1 + random.below(130, step: 2, index: UInt64(i)))
        }

    @Test(arguments: shapes, units)
    func agreesWithPlainLoops(_ shape: ProductKernelTests.Shape, _ unit: BFloat16Unit) throws {
        let kernels = try Self.kernels(unit)
        let (m, n, k) = (shape.rows, shape.columns, shape.terms)
        let gap = 3
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        // What an earlier product left there is no number.
        scratch.base.update(repeating: .nan, count: scratch.count)
        for (aTransposed, bTransposed, adds) in [
            (false, true, false), (false, false, true), (true, false, false), (true, true, true),
        ] {
            // Rows lie further apart than they are long, and what lies between must stay.
            let lda = (aTransposed ? m : k) + gap
            let ldb = (bTransposed ? k : n) + gap
            let ldc = n + gap
            let a = KernelTests.numbers(lda * (aTransposed ? k : m), 1)
            let b = KernelTests.numbers(ldb * (bTransposed ? n : k), 2)
            let before = KernelTests.numbers(ldc * m, 3)
            var c = before
            var product = ck_product(
                rows: m, columns: n, terms: k, a_row: aTransposed ? 1 : lda, a_step: aTransposed ? lda : 1,
                b_column: bTransposed ? ldb : 1, b_step: bTransposed ? 1 : ldb, c_row: ldc, add: adds ? 1 : 0, packed: 0
            )
            kernels.product(&product, a, b, &c, scratch.base)
            let left = a.map { Double(Self.rounded($0)) }
            let right = b.map { Double(Self.rounded($0)) }
            let expected = c.indices.map { place in
                let (i, j) = (place / ldc, place % ldc)
                guard j < n else { return Double(before[place]) }
                var sum = adds ? Double(before[place]) : 0
                for t in 0..<k {
                    sum +=
                        left[aTransposed ? t * lda + i : i * lda + t] * right[bTransposed ? j * ldb + t : t * ldb + j]
                }
                return sum
            }
            #expect(Self.distance(c, expected) < 1e-6, "\(aTransposed) \(bTransposed) \(adds)")
            #expect(c.indices.allSatisfy { $0 % ldc < n || c[$0] == before[$0] })
        }
    }

    /// A tile of a product has the bits of the whole.
    @Test(arguments: units) func aPartHasTheBitsOfTheWhole(_ unit: BFloat16Unit) throws {
        let kernels = try Self.kernels(unit)
        let (m, n, k) = (40, 128, 1100)
        let a = KernelTests.numbers(m * k, 1)
        let b = KernelTests.numbers(n * k, 2)
        var whole = [Float](repeating: 0, count: m * n)
        let part = FloatMemory(count: m * n)
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        var shape = ck_product(
            rows: m, columns: n, terms: k, a_row: k, a_step: 1, b_column: k, b_step: 1, c_row: n, add: 0, packed: 0)
        kernels.product(&shape, a, b, &whole, scratch.base)
        for rows in [0..<7, 7..<40] {
            for columns in [0..<32, 32..<96, 96..<128] {
                shape.rows = rows.count
                shape.columns = columns.count
                a.withUnsafeBufferPointer { a in
                    b.withUnsafeBufferPointer { b in
                        guard let a = a.baseAddress, let b = b.baseAddress else { return }
                        kernels.product(
                            &shape, a + rows.lowerBound * k, b + columns.lowerBound * k,
                            part.base + rows.lowerBound * n + columns.lowerBound, scratch.base)
                    }
                }
            }
        }
        #expect((0..<m * n).allSatisfy { whole[$0] == part.base[$0] })
    }

    @Test(arguments: shapes, units)
    func aPackedMatrixGivesTheSameBits(_ shape: ProductKernelTests.Shape, _ unit: BFloat16Unit) throws {
        let kernels = try Self.kernels(unit)
        PackedProducts(
            product: { kernels.product($0, $1, $2, $3, $4) }, pack: { kernels.pack($0, $1, $2) },
            floats: { ck_bfloat16_floats($0, $1) }
        ).expectTheSameBits(shape)
    }

    /// Numbers whose end is the end of the memory that may be read.
    private final class Fenced {
        let base: UnsafeMutablePointer<Float>
        private let pages: UnsafeMutableRawPointer
        private let bytes: Int

        init(_ numbers: [Float]) throws {
            let page = Int(getpagesize())
            let size = numbers.count * MemoryLayout<Float>.stride
            let whole = (size + page - 1) / page * page
            bytes = whole + page
            pages = try #require(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
            try #require(pages != MAP_FAILED && mprotect(pages + whole, page, PROT_NONE) == 0)
            base = (pages + whole - size).bindMemory(to: Float.self, capacity: numbers.count)
            base.initialize(from: numbers, count: numbers.count)
        }

        deinit { munmap(pages, bytes) }
    }

    /// A read beyond would end the process.
    @Test(
        arguments: [
            (1, 1, 1), (3, 5, 7), (14, 17, 33), (15, 33, 31), (5, 40, 66), (29, 16, 3), (16, 16, 32), (32, 32, 64),
            (33, 48, 63),
        ], units)
    func nothingBeyondTheMatricesIsRead(_ size: (m: Int, n: Int, k: Int), _ unit: BFloat16Unit) throws {
        let kernels = try Self.kernels(unit)
        let (m, n, k) = size
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        let a = try Fenced(KernelTests.numbers(m * k, 1))
        let b = try Fenced(KernelTests.numbers(n * k, 2))
        let c = try Fenced(KernelTests.numbers(m * n, 3))
        let packed = FloatMemory(count: ck_bfloat16_floats(k, n))
        for (aTransposed, bTransposed) in [(false, false), (false, true), (true, false), (true, true)] {
            var shape = ck_product(
                rows: m, columns: n, terms: k, a_row: aTransposed ? 1 : k, a_step: aTransposed ? m : 1,
                b_column: bTransposed ? k : 1, b_step: bTransposed ? 1 : n, c_row: n, add: 1, packed: 0)
            kernels.product(&shape, a.base, b.base, c.base, scratch.base)
            kernels.pack(&shape, b.base, packed.base)
            if !aTransposed {
                shape.packed = 1
                kernels.product(&shape, a.base, packed.base, c.base, scratch.base)
            }
        }
        #expect((0..<m * n).allSatisfy { c.base[$0].isFinite })
    }

    /// Ties go to the even neighbour, what is too large to infinity, what is below the normal numbers to zero.
    @Test(
        arguments: [
            (1.001_953_125, 1), (1.003_906_25, 1), (1.003_906_4, 1.007_812_5), (1.011_718_75, 1.015_625),
            (-1.011_718_75, -1.015_625), (3.4e38, .infinity), (.infinity, .infinity),
            (.leastNonzeroMagnitude * 1000, 0), (0, 0),
            (.leastNormalMagnitude, .leastNormalMagnitude),
        ] as [(Float, Float)], units)
    func roundsToTheNearest(_ pair: (value: Float, expected: Float), _ unit: BFloat16Unit) throws {
        let kernels = try Self.kernels(unit)
        let (value, expected) = pair
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        for (aStep, bStep) in [(1, 1), (2, 1), (1, 2), (2, 2)] {
            var shape = ck_product(
                rows: 1, columns: 1, terms: 1, a_row: 1, a_step: aStep, b_column: 1, b_step: bStep, c_row: 1, add: 0,
                packed: 0)
            var c: Float = 9
            kernels.product(&shape, [value], [1], &c, scratch.base)
            #expect(c == expected)
            kernels.product(&shape, [1], [value], &c, scratch.base)
            #expect(c == expected)
        }
        #expect(Self.rounded(value) == expected)
    }

    @Test(arguments: units) func whatIsNoNumberStaysNone(_ unit: BFloat16Unit) throws {
        let kernels = try Self.kernels(unit)
        let scratch = FloatMemory(count: Int(CK_PRODUCT_SCRATCH))
        var shape = ck_product(
            rows: 1, columns: 1, terms: 3, a_row: 3, a_step: 1, b_column: 3, b_step: 1, c_row: 1, add: 0, packed: 0)
        for place in 0..<3 {
            var a: [Float] = [1, 1, 1]
            a[place] = .nan
            var c: Float = 0
            kernels.product(&shape, a, [1, 1, 1], &c, scratch.base)
            #expect(c.isNaN)
        }
    }

    /// Lower levels have none, so that a test or `SIMMER_CPU_LEVEL` can do without.
    @Test(arguments: Kernels.available) func belongsToTheHighestLevel(_ level: CPULevel) throws {
        let kernels = try #require(Kernels(level: level))
        #expect(kernels.bfloat16 == nil)
        #expect((kernels.withBFloat16Products?.bfloat16 != nil) == (level == .v4))
        for unit in BFloat16Unit.allCases {
            #expect(kernels.with(unit)?.bfloat16Unit == (level == .v4 && Self.units.contains(unit) ? unit : nil))
        }
    }
}
