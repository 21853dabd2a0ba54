import CKernels
import Tensors

/// The mean of each window of an image [height, width, channels], without padding.
final class AveragePooling: SampleOperation {
    struct Shape {
        var channels: Int
        var width: Int
        var windowHeight: Int, windowWidth: Int
        var stride: Int
        var outHeight: Int, outWidth: Int
    }

    private let shape: Shape
    private let share: Float

    init(_ shape: Shape, inputUnits: Int, pass: Pass) {
        self.shape = shape
        share = 1 / Float(shape.windowHeight * shape.windowWidth)
        super.init(
            inputUnits: inputUnits, outputUnits: shape.outHeight * shape.outWidth * shape.channels, pass: pass)
    }

    override var scratchFloats: Int { shape.channels }

    /// Calls `body` with the places of a window's result and of one of its pixels, window by window.
    @inline(__always)
    private func eachWindow(_ begin: (Int) -> Void, pixel: (Int, Int) -> Void, end: (Int) -> Void) {
        for oy in 0..<shape.outHeight {
            for ox in 0..<shape.outWidth {
                let result = (oy * shape.outWidth + ox) * shape.channels
                begin(result)
                for ky in 0..<shape.windowHeight {
                    let row = (oy * shape.stride + ky) * shape.width + ox * shape.stride
                    for kx in 0..<shape.windowWidth { pixel(result, (row + kx) * shape.channels) }
                }
                end(result)
            }
        }
    }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        let channels = shape.channels
        let add = pass.table.pointee.add
        eachWindow { result in
            (y + result).update(repeating: 0, count: channels)
        } pixel: { result, pixel in
            add(y + result, x + pixel, channels)
        } end: { result in
            for channel in 0..<channels { y[result + channel] *= share }
        }
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        let channels = shape.channels
        let add = pass.table.pointee.add
        dx.update(repeating: 0, count: inputUnits)
        eachWindow { result in
            for channel in 0..<channels { inner[channel] = dy[result + channel] * share }
        } pixel: { _, pixel in
            add(dx + pixel, inner, channels)
        } end: { _ in
        }
    }
}
