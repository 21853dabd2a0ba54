import CKernels
import Tensors
import Testing

/// Every kernel at every level against the plainest loop in double, on sizes that fill no vector.
@Suite struct KernelTests {
    static func numbers(_ count: Int, _ stream: UInt64) -> [Float] {
        let random = Philox(seed: 77, purpose: .noise)
        return (0..<count).map { 2 * random.uniform(step: stream, index: UInt64($0)) - 1 }
    }

    static func table(_ level: CPULevel) throws -> ck_table { try #require(Kernels(level: level)).table.pointee }

    static func distance(_ a: [Float], _ b: [Double]) -> Double {
        guard a.count == b.count else { return .infinity }
        return zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0
    }

    @Test(arguments: Kernels.available, [1, 3, 17, 33, 70])
    func finishesAndUnfinishes(_ level: CPULevel, cols: Int) throws {
        let table = try Self.table(level)
        let rows = 3
        let ld = cols + 5
        let x = Self.numbers(rows * ld, 1)
        let bias = Self.numbers(cols, 2)
        let mask = Self.numbers(rows * cols, 3).map { UInt8($0 > 0 ? 1 : 0) }
        for (act, function) in [
            (0, { $0 }), (1, { max(0, $0) }), (2, { tanhReference($0) }),
        ] as [(Int32, (Double) -> Double)] {
            var y = x
            table.finish(&y, ld, rows, cols, bias, act, mask, cols, 1.5)
            let expected = x.indices.map { i -> Double in
                let (row, col) = (i / ld, i % ld)
                guard col < cols else { return Double(x[i]) }
                return mask[row * cols + col] == 0 ? 0 : function(Double(x[i]) + Double(bias[col])) * 1.5
            }
            #expect(Self.distance(y, expected) < 1e-6)
        }
        for (act, slope) in [
            (1, { $0 > 0 ? 1.5 : 0 }), (2, { 1 - $0 * $0 }),
        ] as [(Int32, (Double) -> Double)] {
            var dy = bias + Self.numbers(rows * ld - cols, 4)
            let before = dy
            table.unfinish(&dy, x, ld, rows, cols, act, 1.5)
            let expected = x.indices.map { i in
                i % ld < cols ? Double(before[i]) * slope(Double(x[i])) : Double(before[i])
            }
            #expect(Self.distance(dy, expected) < 1e-6)
        }
    }

    @Test(arguments: Kernels.available)
    func tanhIsAccurateEverywhere(_ level: CPULevel) throws {
        let table = try Self.table(level)
        var y = (-4000...4000).map { Float($0) / 300 } + [.infinity, -.infinity, 1e-20, 0]
        let x = y
        table.finish(&y, y.count, 1, y.count, nil, 2, nil, 0, 1)
        for (value, argument) in zip(y, x) {
            let expected = tanhReference(Double(argument))
            #expect(abs(Double(value) - expected) <= 4e-7 * abs(expected) + 1e-30, "tanh \(argument)")
        }
    }

    @Test(arguments: Kernels.available)
    func keepsNotANumber(_ level: CPULevel) throws {
        let table = try Self.table(level)
        for act in [0, 1, 2] as [Int32] {
            var y = [Float](repeating: 1, count: 37)
            y[20] = .nan
            table.finish(&y, 37, 1, 37, nil, act, nil, 0, 1)
            #expect(y.indices.filter { y[$0].isNaN } == [20])
        }
        var x = [Float](repeating: 1, count: 40)
        x[3] = .nan
        #expect(table.sum_of_squares(x, 40).isNaN)
        x[3] = .infinity
        #expect(table.sum_of_squares(x, 40) == .infinity)
        var shape = ck_pool(height: 2, width: 2, channels: 1, size: 2, stride: 2, out_height: 1, out_width: 1)
        var pooled: [Float] = [0]
        var place: [UInt8] = [0]
        table.pool(&shape, [1, .nan, 3, 4], &pooled, &place, 1)
        #expect(pooled[0].isNaN && place[0] == 1)
    }

    @Test(arguments: Kernels.available, [1, 15, 64, 131])
    func elementwise(_ level: CPULevel, count n: Int) throws {
        let table = try Self.table(level)
        let a = Self.numbers(n, 5)
        let b = Self.numbers(n, 6)
        var sum = a
        table.add(&sum, b, n)
        #expect(sum == zip(a, b).map(+))
        var average = a
        table.approach(&average, b, n, 0.25)
        #expect(Self.distance(average, zip(a, b).map { Double($0) + (Double($1) - Double($0)) * 0.25 }) < 1e-6)
        var dropped = a
        let mask = b.map { UInt8($0 > 0 ? 1 : 0) }
        table.drop(&dropped, a, mask, n, 2)
        #expect(dropped == zip(a, mask).map { $1 == 0 ? 0 : $0 * 2 })
        let expected = a.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(table.sum_of_squares(a, n) - expected) < 1e-12 * Double(n))
    }

    @Test(arguments: Kernels.available, [1, 7, 16, 67])
    func columns(_ level: CPULevel, cols: Int) throws {
        let table = try Self.table(level)
        let rows = 9
        let x = Self.numbers(rows * cols, 7)
        let dy = Self.numbers(rows * cols, 8)
        let (a, b, c) = (Self.numbers(cols, 9), Self.numbers(cols, 10), Self.numbers(cols, 11))
        func column(_ j: Int, _ term: (Int) -> Double) -> Double { (0..<rows).reduce(0) { $0 + term($1 * cols + j) } }
        var sums = a
        table.column_sums(x, cols, rows, cols, &sums, 1)
        #expect(Self.distance(sums, (0..<cols).map { j in Double(a[j]) + column(j) { Double(x[$0]) } }) < 1e-5)
        table.column_sums(x, cols, rows, cols, &sums, 0)
        #expect(Self.distance(sums, (0..<cols).map { j in column(j) { Double(x[$0]) } }) < 1e-5)
        var (first, second) = ([Double](repeating: 9, count: cols), [Double](repeating: 9, count: cols))
        table.moments(x, rows, cols, &first, &second)
        for j in 0..<cols {
            #expect(abs(first[j] - column(j) { Double(x[$0]) }) < 1e-12)
            #expect(abs(second[j] - column(j) { Double(x[$0]) * Double(x[$0]) }) < 1e-12)
        }
        table.norm_sums(dy, x, a, rows, cols, &first, &second)
        for j in 0..<cols {
            #expect(abs(first[j] - column(j) { Double(dy[$0]) }) < 1e-12)
            #expect(abs(second[j] - column(j) { Double(dy[$0]) * (Double(x[$0]) - Double(a[j])) }) < 1e-12)
        }
        var y = [Float](repeating: 0, count: rows * cols)
        table.affine(&y, x, a, b, rows, cols, 1)
        let positive = x.indices.map { max(0, Double(x[$0]) * Double(a[$0 % cols]) + Double(b[$0 % cols])) }
        #expect(Self.distance(y, positive) < 1e-6)
        table.scale_columns(&y, x, a, rows, cols)
        #expect(y == x.indices.map { x[$0] * a[$0 % cols] })
        table.norm_back(&y, dy, x, a, b, c, rows, cols)
        let back = x.indices.map {
            Double(dy[$0]) * Double(a[$0 % cols]) + Double(x[$0]) * Double(b[$0 % cols]) + Double(c[$0 % cols])
        }
        #expect(Self.distance(y, back) < 1e-6)
    }

    @Test(arguments: Kernels.available, [1, 5, 130, 300])
    func masksArePhiloxs(_ level: CPULevel, units: Int) throws {
        let table = try Self.table(level)
        let (seed, step, layer, threshold) = (0x1234_5678_9abc_def0 as UInt64, 7 as UInt64, 3, 20_000)
        var mask = [UInt8](repeating: 9, count: 2 * units)
        table.drop_mask(
            &mask, units, 2, units, 21, UInt32(layer), step, seed, RandomPurpose.dropout.rawValue, UInt32(threshold))
        let philox = Philox(seed: seed, purpose: .dropout)
        for row in 0..<2 {
            for unit in 0..<units {
                let (group, within) = (unit / 128, unit % 128)
                let index = UInt64(layer) << 48 | UInt64(21 + row) << 28 | UInt64(group * 16 + within % 16)
                let half = within / 16
                let word = philox.block(step: step, index: index)[half / 2]
                let bits = half % 2 == 0 ? word & 0xffff : word >> 16
                #expect(mask[row * units + unit] == (bits >= threshold ? 1 : 0), "row \(row), unit \(unit)")
            }
        }
    }
}

/// tanh in double without libm's header, accurate to 1e-15.
func tanhReference(_ x: Double) -> Double {
    if abs(x) < 1e-3 { return x - x * x * x / 3 }
    if abs(x) > 20 { return x < 0 ? -1 : 1 }
    let e = exponential(2 * x)
    return (e - 1) / (e + 1)
}

/// e^x by its series on a reduced argument.
func exponential(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    let small = x / 64
    for i in 1..<25 {
        term *= small / Double(i)
        sum += term
    }
    for _ in 0..<6 { sum *= sum }
    return sum
}
