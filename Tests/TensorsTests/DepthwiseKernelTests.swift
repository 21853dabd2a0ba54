import CKernels
import Tensors
import Testing

/// Depthwise convolution at every level against the plainest loop in double, on sizes that fill no vector.
@Suite struct DepthwiseKernelTests {
    struct Size: Sendable {
        var height: Int, width: Int, channels: Int, kernel: Int, stride: Int

        var outHeight: Int { (height - kernel) / stride + 1 }
        var outWidth: Int { (width - kernel) / stride + 1 }
        var shape: ck_conv {
            ck_conv(
                height: height, width: width, channels: channels, kernel: kernel, stride: stride,
                out_height: outHeight, out_width: outWidth, out_channels: channels)
        }

        /// Calls `body` with the indices of each product: input, weight, output.
        func each(_ body: (Int, Int, Int) -> Void) {
            for oy in 0..<outHeight {
                for ox in 0..<outWidth {
                    for r in 0..<kernel {
                        for t in 0..<kernel {
                            let pixel = (oy * stride + r) * width + ox * stride + t
                            for c in 0..<channels {
                                body(
                                    pixel * channels + c, (r * kernel + t) * channels + c,
                                    (oy * outWidth + ox) * channels + c)
                            }
                        }
                    }
                }
            }
        }
    }

    static let sizes = [
        Size(height: 5, width: 6, channels: 1, kernel: 3, stride: 1),
        Size(height: 8, width: 11, channels: 16, kernel: 3, stride: 1),
        Size(height: 9, width: 9, channels: 19, kernel: 5, stride: 2),
        Size(height: 7, width: 12, channels: 37, kernel: 2, stride: 1),
        Size(height: 4, width: 4, channels: 40, kernel: 1, stride: 3),
        Size(height: 7, width: 8, channels: 8, kernel: 7, stride: 1),
    ]

    @Test(arguments: Kernels.available, sizes) func convolves(_ level: CPULevel, _ size: Size) throws {
        let table = try KernelTests.table(level)
        let x = KernelTests.numbers(size.height * size.width * size.channels, 1)
        let w = KernelTests.numbers(size.kernel * size.kernel * size.channels, 2)
        let bias = KernelTests.numbers(size.channels, 3)
        var shape = size.shape
        let count = size.outHeight * size.outWidth * size.channels
        for (act, b) in [(0, bias), (1, bias), (1, nil)] as [(Int32, [Float]?)] {
            var y = [Float](repeating: .nan, count: count)
            table.depthwise(&shape, x, w, b, &y, act)
            var expected = (0..<count).map { Double(b?[$0 % size.channels] ?? 0) }
            size.each { expected[$2] += Double(x[$0]) * Double(w[$1]) }
            if act == 1 { expected = expected.map { max(0, $0) } }
            #expect(KernelTests.distance(y, expected) < 1e-5)
        }
        let dy = KernelTests.numbers(count, 4)
        var dw = w
        table.depthwise_weights(&shape, x, dy, &dw)
        var expected = w.map { Double($0) }
        size.each { expected[$1] += Double(x[$0]) * Double(dy[$2]) }
        #expect(KernelTests.distance(dw, expected) < 1e-4)
    }

    @Test(arguments: Kernels.available) func whatIsNoNumberStaysNone(_ level: CPULevel) throws {
        let table = try KernelTests.table(level)
        for channels in [3, 16] {
            var shape = Size(height: 1, width: 1, channels: channels, kernel: 1, stride: 1).shape
            var x = [Float](repeating: -1, count: channels)
            x[1] = .nan
            var y = x
            table.depthwise(&shape, x, [Float](repeating: 1, count: channels), nil, &y, 1)
            #expect(y[1].isNaN && y[0] == 0 && y[2] == 0)
        }
    }
}
