import Recipes
import Tensors

/// A recipe's model compiled for one shape of input: shapes checked, parameters laid out, memory known. A value; the
/// memory itself belongs to `Network`.
public struct Plan: Sendable {
    public let model: Model
    /// `[features]`, or `[channels, height, width]`.
    public let inputShape: [Int]
    public let outputCount: Int
    /// Examples of a full batch.
    public let batch: Int
    public let loss: Loss.Kind
    /// Every tensor that a resume or an export needs, in the order of the layers.
    public let tensors: [ParameterTensor]
    /// Trainable values, without the padding between tensors.
    public let parameterCount: Int
    /// Floats of the flat parameter buffer (each tensor starts at a multiple of 16, the gaps are zero for ever).
    public let parameterFloats: Int
    /// Floats of the flat buffer of running statistics.
    public let bufferFloats: Int
    public let counterCount: Int

    /// - Throws: `SimmerError` naming the layer that does not fit, the shape it got and why.
    public init(model: Model, inputShape: [Int], outputCount: Int, batch: Int, loss: Loss.Kind) throws {
        self.model = model
        self.inputShape = inputShape
        self.outputCount = outputCount
        self.batch = batch
        self.loss = loss
        tensors = []
        parameterCount = 0
        parameterFloats = 0
        bufferFloats = 0
        counterCount = 0
    }

    /// Moment buffers that an optimiser keeps, by the prefix of their tensors' names: `adam.m`, `adam.v` for adam and
    /// adamw; `sgd.momentum` for sgd with momentum; none else. A moment's tensor is `<prefix>.<tensor name>`.
    public static func momentNames(_ optimizer: Optimizer) -> [String] {
        switch optimizer.kind {
        case .adam, .adamw: ["adam.m", "adam.v"]
        case .sgd: optimizer.momentum == 0 ? [] : ["sgd.momentum"]
        }
    }

    /// Bytes of memory that a `Network` of this plan takes with this optimiser, without batches and checkpoints.
    public func memoryBytes(optimizer: Optimizer, threads: Int) -> Int { 0 }
}
