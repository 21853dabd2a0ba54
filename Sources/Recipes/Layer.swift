/// One layer as the recipe writes it.
public struct Layer: Codable, Sendable, Equatable {
    public indirect enum Kind: Codable, Sendable, Equatable {
        /// - Parameter tied: name of the embedding whose weight it shares.
        case linear(units: Units, bias: Bool = true, tied: String? = nil)
        case conv2d(
            channels: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid, bias: Bool = true, groups: Int = 1)
        case maxpool2d(size: Int, stride: Int)
        case avgpool2d(size: Int, stride: Int)
        case globalaveragepool
        case batchnorm(momentum: Double = 0.1, epsilon: Double = 1e-5)
        case layernorm(epsilon: Double = 1e-5, bias: Bool = true)
        case rmsnorm(epsilon: Double = 1e-5)
        case groupnorm(groups: Int, epsilon: Double = 1e-5)
        case dropout(Double)
        case dropout2d(Double)
        case relu
        case tanh
        case leakyrelu(slope: Double = 0.01)
        case gelu
        case silu
        case sigmoid
        case softmax
        case flatten
        /// The same numbers in PyTorch's order as another shape.
        case reshape(shape: [Int])
        /// `[positions, features]` to `[features, positions]`.
        case transpose
        /// Token ids to rows of a table, and rows of a second table, one for each place, added.
        case embedding(units: Units, places: Bool = false)
        /// Causal self-attention: every position looks at itself and those before it.
        case attention(heads: Int, bias: Bool = true)
        /// Long short-term memory over the positions.
        case lstm(units: Units, output: SequenceOutput = .all)
        /// Gated recurrent units over the positions.
        case gru(units: Units, output: SequenceOutput = .all)
        /// y = layers(x) + shortcut(x); an empty shortcut is x itself.
        case residual(layers: [Layer], shortcut: [Layer])
        case repeated(times: Int, layers: [Layer])
        /// Channels of zeros around those that come in.
        case padchannels(channels: Int)
    }
    public enum Units: Codable, Sendable, Equatable {
        case count(Int)
        /// As many as the data has classes (1 for a number).
        case classes
    }
    /// Which positions of a recurrent layer go out.
    public enum SequenceOutput: String, Codable, Sendable, CaseIterable { case all, last }
    public enum Padding: Codable, Sendable, Equatable {
        case valid, same
        case pixels(Int)
    }
    public var kind: Kind
    /// `name:` in the recipe; the index among the layers otherwise.
    public var name: String
    /// Line of the recipe, from 1.
    public var line: Int?
    /// linear, conv2d: how the weights begin; nil takes the model's.
    public var initial: InitialValues?

    public init(kind: Kind, name: String, line: Int? = nil, initial: InitialValues? = nil) {
        self.kind = kind
        self.name = name
        self.line = line
        self.initial = initial
    }
}

/// How weights begin. Biases begin at zero, but for the default's.
public struct InitialValues: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Uniform in ±1 / sqrt(inputs), biases too: PyTorch's for linear and conv2d.
        case standard = "default"
        /// Normal of variance 2 / inputs: He et al. 2015 (arXiv:1502.01852), for relu and its like.
        case kaiming
        /// Uniform in ±sqrt(6 / (inputs + outputs)): Glorot and Bengio 2010, for tanh and sigmoid.
        case xavier
        /// Normal of variance 1 / inputs: LeCun et al. 1998, "Efficient BackProp".
        case lecun
        /// Normal of a deviation of its own.
        case normal
        case zero
    }
    public var kind: Kind = .standard
    /// normal.
    public var deviation: Double = 0.02

    public init(_ kind: Kind = .standard, deviation: Double = 0.02) {
        self.kind = kind
        self.deviation = deviation
    }
}
