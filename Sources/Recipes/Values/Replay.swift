/// A stretch of a job's steps done again.
public struct Replay: Codable, Sendable, Equatable {
    public var job: String
    /// The checkpoint that the steps began at; nil where they began at the first weights.
    public var checkpoint: String?
    /// Its step.
    public var startStep: Int
    public var fromStep: Int
    public var toStep: Int
    /// Changes of hot keys that took effect on the way.
    public var changes: [HotChange]
    /// The layers whose work ends in the value that was measured as the traced layer's.
    public var layers: [String]
    /// Against each of the job's checkpoints on the way that was looked at, by step.
    public var comparisons: [ReplayComparison]
    /// Whether all of them are bit for bit the same; nil where there was none.
    public var same: Bool?
    public var findings: [Finding]

    public init(
        job: String, checkpoint: String?, startStep: Int, fromStep: Int, toStep: Int, changes: [HotChange],
        layers: [String] = [], comparisons: [ReplayComparison] = [], same: Bool? = nil, findings: [Finding] = []
    ) {
        self.job = job
        self.checkpoint = checkpoint
        self.startStep = startStep
        self.fromStep = fromStep
        self.toStep = toStep
        self.changes = changes
        self.layers = layers
        self.comparisons = comparisons
        self.same = same
        self.findings = findings
    }
}

/// What a replay came to at the step of a checkpoint, held against it.
public struct ReplayComparison: Codable, Sendable, Equatable {
    public var step: Int
    /// Its id.
    public var checkpoint: String
    public var digest: String?
    public var same: Bool
    /// Whether the controller's state is the same.
    public var stateSame: Bool
    /// By name; equal tensors are not named.
    public var differences: [TensorDifference]

    public init(
        step: Int, checkpoint: String, digest: String? = nil, same: Bool, stateSame: Bool,
        differences: [TensorDifference]
    ) {
        self.step = step
        self.checkpoint = checkpoint
        self.digest = digest
        self.same = same
        self.stateSame = stateSame
        self.differences = differences
    }
}

/// One update of a replay.
public struct ReplayedStep: Codable, Sendable, Equatable {
    /// Updates done with it.
    public var step: Int
    public var loss: Double
    public var gradientNorm: Double
    public var rate: Double
    public var layer: LayerTrace?

    public init(step: Int, loss: Double, gradientNorm: Double, rate: Double, layer: LayerTrace? = nil) {
        self.step = step
        self.loss = loss
        self.gradientNorm = gradientNorm
        self.rate = rate
        self.layer = layer
    }
}

/// One layer in one update.
public struct LayerTrace: Codable, Sendable, Equatable {
    public var activationMean: Double?
    public var activationDeviation: Double?
    public var zeroShare: Double
    public var gradientNorm: Double?
    public var weightNorm: Double?
    public var updateRatio: Double?

    public init(
        activationMean: Double?, activationDeviation: Double?, zeroShare: Double, gradientNorm: Double? = nil,
        weightNorm: Double? = nil, updateRatio: Double? = nil
    ) {
        self.activationMean = activationMean
        self.activationDeviation = activationDeviation
        self.zeroShare = zeroShare
        self.gradientNorm = gradientNorm
        self.weightNorm = weightNorm
        self.updateRatio = updateRatio
    }
}

extension Replay: Documented {
    public static var documentation: [String] {
        [
            "A stretch of a job's steps done again."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "checkpoint": "Where the steps began, at 'startStep'; absent where that was at the first weights.",
            "changes": "Changes of hot keys that took effect on the way.",
            "layers": "The layers whose work ends in the value that was measured as the traced layer's: those fused.",
            "comparisons": "Against each of the job's checkpoints on the way that was looked at, by step.",
            "same": "Whether all of them are bit for bit the same; absent where there was none.",
        ]
    }
}

extension ReplayComparison: Documented {
    public static var documentation: [String] {
        [
            "What a replay came to at the step of a checkpoint, held against it."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "digest": "The checkpoint's, which the replay's is as well where 'same'.",
            "stateSame": "Whether the controller's state is the same: the best metric, sums of metrics not yet told.",
            "differences": "By name; equal tensors are not named.",
        ]
    }
}

extension ReplayedStep: Documented {
    public static var documentation: [String] {
        [
            "One update of a replay."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "step": "Updates done with it.",
            "gradientNorm": "Of all gradients together, before clipping.",
        ]
    }
}

extension LayerTrace: Documented {
    public static var documentation: [String] {
        [
            "One layer in one update: what it gave to the next, over the examples of the step, and its parameters. The",
            "last three are absent for a layer that has none.",
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "activationMean": "Absent, as the deviation, where it is not finite.",
            "zeroShare": "Part of what it gave that is 0: what a relu cut off and what a dropout behind it took.",
            "gradientNorm": "Of its parameters' gradients, before clipping.",
            "weightNorm": "Of its parameters, before the update.",
            "updateRatio": "Norm of the change of its parameters over their norm; absent where that is 0.",
        ]
    }
}
