import Recipes
import Tensors

/// A recipe's model compiled for one shape of input: shapes checked, parameters laid out, memory known. A value; the
/// memory itself belongs to `Network`.
public struct Plan: Sendable {
    public let model: Model
    /// `[features]`, or `[channels, height, width]`; `[positions]` of token ids.
    public let inputShape: [Int]
    /// Numbers for one target.
    public let outputCount: Int
    /// Targets of one example; more than 1 where every position of a sequence has one.
    public let targetsPerExample: Int
    /// Examples of a full batch.
    public let batch: Int
    /// Batches of one update.
    public let accumulate: Int
    public let loss: Loss
    public let layers: [ResolvedLayer]
    /// Every tensor that a resume or an export needs, in the order of the layers.
    public let tensors: [ParameterTensor]
    /// Trainable values, without the padding between tensors.
    public let parameterCount: Int
    /// Floats of the flat parameter buffer (each tensor starts at a multiple of 16, the gaps are zero for ever).
    public let parameterFloats: Int
    /// Floats of the flat buffer of running statistics.
    public let bufferFloats: Int
    public let counterCount: Int

    /// - Parameter vocabulary: how many token ids there are; 0 where the inputs are numbers.
    /// - Throws: `SimmerError.recipeInvalid` naming the layer that does not fit, the shape it got and why.
    public init(
        model: Model, inputShape: [Int], outputCount: Int, batch: Int, accumulate: Int = 1, loss: Loss,
        vocabulary: Int = 0, targetsPerExample: Int = 1
    ) throws {
        let (layers, findings) = model.resolve(
            input: inputShape, outputs: outputCount, vocabulary: vocabulary, targets: targetsPerExample)
        let errors = findings.filter { $0.severity == .error } + layers.compactMap(Self.limit)
        guard errors.isEmpty else { throw SimmerError.recipeInvalid(findings: errors) }
        var layout = TensorLayout()
        for layer in layers { layout.add(layer) }
        if let last = layers.last, let shape = layout.order.image {
            throw SimmerError.recipeInvalid(findings: [
                Finding(
                    severity: .error, code: "model.output-order",
                    message: "layer \(last.layer.name) gives an image of \(shape), flattened, as the output",
                    line: last.layer.line, hint: "end with `linear: classes`")
            ])
        }
        self.model = model
        self.inputShape = inputShape
        self.outputCount = outputCount
        self.targetsPerExample = targetsPerExample
        self.batch = batch
        self.accumulate = accumulate
        self.loss = loss
        self.layers = layers
        tensors = layout.tensors
        parameterCount = tensors.filter { $0.storage == .parameters }.reduce(0) { $0 + $1.count }
        parameterFloats = layout.parameterFloats
        bufferFloats = layout.bufferFloats
        counterCount = layout.counterCount
    }

    /// What accuracy counts in one example: each output of binary cross-entropy, else the one class.
    public var answersPerTarget: Int { loss.kind == .binaryCrossEntropy ? outputCount : 1 }

    /// Bytes of memory that a `Network` of this plan takes with this optimiser at most, without batches and
    /// checkpoints: the flat buffers, every layer's values and their gradients, the threads' scratch memory.
    public func memoryBytes(optimizer: Optimizer, threads: Int) -> Int {
        let more = (optimizer.kind == .scheduleFreeAdamw ? 1 : 0) + (accumulate > 1 ? 1 : 0)
        var floats = parameterFloats * (2 + optimizer.momentNames.count + more) + 2 * bufferFloats
        floats += threads * ResolvedLayer.productScratch
        floats += layers.reduce(0) { $0 + $1.workFloats(batch: batch, threads: threads) }
        return floats * MemoryLayout<Float>.stride
    }

    /// What the shape rules allow but the kernels do not compute.
    private static func limit(_ layer: ResolvedLayer) -> Finding? {
        func refuse(_ code: String, _ message: String, _ hint: String) -> Finding {
            Finding(
                severity: .error, code: code, message: "layer \(layer.layer.name): \(message)", line: layer.layer.line,
                hint: hint)
        }
        switch layer.layer.kind {
        case .maxpool2d(let size, _) where size > 16:
            return refuse("model.pool-size", "maxpool2d of size \(size); at most 16 is computed", "pool twice")
        case .conv2d(_, let kernel, _, .pixels(let pixels), _, _) where pixels >= kernel:
            return refuse(
                "model.padding", "padding of \(pixels) pixels around a kernel of \(kernel) convolves zeros alone",
                "use at most \(kernel - 1)")
        default: return nil
        }
    }
}
