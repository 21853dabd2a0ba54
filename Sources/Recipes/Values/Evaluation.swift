/// What a checkpoint is worth on one split.
public struct Evaluation: Codable, Sendable, Equatable {
    public var checkpoint: String
    public var step: Int
    /// 'training', 'validation' or 'test'.
    public var split: String
    /// 'none' for the raw weights, else the average's name.
    public var average: String
    /// Examples measured.
    public var count: Int
    /// By name: 'loss' always; 'accuracy' for classes; 'mae' for numbers.
    public var metrics: [String: Double]
    /// For classes: what the probabilities are worth.
    public var classes: ClassScore?
    /// Where it was asked for.
    public var calibration: Calibration?
    /// Where it was asked for; a calibration is then of what it leaves.
    public var adjustment: BiasAdjustment?
    /// In batches of the recipe's size.
    public var answersPerSecond: Double?

    public init(
        checkpoint: String, step: Int, split: String, average: String, count: Int, metrics: [String: Double],
        classes: ClassScore? = nil, calibration: Calibration? = nil, adjustment: BiasAdjustment? = nil,
        answersPerSecond: Double? = nil
    ) {
        self.checkpoint = checkpoint
        self.step = step
        self.split = split
        self.average = average
        self.count = count
        self.metrics = metrics
        self.classes = classes
        self.calibration = calibration
        self.adjustment = adjustment
        self.answersPerSecond = answersPerSecond
    }
}

/// Numbers added to the logits of some classes, and what they do to a split.
public struct BiasAdjustment: Codable, Sendable, Equatable {
    public var classes: [AdjustedClass]
    /// Of the split that is reported, with them.
    public var scores: ClassScore

    public init(classes: [AdjustedClass], scores: ClassScore) {
        self.classes = classes
        self.scores = scores
    }

    /// Most classes whose biases are fitted together: each round takes their number squared for each answer.
    public static let most = 256
    /// Stands for every class.
    public static let all = "all"
}

/// One class whose logit is adjusted.
public struct AdjustedClass: Codable, Sendable, Equatable {
    public var name: String
    /// What is added, fitted on the validation split alone.
    public var bias: Double
    /// Of the split that is reported: the share of its answers that are right without and with the biases.
    public var before: Double
    public var after: Double

    public init(name: String, bias: Double, before: Double, after: Double) {
        self.name = name
        self.bias = bias
        self.before = before
        self.after = after
    }
}

extension BiasAdjustment: Documented {
    public static var documentation: [String] {
        [
            "Numbers added to the logits of some classes, and what they do to a split."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "scores": "Of the split that is reported, with them."
        ]
    }
}

extension AdjustedClass: Documented {
    public static var documentation: [String] {
        [
            "One class whose logit is adjusted."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "bias": "What is added; fitted on the validation split alone.",
            "before":
                "Of the split that is reported: the share of the class's answers that are right without the biases.",
            "after": "The same with them.",
        ]
    }
}

/// The network's answer to one example.
public struct Prediction: Codable, Sendable, Equatable {
    /// Position of the example in the file, from 0.
    public var index: Int
    /// The most likely class by name; absent for numbers.
    public var label: String?
    /// Probability by class, or the predicted numbers.
    public var values: [Double]

    public init(index: Int, label: String? = nil, values: [Double]) {
        self.index = index
        self.label = label
        self.values = values
    }
}

/// One tensor that two checkpoints do not share.
public struct TensorDifference: Codable, Sendable, Equatable {
    public var name: String
    /// 'changed', 'only_first', 'only_second' or 'shape'.
    public var kind: String
    public var maxAbsolute: Double?
    /// Norm of the difference over norm of the first.
    public var relativeNorm: Double?
    public var changedCount: Int?

    public init(
        name: String, kind: String, maxAbsolute: Double? = nil, relativeNorm: Double? = nil, changedCount: Int? = nil
    ) {
        self.name = name
        self.kind = kind
        self.maxAbsolute = maxAbsolute
        self.relativeNorm = relativeNorm
        self.changedCount = changedCount
    }
}

extension Evaluation: Documented {
    public static var documentation: [String] {
        [
            "What a checkpoint is worth on one split."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "split": "'training', 'validation' or 'test'.",
            "average": "'none' for the raw weights, else the average's name.",
            "count": "Examples measured.",
            "metrics": "By name: 'loss' always; 'accuracy' for classes; 'mae' for numbers.",
            "classes": "For classes: what the probabilities are worth.",
            "calibration": "Where it was asked for.",
            "adjustment": "Where it was asked for; a calibration is then of what it leaves.",
            "answersPerSecond": "In batches of the recipe's size.",
        ]
    }
}

extension Prediction: Documented {
    public static var documentation: [String] {
        [
            "The network's answer to one example."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "index": "Position of the example in the file, from 0.",
            "label": "The most likely class by name; absent for numbers.",
            "values": "Probability by class, or the predicted numbers.",
        ]
    }
}

extension TensorDifference: Documented {
    public static var documentation: [String] {
        [
            "One tensor that two checkpoints do not share."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "kind": "'changed', 'only_first', 'only_second' or 'shape'.",
            "relativeNorm": "Norm of the difference over norm of the first.",
        ]
    }
}
