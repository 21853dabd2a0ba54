/// What several checkpoints are worth together on one split, for 1, 2 and more of them.
public struct Ensemble: Codable, Sendable, Equatable {
    public var method: EnsembleMethod
    /// 'validation' or 'test'.
    public var split: String
    /// Answers measured: examples, times the positions that have one each.
    public var count: Int
    /// Each alone, in the order of the call.
    public var members: [EnsembleMember]
    /// In the order in which they are added.
    public var steps: [EnsembleStep]
    /// Of each two that were added the share of the validation split's answers that name different classes, where some
    /// were chosen: as many rows as steps, one after another.
    public var disagreement: [Double]?

    public init(
        method: EnsembleMethod, split: String, count: Int, members: [EnsembleMember], steps: [EnsembleStep]
    ) {
        self.method = method
        self.split = split
        self.count = count
        self.members = members
        self.steps = steps
    }
}

/// One checkpoint of an ensemble, alone.
public struct EnsembleMember: Codable, Sendable, Equatable {
    /// Id of the checkpoint.
    public var checkpoint: String
    /// 'job@step'.
    public var name: String
    public var classes: ClassScore?
    public var numbers: NumberScore?
    /// Against the first member, each alone: 'better' are the answers that only this one has right (numbers: nearer);
    /// absent for the first.
    public var comparison: PairedComparison?
    /// In batches of its own recipe's size.
    public var answersPerSecond: Double?

    public init(
        checkpoint: String, name: String, classes: ClassScore? = nil, numbers: NumberScore? = nil,
        comparison: PairedComparison? = nil, answersPerSecond: Double? = nil
    ) {
        self.checkpoint = checkpoint
        self.name = name
        self.classes = classes
        self.numbers = numbers
        self.comparison = comparison
        self.answersPerSecond = answersPerSecond
    }
}

/// What the first so many members are worth together.
public struct EnsembleStep: Codable, Sendable, Equatable {
    /// Members taken so far, this one included.
    public var size: Int
    /// The one that this step adds, as its place in 'members'.
    public var added: Int
    public var classes: ClassScore?
    public var numbers: NumberScore?
    public var calibration: Calibration?
    /// Share of the first step's wrong answers (numbers: of its squared error) that is gone; absent for the first.
    public var errorReduction: Double?
    /// Against the step before; absent for the first.
    public var comparison: PairedComparison?
    /// The first step that is not better than the one before beyond chance.
    public var stopsPaying: Bool

    public init(
        size: Int, added: Int, classes: ClassScore? = nil, numbers: NumberScore? = nil,
        calibration: Calibration? = nil, errorReduction: Double? = nil, comparison: PairedComparison? = nil,
        stopsPaying: Bool = false
    ) {
        self.size = size
        self.added = added
        self.classes = classes
        self.numbers = numbers
        self.calibration = calibration
        self.errorReduction = errorReduction
        self.comparison = comparison
        self.stopsPaying = stopsPaying
    }
}

/// Two sets of answers to the same questions: McNemar's exact test for classes, the sign test of the errors for numbers.
public struct PairedComparison: Codable, Sendable, Equatable {
    /// Answers that are right (numbers: nearer) only now.
    public var better: Int
    /// Answers that were right (nearer) only before.
    public var worse: Int
    /// Probability of at least as uneven a split of them if neither were better: two-sided, exact.
    public var pValue: Double

    public init(better: Int, worse: Int, pValue: Double) {
        self.better = better
        self.worse = worse
        self.pValue = pValue
    }

    /// At most this, and more are better than worse: beyond chance.
    public static let level = 0.05

    public var isBetter: Bool { better > worse && pValue <= Self.level }
}

/// How an ensemble's members become one answer.
public enum EnsembleMethod: String, Codable, Sendable, CaseIterable, Equatable {
    case averageWeights = "average_weights"
    case averageLogits = "average_logits"
    case averageProbabilities = "average_probabilities"
    case vote
}

extension Ensemble: Documented {
    public static var documentation: [String] {
        [
            "What several checkpoints are worth together on one split, for 1, 2 and more of them."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "split": "'validation' or 'test'.",
            "count": "Answers measured: examples, times the positions that have one each.",
            "members": "Each alone, in the order of the call.",
            "steps": "In the order in which they are added.",
            "disagreement":
                "Shares of the validation split's answers in which each two differ: as many rows as steps, in their order.",
        ]
    }
}

extension EnsembleMember: Documented {
    public static var documentation: [String] {
        [
            "One checkpoint of an ensemble, alone."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "checkpoint": "Its id.",
            "name": "'job@step'.",
            "comparison":
                "Against the first member, each alone: 'better' are the answers that only this one has right.",
            "answersPerSecond": "In batches of its own recipe's size.",
        ]
    }
}

extension EnsembleStep: Documented {
    public static var documentation: [String] {
        [
            "What the first so many members are worth together."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "size": "Members taken so far, this one included.",
            "added": "The one that this step adds, as its place in 'members'.",
            "errorReduction":
                "Share of the first step's wrong answers (numbers: squared error) that is gone; absent for the first.",
            "comparison": "Against the step before; absent for the first.",
            "stopsPaying": "The first step that is not better than the one before beyond chance (p above 0.05).",
        ]
    }
}

extension PairedComparison: Documented {
    public static var documentation: [String] {
        [
            "Two sets of answers to the same questions: McNemar's exact test for classes, the sign test of the errors",
            "for numbers.",
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "better": "Answers that are right (numbers: nearer) only now.",
            "worse": "Answers that were right (nearer) only before.",
            "pValue": "Probability of at least as uneven a split of these if neither were better: two-sided, exact.",
        ]
    }
}

extension EnsembleMethod: Documented {
    public static var documentation: [String] {
        [
            "How an ensemble's members become one answer: the mean of their probabilities, of their logits (numbers: of",
            "their predictions, with either), the class that most of them name, or one network of their mean weights.",
        ]
    }
}
