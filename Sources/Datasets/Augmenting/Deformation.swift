/// One fixed change of images, for sweeps: what `data.augment` draws at random, at a known strength.
public enum Deformation: Sendable, Equatable {
    /// Pixels to the right, and down.
    case shift(right: Double, down: Double)
    /// Degrees, clockwise.
    case rotate(Double)
    /// A factor above 0: larger than 1 enlarges.
    case scale(Double)

    /// Changes examples in place. About 8 ns a pixel.
    /// - Parameters:
    ///   - inputs: `[height, width, channels]` each, one after the other.
    ///   - shape: `[channels, height, width]`.
    ///   - blank: what a pixel outside the image is.
    public func apply(to inputs: inout [Float], shape: [Int], blank: Float) {
        guard shape.count == 3, shape.allSatisfy({ $0 > 0 }) else { return }
        var map = PixelMap.identity
        switch self {
        case .shift(let right, let down): map.shift(right: right, down: down)
        case .rotate(let degrees): map.rotate(degrees * Double.pi / 180)
        case .scale(let factor):
            guard factor > 0 else { return }
            map.scale(factor)
        }
        let size = shape.reduce(1, *)
        let outside = [Float](repeating: blank, count: shape[0])
        var copy = [Float](repeating: 0, count: size)
        inputs.withUnsafeMutableBufferPointer { inputs in
            outside.withUnsafeBufferPointer { outside in
                copy.withUnsafeMutableBufferPointer { copy in
                    guard let base = inputs.baseAddress, let copy = copy.baseAddress, let blank = outside.baseAddress
                    else { return }
                    for start in stride(from: 0, to: inputs.count - size + 1, by: size) {
                        copy.update(from: base + start, count: size)
                        map.draw(
                            copy, to: base + start, height: shape[1], width: shape[2], channels: shape[0], blank: blank)
                    }
                }
            }
        }
    }
}
