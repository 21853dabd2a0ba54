import Tensors

/// Channels of zeros before and behind those of an image `[height, width, channels]`: the shortcut without parameters
/// of He et al. 2015 (<https://arxiv.org/abs/1512.03385>, option A).
final class ChannelPadding: SampleOperation {
    private let pixels: Int
    private let channels: Int
    private let outChannels: Int
    private var before: Int { (outChannels - channels) / 2 }

    init(inputShape: [Int], channels outChannels: Int, pass: Pass) {
        pixels = inputShape[1] * inputShape[2]
        channels = inputShape[0]
        self.outChannels = outChannels
        super.init(inputUnits: pixels * channels, outputUnits: pixels * outChannels, pass: pass)
    }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        y.update(repeating: 0, count: outputUnits)
        for pixel in 0..<pixels {
            (y + pixel * outChannels + before).update(from: x + pixel * channels, count: channels)
        }
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        for pixel in 0..<pixels {
            (dx + pixel * channels).update(from: dy + pixel * outChannels + before, count: channels)
        }
    }
}
