import CKernels
import Tensors

/// A convolution in groups, each a convolution by itself of its own channels (Krizhevsky et al. 2012; Xie et al. 2017,
/// arXiv:1611.05431), with a relu behind it fused. An image keeps all channels of a pixel together, so a group's channels
/// are gathered into an image of their own and its results are put back in their place.
///
/// Shapes: `x` `[height, width, in]`, weight stored `[groups, kernel, kernel, in / groups, out / groups]`, `y`
/// `[outHeight, outWidth, out]`. Cost: 2 · outHeight · outWidth · kernel² · in · out / groups flops an example forward.
final class GroupedConvolution: SampleOperation {
    private let groups: [Convolution]
    private let activation: Activation.Kind
    private let pixels: Int
    private let outPixels: Int
    private let channels: Int
    private let outChannels: Int

    init(
        shape: Convolution.Shape, groups count: Int, weight: Int, bias: Int?, activation: Activation.Kind, parts: Int,
        pass: Pass
    ) {
        var own = shape
        own.channels /= count
        own.outChannels /= count
        let size = own.kernel * own.kernel * own.channels * own.outChannels
        groups = (0..<count).map { group in
            Convolution(
                shape: own, weight: weight + group * size, bias: bias.map { $0 + group * own.outChannels },
                activation: .none, parts: parts, pass: pass)
        }
        self.activation = activation
        pixels = shape.height * shape.width
        outPixels = shape.outHeight * shape.outWidth
        channels = own.channels
        outChannels = own.outChannels
        super.init(inputUnits: pixels * shape.channels, outputUnits: outPixels * shape.outChannels, pass: pass)
    }

    override var reading: Reading { activation == .relu ? .outputSign : .nothing }
    override var readsInput: Bool { true }
    override var hasParameters: Bool { true }
    override var keepsGradient: Bool { activation == .none }
    override var cost: Int { groups.reduce(0) { $0 + $1.cost } }

    private var inFloats: Int { (pixels * channels + 15) & ~15 }
    private var outFloats: Int { (outPixels * outChannels + 15) & ~15 }
    /// A group's input, result (or their gradients), and what the group itself needs.
    override var scratchFloats: Int { 2 * inFloats + outFloats + groups[0].scratchFloats }

    override func preparation() -> TiledWork? { Together(groups.compactMap { $0.preparation() }) }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        let result = inner + inFloats
        for (index, group) in groups.enumerated() {
            ck_copy_columns(x + index * channels, groups.count * channels, pixels, channels, inner, channels)
            group.forward(inner, result, example: example, inner: result + outFloats)
            ck_copy_columns(
                result, outChannels, outPixels, outChannels, y + index * outChannels, groups.count * outChannels)
        }
        if activation == .relu {
            pass.table.pointee.finish(y, outputUnits, 1, outputUnits, nil, Int32(CK_RELU), nil, 0, 1)
        }
    }

    override func beginPart(_ part: Int) {
        for group in groups { group.beginPart(part) }
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        if activation == .relu {
            pass.table.pointee.unfinish(dy, y, outputUnits, 1, outputUnits, Int32(CK_RELU), 1)
        }
        let ownDx = inner + inFloats
        let ownDy = ownDx + inFloats
        for (index, group) in groups.enumerated() {
            ck_copy_columns(x + index * channels, groups.count * channels, pixels, channels, inner, channels)
            ck_copy_columns(
                dy + index * outChannels, groups.count * outChannels, outPixels, outChannels, ownDy, outChannels)
            group.backward(
                x: inner, y: ownDy, dy: ownDy, dx: dx == nil ? nil : ownDx, example: example, part: part,
                inner: ownDy + outFloats)
            guard let dx else { continue }
            ck_copy_columns(ownDx, channels, pixels, channels, dx + index * channels, groups.count * channels)
        }
    }

    override func reduction(parts: Int, examplesPerPart: Int, squares: SquareSums) -> TiledWork? {
        Together(
            groups.compactMap { $0.reduction(parts: parts, examplesPerPart: examplesPerPart, squares: squares) })
    }

    /// The groups' works as one, so that no group waits for another. All have the same shape and as many tiles.
    private final class Together: TiledWork {
        private let works: [TiledWork]

        init(_ works: [TiledWork]) {
            self.works = works
            super.init(tileCount: works.reduce(0) { $0 + $1.tileCount })
        }

        override func run(tile: Int, thread: Int) {
            let each = works[0].tileCount
            works[tile / each].run(tile: tile % each, thread: thread)
        }
    }
}
