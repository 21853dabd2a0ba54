import CKernels
import Tensors

/// A two-dimensional convolution (cross-correlation, as in PyTorch) with its bias and a relu fused, computed directly
/// on images `[height, width, channels]`; kernels of 3 at stride 1 between 16 channels or more by Winograd's
/// F(2 x 2, 3 x 3), with 16 products where there would be 36.
///
/// Shapes: `x` `[height, width, in]`, weight stored `[kernel, kernel, in, out]`, `y` `[outHeight, outWidth, out]`. Cost:
/// 2 · outHeight · outWidth · kernel² · in · out flops an example forward, about twice that backward.
final class Convolution: SampleOperation {
    struct Shape {
        var height: Int, width: Int, channels: Int
        var outHeight: Int, outWidth: Int, outChannels: Int
        var kernel: Int, stride: Int
        /// Rows of zeros above, columns of zeros to the left.
        var padding: Int
        /// Rows and columns of zeros in all.
        var paddingTotal: Int
    }

    let shape: Shape
    let weight: Int
    let bias: Int?
    let activation: Activation.Kind
    private let forwardShape: ck_conv
    private let backwardShape: ck_conv
    /// Rows of zeros above a gradient, columns of zeros to its left, for the input's.
    private let gradientMargin: Int
    private let lanes: Int
    private let isWinograd: Bool
    /// Whether the weight's gradient is computed that way as well.
    private let isGradientWinograd: Bool
    /// Weights as panels, and as panels turned for the input's gradient; packed once a pass.
    private let packed: FloatMemory
    private let turned: FloatMemory
    /// A part's sums: the weight's gradient as panels, or of each of Winograd's places; then the bias's.
    private let partFloats: Int
    /// Of the weight's.
    private let weightFloats: Int
    private let parts: FloatMemory

    init(shape: Shape, weight: Int, bias: Int?, activation: Activation.Kind, parts count: Int, pass: Pass) {
        self.shape = shape
        self.weight = weight
        self.bias = bias
        self.activation = activation
        let s = shape
        lanes = pass.kernels.lanes
        forwardShape = ck_conv(
            height: s.height + s.paddingTotal, width: s.width + s.paddingTotal, channels: s.channels,
            kernel: s.kernel, stride: s.stride, out_height: s.outHeight, out_width: s.outWidth,
            out_channels: s.outChannels)
        gradientMargin = (s.kernel + s.stride - 1) / s.stride - 1 - s.padding / s.stride
        backwardShape = ck_conv(
            height: gradientMargin + max(s.outHeight, (s.height - 1 + s.padding) / s.stride + 1),
            width: gradientMargin + max(s.outWidth, (s.width - 1 + s.padding) / s.stride + 1),
            channels: s.outChannels, kernel: s.kernel, stride: s.stride, out_height: s.height, out_width: s.width,
            out_channels: s.channels)
        // Fewer channels do not pay for the way there and back.
        let wide = max(16, lanes)
        isWinograd =
            s.kernel == 3 && s.stride == 1 && s.channels % wide == 0 && s.outChannels % wide == 0
            && [s.height, s.width, s.outHeight, s.outWidth].allSatisfy { $0 % 2 == 0 }
        // The sums are nearly twice as many: where they are too many for the caches, the way to memory costs more.
        isGradientWinograd = isWinograd && s.channels * s.outChannels <= 1 << 16
        let places = isWinograd ? 16 : s.kernel * s.kernel
        packed = FloatMemory(count: places * s.channels * ck_conv_padded(lanes, s.outChannels))
        turned = FloatMemory(count: places * s.outChannels * ck_conv_padded(lanes, s.channels))
        weightFloats =
            (isGradientWinograd ? 16 : s.kernel * s.kernel) * s.channels * ck_conv_padded(lanes, s.outChannels)
        partFloats = (weightFloats + s.outChannels + 15) & ~15
        parts = FloatMemory(count: count * partFloats)
        super.init(
            inputUnits: s.height * s.width * s.channels, outputUnits: s.outHeight * s.outWidth * s.outChannels,
            pass: pass)
    }

    override var reading: Reading { activation == .relu ? .outputSign : .nothing }
    override var readsInput: Bool { true }
    override var hasParameters: Bool { true }
    override var keepsGradient: Bool { activation == .none }
    override var cost: Int { outputUnits * shape.kernel * shape.kernel * shape.channels }

    private var paddedInputFloats: Int {
        shape.paddingTotal == 0 ? 0 : forwardShape.height * forwardShape.width * shape.channels
    }
    private var paddedGradientFloats: Int { backwardShape.height * backwardShape.width * shape.outChannels }
    /// Gradients whose channels do not fill whole vectors are copied to rows that do.
    private var wideGradientFloats: Int {
        let wide = ck_conv_padded(lanes, shape.outChannels)
        return wide == shape.outChannels ? 0 : shape.outHeight * shape.outWidth * wide
    }

    override var scratchFloats: Int {
        let direct = max(paddedInputFloats + wideGradientFloats, paddedGradientFloats)
        guard isWinograd else { return direct }
        let size = pass.table.pointee.winograd_scratch
        return withUnsafePointer(to: forwardShape) { forward in
            withUnsafePointer(to: backwardShape) { backward in
                max(direct, paddedInputFloats + size(forward), paddedGradientFloats + size(backward))
            }
        }
    }

    override func preparation() -> TiledWork? { Packing(self) }

    private func padded(_ x: UnsafePointer<Float>, _ inner: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        guard shape.paddingTotal > 0 else { return x }
        ck_place(
            x, shape.height, shape.width, shape.channels, shape.padding, shape.padding, 1, inner,
            forwardShape.height, forwardShape.width)
        return UnsafePointer(inner)
    }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        let act = activation == .relu ? Int32(CK_RELU) : Int32(CK_NONE)
        let bias = bias.map { pass.parameters + $0 }
        let from = padded(x, inner)
        withUnsafePointer(to: forwardShape) {
            if isWinograd {
                pass.table.pointee.winograd($0, from, packed.base, bias, y, act, inner + paddedInputFloats)
            } else {
                pass.table.pointee.conv($0, from, packed.base, bias, y, act)
            }
        }
    }

    override func beginPart(_ part: Int) {
        (parts.base + part * partFloats).update(repeating: 0, count: partFloats)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        let table = pass.table
        if activation == .relu { table.pointee.unfinish(dy, y, outputUnits, 1, outputUnits, Int32(CK_RELU), 1) }
        addWeightGradient(padded(x, inner), dy, part: part, inner: inner + paddedInputFloats)
        guard let dx else { return }
        var from = UnsafePointer(dy)
        if backwardShape.height > shape.outHeight || backwardShape.width > shape.outWidth {
            ck_place(
                dy, shape.outHeight, shape.outWidth, shape.outChannels, gradientMargin, gradientMargin, 1, inner,
                backwardShape.height, backwardShape.width)
            from = UnsafePointer(inner)
        }
        withUnsafePointer(to: backwardShape) {
            if isWinograd {
                table.pointee.winograd(
                    $0, from, turned.base, nil, dx, Int32(CK_NONE), inner + paddedGradientFloats)
            } else {
                table.pointee.conv_back($0, shape.padding, from, turned.base, dx)
            }
        }
    }

    private func addWeightGradient(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        let sums = parts.base + part * partFloats
        let pixels = shape.outHeight * shape.outWidth
        let wide = ck_conv_padded(lanes, shape.outChannels)
        var gradient = dy
        if wide != shape.outChannels {
            for pixel in 0..<pixels {
                let row = inner + pixel * wide
                row.update(from: dy + pixel * shape.outChannels, count: shape.outChannels)
                (row + shape.outChannels).update(repeating: 0, count: wide - shape.outChannels)
            }
            gradient = UnsafePointer(inner)
        }
        withUnsafePointer(to: forwardShape) {
            if isGradientWinograd {
                pass.table.pointee.winograd_weights($0, x, dy, sums, inner)
            } else {
                pass.table.pointee.conv_weights($0, x, gradient, wide, sums)
            }
        }
        if bias != nil {
            pass.table.pointee.column_sums(
                dy, shape.outChannels, pixels, shape.outChannels, sums + weightFloats, 1)
        }
    }

    override func reduction(parts: Int, examplesPerPart: Int, squares: SquareSums) -> TiledWork? {
        Reduction(self, examplesPerPart: examplesPerPart, squares: squares)
    }

    /// Weights to panels: tile 0 for the forward pass, tile 1 for the input's gradient; Winograd's by channels, for both.
    private final class Packing: TiledWork {
        unowned let layer: Convolution
        /// Input channels of a tile of Winograd's.
        let step: Int

        init(_ layer: Convolution) {
            self.layer = layer
            step = 2 * layer.lanes
            super.init(tileCount: layer.isWinograd ? (layer.shape.channels + step - 1) / step : 2)
        }

        override func run(tile: Int, thread: Int) {
            let s = layer.shape
            let weights = layer.pass.parameters + layer.weight
            if layer.isWinograd {
                let table = layer.pass.table
                let first = tile * step
                let last = min(first + step, s.channels)
                table.pointee.winograd_pack(s.channels, s.outChannels, first, last, weights, layer.packed.base)
                guard layer.pass.isTraining else { return }
                table.pointee.winograd_turn(
                    s.channels, s.outChannels, first, last, layer.packed.base, layer.turned.base)
            } else if tile == 0 {
                ck_conv_pack(
                    layer.lanes, s.kernel * s.kernel * s.channels, s.outChannels, weights, layer.packed.base)
            } else if layer.pass.isTraining {
                ck_conv_pack_turned(
                    layer.lanes, s.kernel, s.stride, s.channels, s.outChannels, weights, layer.turned.base)
            }
        }
    }

    /// Adds the parts in order; a tile is some rows of one panel, or some input channels of all of Winograd's places. The
    /// last tile is the bias.
    private final class Reduction: TiledWork {
        unowned let layer: Convolution
        let examplesPerPart: Int
        let rows: Int
        let rowStep: Int
        let rowTiles: Int
        let panels: Int
        let squares: UnsafeMutablePointer<Double>

        init(_ layer: Convolution, examplesPerPart: Int, squares: SquareSums) {
            self.layer = layer
            self.examplesPerPart = examplesPerPart
            let s = layer.shape
            let panel = 2 * layer.lanes
            if layer.isGradientWinograd {
                rows = s.channels
                panels = 1
                rowStep = max(1, 512 / s.outChannels)
            } else {
                rows = s.kernel * s.kernel * s.channels
                panels = (s.outChannels + panel - 1) / panel
                rowStep = max(1, 4096 / panel)
            }
            rowTiles = (rows + rowStep - 1) / rowStep
            self.squares = squares.reserve(panels * rowTiles + 1)
            super.init(tileCount: panels * rowTiles + 1)
        }

        override func run(tile: Int, thread: Int) {
            let s = layer.shape
            let pass = layer.pass
            let used = (pass.count + examplesPerPart - 1) / examplesPerPart
            guard tile < panels * rowTiles else {
                if let bias = layer.bias {
                    let sums = add(from: layer.weightFloats, count: s.outChannels, parts: used)
                    (pass.gradients + bias).update(from: sums, count: s.outChannels)
                    squares[tile] = pass.table.pointee.sum_of_squares(sums, s.outChannels)
                }
                return
            }
            let first = tile % rowTiles * rowStep
            let last = min(first + rowStep, rows)
            if layer.isGradientWinograd {
                squares[tile] = addPlaces(first, last, parts: used)
                return
            }
            let wide = ck_conv_padded(layer.lanes, s.outChannels)
            let column = tile / rowTiles * 2 * layer.lanes
            let width = min(2 * layer.lanes, wide - column)
            let sums = add(from: column * rows + first * width, count: (last - first) * width, parts: used)
            squares[tile] = pass.table.pointee.sum_of_squares(sums, (last - first) * width)
            ck_conv_unpack(
                layer.lanes, rows, s.outChannels, column, first, last, layer.parts.base,
                pass.gradients + layer.weight)
        }

        /// The gradient of the weights of the input channels first ..< last, and its sum of squares.
        private func addPlaces(_ first: Int, _ last: Int, parts: Int) -> Double {
            let s = layer.shape
            let table = layer.pass.table
            let (apart, offset, count) = (
                s.channels * s.outChannels, first * s.outChannels, (last - first) * s.outChannels
            )
            for place in 0..<16 { _ = add(from: place * apart + offset, count: count, parts: parts) }
            let gradient = layer.pass.gradients + layer.weight
            table.pointee.winograd_unpack(s.channels, s.outChannels, first, last, layer.parts.base, gradient)
            return (0..<9).reduce(0) { $0 + table.pointee.sum_of_squares(gradient + $1 * apart + offset, count) }
        }

        /// Part 0 += part 1, += part 2, ...
        private func add(from offset: Int, count: Int, parts: Int) -> UnsafeMutablePointer<Float> {
            let sums = layer.parts.base + offset
            for part in 1..<max(1, parts) {
                layer.pass.table.pointee.add(sums, sums + part * layer.partFloats, count)
            }
            return sums
        }
    }
}
