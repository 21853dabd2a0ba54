/// One tensor that a layer owns, as it is exported.
public struct ParameterSpec: Codable, Sendable, Equatable {
    /// The layer's name and PyTorch's name within it: `0.weight`, `conv1.running_mean`.
    public var name: String
    /// PyTorch's layout: linear `[out, in]`, conv2d `[out, in, height, width]`, batchnorm `[channels]`, a counter `[]`.
    public var shape: [Int]
    /// Inputs that feed one output: what initial values are scaled by. 1 for biases of nothing, buffers and norms.
    public var fanIn: Int
    /// `weight` is trained; `buffer` is state (running statistics).
    public var role: TensorRecord.Role
    /// `F32`, or `I64` for counters.
    public var dtype: String

    public init(name: String, shape: [Int], fanIn: Int, role: TensorRecord.Role = .weight, dtype: String = "F32") {
        self.name = name
        self.shape = shape
        self.fanIn = fanIn
        self.role = role
        self.dtype = dtype
    }

    public var count: Int { shape.reduce(1, *) }
    public var byteCount: Int { count * (dtype == "I64" ? 8 : 4) }
}

/// A layer whose shapes are known.
public struct ResolvedLayer: Codable, Sendable, Equatable {
    /// Where a residual block stands in the flat list: it begins, its shortcut begins (where that has layers), it ends.
    public enum Mark: String, Codable, Sendable { case fork, shortcut, join }
    public var layer: Layer
    /// Place in the flat list of layers, from 0: a residual block stands there as its marks around its layers, a
    /// repetition as its layers alone.
    public var index: Int
    /// nil for a layer that computes.
    public var mark: Mark?
    /// Shape of one example before and after, without the batch: `[features]`, `[positions, features]` or
    /// `[channels, height, width]`.
    public var inputShape: [Int]
    public var outputShape: [Int]
    /// In PyTorch's order: weight, bias, running_mean, running_var, num_batches_tracked.
    public var parameters: [ParameterSpec]

    public init(
        layer: Layer, index: Int, mark: Mark? = nil, inputShape: [Int], outputShape: [Int],
        parameters: [ParameterSpec] = []
    ) {
        self.layer = layer
        self.index = index
        self.mark = mark
        self.inputShape = inputShape
        self.outputShape = outputShape
        self.parameters = parameters
    }

    /// Multiply-adds of one example in its products and convolutions, forward.
    public var multiplyAdds: Int {
        guard mark == nil else { return 0 }
        switch layer.kind {
        case .linear:
            return inputShape[inputShape.count - 1] * outputShape.reduce(1, *)
        case .conv2d:
            return parameters[0].count * outputShape[1] * outputShape[2]
        case .attention:
            let (positions, width) = (inputShape[0], inputShape[1])
            return positions * width * (4 * width + positions)
        case .lstm, .gru:
            return inputShape[0] * (parameters[0].count + parameters[1].count)
        default: return 0
        }
    }

    /// Numbers of an example that a recurrent layer keeps besides its outputs: gates, cells and earlier states of every
    /// position, whose gradients overwrite them.
    public var recurrentFloats: Int {
        switch layer.kind {
        case .lstm, .gru: inputShape[0] * (parameters[1].shape[0] + 2 * parameters[1].shape[1])
        default: 0
        }
    }
}
