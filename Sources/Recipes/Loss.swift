/// What the network's output is measured by while it learns.
public struct Loss: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case crossEntropy = "cross-entropy"
        case binaryCrossEntropy = "binary-cross-entropy"
        case mse, mae, huber

        /// Whether the targets are classes or numbers; nil where the data say it.
        public var wantsClasses: Bool? {
            switch self {
            case .crossEntropy: true
            case .binaryCrossEntropy: nil
            case .mse, .mae, .huber: false
            }
        }
    }
    public var kind: Kind
    /// cross-entropy, while training: the part of each target that is spread over all classes evenly.
    public var smoothing: Double = 0
    /// cross-entropy, while training: one factor for each class; empty for 1.
    public var classWeights: [Double] = []
    /// binary-cross-entropy, while training: the factor on what a positive target adds, one for all outputs or one for
    /// each; empty for 1.
    public var positiveWeights: [Double] = []
    /// huber: the error up to which it is quadratic.
    public var delta: Double = 1
    /// cross-entropy, while training: teachers' answers beside the labels; nil without teachers.
    public var soft: SoftTargets?

    public init(kind: Kind) { self.kind = kind }
}

/// How much the answers of teachers count, and how soft they are: Hinton, Vinyals and Dean 2015 (arXiv:1503.02531). The
/// loss of an example is `hard` of its cross-entropy, and 1 - `hard` of `temperature`² times the divergence of the
/// network's softened answer from the teachers'.
public struct SoftTargets: Codable, Sendable, Equatable {
    /// What logits are divided by before their softmax, here and there; above 0.
    public var temperature: Double
    /// The labels' part, 0 to 1.
    public var hard: Double

    public init(temperature: Double, hard: Double) {
        self.temperature = temperature
        self.hard = hard
    }
}
