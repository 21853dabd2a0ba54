import CKernels
import Tensors

/// A convolution of each channel by itself (Howard et al. 2017, arXiv:1704.04861), with its bias and a relu fused; where
/// there are more channels out than in, each channel in has several kernels.
///
/// Shapes: `x` `[height, width, in]`, weight stored `[kernel, kernel, out]`, `y` `[outHeight, outWidth, out]`. Cost:
/// 2 · outHeight · outWidth · kernel² · out flops an example forward, about twice that backward; bound by reading.
final class DepthwiseConvolution: SampleOperation {
    private let shape: Convolution.Shape
    private let weight: Int
    private let bias: Int?
    private let activation: Activation.Kind
    private let forwardShape: ck_conv
    private let backwardShape: ck_conv
    /// Kernels of each channel in.
    private let copies: Int
    /// The kernels turned by 180 degrees, for the input's gradient; once a pass.
    private let turned: FloatMemory
    /// A part's sums: the weight's gradient, then the bias's.
    private let partFloats: Int
    private let parts: FloatMemory

    init(
        shape: Convolution.Shape, weight: Int, bias: Int?, activation: Activation.Kind, parts count: Int, pass: Pass
    ) {
        self.shape = shape
        self.weight = weight
        self.bias = bias
        self.activation = activation
        let s = shape
        copies = s.outChannels / s.channels
        forwardShape = ck_conv(
            height: s.height + s.paddingTotal, width: s.width + s.paddingTotal, channels: s.outChannels,
            kernel: s.kernel, stride: s.stride, out_height: s.outHeight, out_width: s.outWidth,
            out_channels: s.outChannels)
        backwardShape = ck_conv(
            height: s.height + s.kernel - 1, width: s.width + s.kernel - 1, channels: s.outChannels,
            kernel: s.kernel, stride: 1, out_height: s.height, out_width: s.width, out_channels: s.outChannels)
        let weights = s.kernel * s.kernel * s.outChannels
        turned = FloatMemory(count: weights)
        partFloats = (weights + s.outChannels + 15) & ~15
        parts = FloatMemory(count: count * partFloats)
        super.init(
            inputUnits: s.height * s.width * s.channels, outputUnits: s.outHeight * s.outWidth * s.outChannels,
            pass: pass)
    }

    override var reading: Reading { activation == .relu ? .outputSign : .nothing }
    override var readsInput: Bool { true }
    override var hasParameters: Bool { true }
    override var keepsGradient: Bool { activation == .none }
    override var cost: Int { outputUnits * shape.kernel * shape.kernel }

    /// The input with each channel as often as it has kernels.
    private var wideFloats: Int { copies == 1 ? 0 : (shape.height * shape.width * shape.outChannels + 15) & ~15 }
    private var paddedInputFloats: Int { forwardShape.height * forwardShape.width * shape.outChannels }
    private var paddedGradientFloats: Int { backwardShape.height * backwardShape.width * shape.outChannels }

    override var scratchFloats: Int { wideFloats + max(paddedInputFloats, paddedGradientFloats) }

    override func preparation() -> TiledWork? { Turning(self) }

    private func padded(_ x: UnsafePointer<Float>, _ inner: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        var from = x
        if copies > 1 {
            for i in 0..<shape.height * shape.width * shape.outChannels { inner[i] = x[i / copies] }
            from = UnsafePointer(inner)
        }
        guard shape.paddingTotal > 0 else { return from }
        ck_place(
            from, shape.height, shape.width, shape.outChannels, shape.padding, shape.padding, 1, inner + wideFloats,
            forwardShape.height, forwardShape.width)
        return UnsafePointer(inner + wideFloats)
    }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        withUnsafePointer(to: forwardShape) {
            pass.table.pointee.depthwise(
                $0, padded(x, inner), pass.parameters + weight, bias.map { pass.parameters + $0 }, y,
                activation == .relu ? Int32(CK_RELU) : Int32(CK_NONE))
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
        let sums = parts.base + part * partFloats
        withUnsafePointer(to: forwardShape) { table.pointee.depthwise_weights($0, padded(x, inner), dy, sums) }
        if bias != nil {
            table.pointee.column_sums(
                dy, shape.outChannels, shape.outHeight * shape.outWidth, shape.outChannels,
                sums + turned.count, 1)
        }
        guard let dx else { return }
        let offset = shape.kernel - 1 - shape.padding
        let spread = inner + wideFloats
        ck_place(
            dy, shape.outHeight, shape.outWidth, shape.outChannels, offset, offset, shape.stride, spread,
            backwardShape.height, backwardShape.width)
        let wide = copies == 1 ? dx : inner
        withUnsafePointer(to: backwardShape) {
            table.pointee.depthwise($0, spread, turned.base, nil, wide, Int32(CK_NONE))
        }
        guard copies > 1 else { return }
        for i in 0..<inputUnits {
            var sum: Float = 0
            for copy in 0..<copies { sum += wide[i * copies + copy] }
            dx[i] = sum
        }
    }

    override func reduction(parts: Int, examplesPerPart: Int, squares: SquareSums) -> TiledWork? {
        Reduction(self, examplesPerPart: examplesPerPart, squares: squares)
    }

    /// The kernels' places in reverse.
    private final class Turning: TiledWork {
        unowned let layer: DepthwiseConvolution

        init(_ layer: DepthwiseConvolution) {
            self.layer = layer
            super.init(tileCount: 1)
        }

        override func run(tile: Int, thread: Int) {
            guard layer.pass.isTraining else { return }
            let channels = layer.shape.outChannels
            let places = layer.shape.kernel * layer.shape.kernel
            for place in 0..<places {
                (layer.turned.base + place * channels).update(
                    from: layer.pass.parameters + layer.weight + (places - 1 - place) * channels, count: channels)
            }
        }
    }

    /// Adds the parts in order: some of the weight's gradient a tile, and the bias's in the last.
    private final class Reduction: TiledWork {
        private static let step = 1 << 12
        unowned let layer: DepthwiseConvolution
        let examplesPerPart: Int
        let squares: UnsafeMutablePointer<Double>

        init(_ layer: DepthwiseConvolution, examplesPerPart: Int, squares: SquareSums) {
            self.layer = layer
            self.examplesPerPart = examplesPerPart
            let tiles = (layer.turned.count + Self.step - 1) / Self.step
            self.squares = squares.reserve(tiles + 1)
            super.init(tileCount: tiles + 1)
        }

        override func run(tile: Int, thread: Int) {
            let count = layer.turned.count
            guard tile == tileCount - 1 else {
                let first = tile * Self.step
                return add(first, min(Self.step, count - first), to: layer.weight + first, tile)
            }
            if let bias = layer.bias { add(count, layer.shape.outChannels, to: bias, tile) }
        }

        private func add(_ first: Int, _ count: Int, to gradient: Int, _ tile: Int) {
            let pass = layer.pass
            let used = (pass.count + examplesPerPart - 1) / examplesPerPart
            let sums = layer.parts.base + first
            for part in 1..<max(1, used) { pass.table.pointee.add(sums, sums + part * layer.partFloats, count) }
            (pass.gradients + gradient).update(from: sums, count: count)
            squares[tile] = pass.table.pointee.sum_of_squares(sums, count)
        }
    }
}
