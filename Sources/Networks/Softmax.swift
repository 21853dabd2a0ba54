import CKernels
import Tensors

/// `e^x / sum of e^x` over the last dimension, its largest taken off first.
final class Softmax: SampleOperation {
    private let features: Int

    /// - Parameter features: numbers of one row; a divisor of `units`.
    init(features: Int, units: Int, pass: Pass) {
        self.features = features
        super.init(inputUnits: units, outputUnits: units, pass: pass)
    }

    override var reading: Reading { .output }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        pass.table.pointee.softmax(y, x, outputUnits / features, features)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        pass.table.pointee.softmax_back(dx, dy, y, outputUnits / features, features)
    }
}
