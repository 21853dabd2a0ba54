import CKernels
import Recipes
import Tensors

/// An activation function whose gradient is computed from its argument, which is therefore kept.
final class Curve: SampleOperation {
    enum Function: Equatable {
        /// x, or slope · x below zero. Maas et al. 2013.
        case leakyRelu(slope: Double)
        /// x · P(N(0, 1) < x), without the approximation by tanh. Hendrycks and Gimpel 2016 (arXiv:1606.08415).
        case gelu
        /// x / (1 + e^-x). Elfwing et al. 2017 (arXiv:1702.03118).
        case silu
        /// 1 / (1 + e^-x).
        case sigmoid

        var code: Int32 {
            switch self {
            case .leakyRelu: Int32(CK_LEAKY_RELU)
            case .gelu: Int32(CK_GELU)
            case .silu: Int32(CK_SILU)
            case .sigmoid: Int32(CK_SIGMOID)
            }
        }

        var slope: Float { if case .leakyRelu(let slope) = self { Float(slope) } else { 0 } }

        /// The function of a layer; nil where that is none of them.
        init?(_ kind: Layer.Kind?) {
            switch kind {
            case .leakyrelu(let slope): self = .leakyRelu(slope: slope)
            case .gelu: self = .gelu
            case .silu: self = .silu
            case .sigmoid: self = .sigmoid
            default: return nil
            }
        }
    }

    private let code: Int32
    private let slope: Float

    init(_ function: Function, units: Int, pass: Pass) {
        code = function.code
        slope = function.slope
        super.init(inputUnits: units, outputUnits: units, pass: pass)
    }

    override var readsInput: Bool { true }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        pass.table.pointee.curve(y, x, outputUnits, code, slope)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        pass.table.pointee.curve_back(dx, dy, x, outputUnits, code, slope)
    }
}
