import CKernels
import Tensors
import Testing

/// The direct convolution and pooling against the definition, on channels that fill no vector, one, and several.
@Suite struct ConvolutionKernelTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var height: Int, width: Int, channels: Int, kernel: Int, stride: Int, out: Int
        var testDescription: String { "\(height)x\(width)x\(channels), kernel \(kernel)/\(stride) to \(out)" }
        var conv: ck_conv {
            ck_conv(
                height: height, width: width, channels: channels, kernel: kernel, stride: stride,
                out_height: (height - kernel) / stride + 1, out_width: (width - kernel) / stride + 1, out_channels: out)
        }
        static let all = [
            Shape(height: 5, width: 7, channels: 1, kernel: 3, stride: 1, out: 1),
            Shape(height: 9, width: 30, channels: 3, kernel: 3, stride: 1, out: 16),
            Shape(height: 6, width: 17, channels: 5, kernel: 2, stride: 1, out: 33),
            Shape(height: 8, width: 9, channels: 16, kernel: 3, stride: 2, out: 40),
            Shape(height: 5, width: 5, channels: 7, kernel: 5, stride: 1, out: 64),
            Shape(height: 4, width: 15, channels: 13, kernel: 1, stride: 1, out: 12),
        ]
    }

    @Test(arguments: Shape.all, Kernels.available)
    func convolves(_ shape: Shape, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        var s = shape.conv
        let rows = shape.kernel * shape.kernel * shape.channels
        let x = KernelTests.numbers(shape.height * shape.width * shape.channels, 1)
        let w = KernelTests.numbers(rows * shape.out, 2)
        let bias = KernelTests.numbers(shape.out, 3)
        var packed = [Float](repeating: 9, count: rows * ck_conv_padded(table.lanes, shape.out))
        ck_conv_pack(table.lanes, rows, shape.out, w, &packed)
        let count = s.out_height * s.out_width * shape.out
        var y = [Float](repeating: .nan, count: count + 3)
        table.conv(&s, x, packed, bias, &y, 1)
        var expected = [Double](repeating: 0, count: count)
        each(shape) { pixel, k, input in
            for o in 0..<shape.out {
                expected[pixel * shape.out + o] += Double(x[input]) * Double(w[k * shape.out + o])
            }
        }
        for i in 0..<count { expected[i] = max(0, expected[i] + Double(bias[i % shape.out])) }
        #expect(KernelTests.distance(Array(y[..<count]), expected) < 2e-5)
        #expect(y[count...].allSatisfy { $0.isNaN }, "wrote past the end")
    }

    /// Shapes whose tiles fill one part and several.
    private static let winogradShapes = [
        Shape(height: 6, width: 8, channels: 32, kernel: 3, stride: 1, out: 64),
        Shape(height: 4, width: 4, channels: 64, kernel: 3, stride: 1, out: 32),
        Shape(height: 28, width: 26, channels: 32, kernel: 3, stride: 1, out: 32),
        Shape(height: 34, width: 18, channels: 16, kernel: 3, stride: 1, out: 16),
        Shape(height: 12, width: 6, channels: 48, kernel: 3, stride: 1, out: 16),
        Shape(height: 6, width: 14, channels: 16, kernel: 3, stride: 1, out: 48),
    ]

    @Test(arguments: winogradShapes, Kernels.available)
    func convolvesByWinograd(_ shape: Shape, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        var s = shape.conv
        let x = KernelTests.numbers(shape.height * shape.width * shape.channels, 1)
        let w = KernelTests.numbers(9 * shape.channels * shape.out, 2)
        let bias = KernelTests.numbers(shape.out, 3)
        var u = [Float](repeating: .nan, count: 16 * shape.channels * shape.out)
        table.winograd_pack(shape.channels, shape.out, 0, shape.channels, w, &u)
        let count = s.out_height * s.out_width * shape.out
        var y = [Float](repeating: .nan, count: count + 3)
        var scratch = [Float](repeating: .nan, count: table.winograd_scratch(&s))
        table.winograd(&s, x, u, bias, &y, 1, &scratch)
        var expected = [Double](repeating: 0, count: count)
        each(shape) { pixel, k, input in
            for o in 0..<shape.out {
                expected[pixel * shape.out + o] += Double(x[input]) * Double(w[k * shape.out + o])
            }
        }
        for i in 0..<count { expected[i] = max(0, expected[i] + Double(bias[i % shape.out])) }
        #expect(KernelTests.distance(Array(y[..<count]), expected) < 5e-5)
        #expect(y[count...].allSatisfy { $0.isNaN }, "wrote past the end")
    }

    @Test(arguments: winogradShapes, Kernels.available)
    func addsWeightGradientsByWinograd(_ shape: Shape, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        var s = shape.conv
        let weights = shape.channels * shape.out
        var sums = [Float](repeating: 0, count: 16 * weights)
        var scratch = [Float](repeating: .nan, count: table.winograd_scratch(&s))
        var expected = [Double](repeating: 0, count: 9 * weights)
        // Two images, one after the other.
        for image in 0..<2 {
            let x = KernelTests.numbers(shape.height * shape.width * shape.channels, UInt64(4 + 2 * image))
            let dy = KernelTests.numbers(s.out_height * s.out_width * shape.out, UInt64(5 + 2 * image))
            table.winograd_weights(&s, x, dy, &sums, &scratch)
            each(shape) { pixel, k, input in
                for o in 0..<shape.out {
                    expected[k * shape.out + o] += Double(x[input]) * Double(dy[pixel * shape.out + o])
                }
            }
        }
        var dw = [Float](repeating: .nan, count: 9 * weights)
        for first in stride(from: 0, to: shape.channels, by: 16) {
            table.winograd_unpack(shape.channels, shape.out, first, first + 16, sums, &dw)
        }
        #expect(KernelTests.distance(dw, expected) < 5e-5)
    }

    /// The turned places are those of the turned kernel with its channels changed over.
    @Test(arguments: Kernels.available, [(32, 64), (16, 48), (48, 16)])
    func turnsWinogradsWeights(_ level: CPULevel, _ counts: (Int, Int)) throws {
        let table = try KernelTests.table(level)
        let (channels, out) = counts
        let w = KernelTests.numbers(9 * channels * out, 2)
        var changed = [Float](repeating: 0, count: w.count)
        for place in 0..<9 {
            for c in 0..<channels {
                for o in 0..<out {
                    changed[((8 - place) * out + o) * channels + c] = w[(place * channels + c) * out + o]
                }
            }
        }
        var u = [Float](repeating: 0, count: 16 * channels * out)
        var turned = [Float](repeating: .nan, count: u.count)
        var expected = [Float](repeating: .nan, count: u.count)
        // In parts, as tiles do it.
        for first in stride(from: 0, to: channels, by: 16) {
            table.winograd_pack(channels, out, first, first + 16, w, &u)
            table.winograd_turn(channels, out, first, first + 16, u, &turned)
        }
        table.winograd_pack(out, channels, 0, out, changed, &expected)
        #expect(KernelTests.distance(turned, expected.map { Double($0) }) < 1e-6)
    }

    /// Strides that leave rows and columns of the input without a product, and kernels smaller than the stride.
    @Test(
        arguments: [
            (Shape(height: 8, width: 8, channels: 16, kernel: 3, stride: 2, out: 32), 1),
            (Shape(height: 9, width: 7, channels: 3, kernel: 3, stride: 2, out: 5), 1),
            (Shape(height: 11, width: 12, channels: 20, kernel: 5, stride: 3, out: 17), 2),
            (Shape(height: 7, width: 6, channels: 33, kernel: 1, stride: 2, out: 40), 0),
            (Shape(height: 10, width: 10, channels: 5, kernel: 4, stride: 2, out: 6), 3),
            (Shape(height: 6, width: 35, channels: 16, kernel: 3, stride: 1, out: 16), 1),
            (Shape(height: 9, width: 9, channels: 8, kernel: 5, stride: 2, out: 8), 0),
            (Shape(height: 5, width: 5, channels: 2, kernel: 5, stride: 4, out: 2), 4),
        ], Kernels.available)
    func passesGradientsBack(_ argument: (Shape, Int), _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        let (shape, padding) = argument
        let (kernel, step) = (shape.kernel, shape.stride)
        let outHeight = (shape.height + 2 * padding - kernel) / step + 1
        let outWidth = (shape.width + 2 * padding - kernel) / step + 1
        let dy = KernelTests.numbers(outHeight * outWidth * shape.out, 4)
        let w = KernelTests.numbers(kernel * kernel * shape.channels * shape.out, 5)
        var expected = [Double](repeating: 0, count: shape.height * shape.width * shape.channels)
        for pixel in 0..<outHeight * outWidth {
            for place in 0..<kernel * kernel {
                let y = pixel / outWidth * step + place / kernel - padding
                let x = pixel % outWidth * step + place % kernel - padding
                guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { continue }
                for c in 0..<shape.channels {
                    for o in 0..<shape.out {
                        expected[(y * shape.width + x) * shape.channels + c] +=
                            Double(dy[pixel * shape.out + o]) * Double(w[(place * shape.channels + c) * shape.out + o])
                    }
                }
            }
        }
        let margin = (kernel + step - 1) / step - 1 - padding / step
        var s = ck_conv(
            height: margin + max(outHeight, (shape.height - 1 + padding) / step + 1),
            width: margin + max(outWidth, (shape.width - 1 + padding) / step + 1), channels: shape.out, kernel: kernel,
            stride: step, out_height: shape.height, out_width: shape.width, out_channels: shape.channels)
        var placed = [Float](repeating: .nan, count: s.height * s.width * shape.out)
        ck_place(dy, outHeight, outWidth, shape.out, margin, margin, 1, &placed, s.height, s.width)
        var packed = [Float](
            repeating: .nan, count: kernel * kernel * shape.out * ck_conv_padded(table.lanes, shape.channels))
        ck_conv_pack_turned(table.lanes, kernel, step, shape.channels, shape.out, w, &packed)
        var dx = [Float](repeating: .nan, count: expected.count + 3)
        table.conv_back(&s, padding, placed, packed, &dx)
        #expect(KernelTests.distance(Array(dx[..<expected.count]), expected) < 2e-5)
        #expect(dx[expected.count...].allSatisfy { $0.isNaN }, "wrote past the end")
    }

    @Test(arguments: Shape.all, Kernels.available)
    func addsWeightGradients(_ shape: Shape, _ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        var s = shape.conv
        let rows = shape.kernel * shape.kernel * shape.channels
        let wide = ck_conv_padded(table.lanes, shape.out)
        let pixels = s.out_height * s.out_width
        let x = KernelTests.numbers(shape.height * shape.width * shape.channels, 4)
        let dy = KernelTests.numbers(pixels * wide, 5)
        let start = KernelTests.numbers(rows * shape.out, 6)
        var sums = [Float](repeating: 0, count: rows * wide)
        ck_conv_pack(table.lanes, rows, shape.out, start, &sums)
        table.conv_weights(&s, x, dy, wide, &sums)
        var dw = [Float](repeating: 0, count: rows * shape.out)
        for column in stride(from: 0, to: shape.out, by: 2 * table.lanes) {
            ck_conv_unpack(table.lanes, rows, shape.out, column, 0, rows, sums, &dw)
        }
        var expected = start.map { Double($0) }
        each(shape) { pixel, k, input in
            for o in 0..<shape.out { expected[k * shape.out + o] += Double(x[input]) * Double(dy[pixel * wide + o]) }
        }
        #expect(KernelTests.distance(dw, expected) < 5e-5)
    }

    /// Every product of the definition: output pixel, row of the weights, place in the input.
    private func each(_ shape: Shape, _ body: (Int, Int, Int) -> Void) {
        let s = shape.conv
        for oy in 0..<s.out_height {
            for ox in 0..<s.out_width {
                for ky in 0..<shape.kernel {
                    for kx in 0..<shape.kernel {
                        for c in 0..<shape.channels {
                            let (iy, ix) = (oy * shape.stride + ky, ox * shape.stride + kx)
                            body(
                                oy * s.out_width + ox, (ky * shape.kernel + kx) * shape.channels + c,
                                (iy * shape.width + ix) * shape.channels + c)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: Kernels.available, [(2, 2), (3, 2), (2, 3), (3, 1)])
    func pools(_ level: CPULevel, _ window: (Int, Int)) throws {
        let table = try KernelTests.table(level)
        let (size, step) = window
        for (height, width, channels) in [(6, 8, 3), (7, 9, 16), (6, 6, 37)] {
            let (oh, ow) = ((height - size) / step + 1, (width - size) / step + 1)
            var s = ck_pool(
                height: height, width: width, channels: channels, size: size, stride: step, out_height: oh,
                out_width: ow)
            let x = KernelTests.numbers(height * width * channels, 7)
            let dy = KernelTests.numbers(oh * ow * channels, 8)
            var y = [Float](repeating: 9, count: oh * ow * channels)
            var places = [UInt8](repeating: 99, count: y.count)
            var dx = [Float](repeating: 9, count: x.count)
            table.pool(&s, x, &y, &places, 1)
            table.pool_back(&s, dy, y, places, &dx, 1)
            var expected = [Float](repeating: 0, count: y.count)
            var back = [Double](repeating: 0, count: x.count)
            for i in y.indices {
                let (pixel, c) = (i / channels, i % channels)
                let corner = pixel / ow * step * width + pixel % ow * step
                let window = (0..<size * size).map { (corner + $0 / size * width + $0 % size) * channels + c }
                let winner = try #require(window.max { x[$0] < x[$1] })
                expected[i] = max(0, x[winner])
                if x[winner] > 0 { back[winner] += Double(dy[i]) }
            }
            #expect(y == expected)
            #expect(KernelTests.distance(dx, back) < 1e-6)
        }
    }

    @Test func placesAnImageAmongZeros() {
        var out = [Float](repeating: 9, count: 6 * 7 * 2)
        let image = KernelTests.numbers(2 * 3 * 2, 9)
        ck_place(image, 2, 3, 2, 1, 2, 2, &out, 6, 7)
        for i in out.indices {
            let (y, x, c) = (i / 14, i / 2 % 7, i % 2)
            let isInside = (y == 1 || y == 3) && [2, 4, 6].contains(x)
            #expect(out[i] == (isInside ? image[(((y - 1) / 2) * 3 + (x - 2) / 2) * 2 + c] : 0))
        }
    }

    @Test(arguments: Kernels.available, [2, 3, 10, 37])
    func losses(_ level: CPULevel, classes: Int) throws {
        let table = try KernelTests.table(level)
        let rows = 37
        let logits = KernelTests.numbers(rows * classes, 10).map { $0 * 8 }
        let labels = (0..<rows).map { Int32($0 % classes) }
        var losses = [Float](repeating: 0, count: rows)
        var gradient = [Float](repeating: 0, count: logits.count)
        let correct = table.cross_entropy(logits, labels, rows, classes, 0.2, 0, nil, &losses, &gradient)
        var hits = 0
        for row in 0..<rows {
            let own = logits[row * classes..<(row + 1) * classes].map { Double($0) }
            let sum = own.reduce(0) { $0 + exponential($1) }
            let label = Int(labels[row])
            // Softmax of the label is e^-loss.
            #expect(abs(exponential(-Double(losses[row])) - exponential(own[label]) / sum) < 1e-6)
            for j in 0..<classes {
                let expected = 0.2 * (exponential(own[j]) / sum - (j == label ? 1 : 0))
                #expect(abs(Double(gradient[row * classes + j]) - expected) < 1e-6)
            }
            if own.max() == own[label] { hits += 1 }
        }
        #expect(correct == hits)
        // A row without a label, or with one that is no class, changes nothing for its neighbours.
        var wrong = labels
        wrong[20] = .min
        wrong[3] = Int32(classes)
        var (otherLosses, otherGradient) = (losses, gradient)
        _ = table.cross_entropy(logits, wrong, rows, classes, 0.2, 0, nil, &otherLosses, &otherGradient)
        #expect(otherLosses[20] == 0 && otherLosses[3].isNaN && otherGradient[3 * classes].isNaN)
        for row in 0..<rows where row != 3 && row != 20 {
            #expect(otherLosses[row] == losses[row])
            let place = row * classes..<(row + 1) * classes
            #expect(otherGradient[place] == gradient[place])
            // Nor does it matter where a row stands.
            var (alone, own) = (Float.nan, [Float](repeating: 0, count: classes))
            _ = table.cross_entropy(Array(logits[place]), [labels[row]], 1, classes, 0.2, 0, nil, &alone, &own)
            #expect(alone == losses[row] && own == Array(gradient[place]))
        }
        var absolutes = losses
        let target = KernelTests.numbers(logits.count, 11)
        table.squared_error(logits, target, rows, classes, 0.2, &losses, &absolutes, &gradient)
        for row in 0..<rows {
            let errors = (row * classes..<(row + 1) * classes).map { Double(logits[$0]) - Double(target[$0]) }
            #expect(abs(Double(losses[row]) - errors.reduce(0) { $0 + $1 * $1 } / Double(classes)) < 1e-4)
            #expect(abs(Double(absolutes[row]) - errors.reduce(0) { $0 + abs($1) } / Double(classes)) < 1e-5)
            #expect(abs(Double(gradient[row * classes]) - 0.4 * errors[0] / Double(classes)) < 1e-6)
        }
    }
}
