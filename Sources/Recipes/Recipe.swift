/// A training recipe as the daemon understands it: every key present, every default filled in.
///
/// Read from YAML by `Recipe.read`; a plain value after that. Quantities that depend on the data (classes, steps in an
/// epoch) stay symbolic here and are resolved with `DataFacts`.
public struct Recipe: Codable, Sendable, Equatable {
    public var name: String
    public var kind: JobKind = .train
    public var seed: UInt64 = 0
    /// ensemble: how many networks; nil for a recipe that trains one.
    public var members: Int?
    /// ensemble: how the answers of its members become one.
    public var combine: Combination = .probabilities
    /// ensemble: whether the order in which members are added is chosen by the validation split.
    public var greedy: Bool = false
    /// distill: checkpoints whose answers the network learns.
    public var teachers: [String] = []
    /// distill: what logits are divided by before their softmax.
    public var temperature: Double = 4
    /// distill: the labels' part of the loss, 0 to 1; the rest is the teachers'.
    public var hardWeight: Double = 0.1
    /// distill: when the teachers are asked.
    public var targets: TargetSource = .live
    /// The hypothesis: which metric shall end above or below which value.
    public var expect: Expectation?
    public var data: DataSource
    public var model: Model
    /// `nil` takes the default of the target's kind: cross-entropy for classes, mse for numbers.
    public var loss: Loss?
    public var optimizer: Optimizer
    public var clip: Clip = Clip()
    public var batch: Int = 64
    /// Batches of one update, whose gradient is the mean over all their examples.
    public var accumulate: Int = 1
    public var precision: Precision = .float32
    public var schedule: [Segment] = [Segment(shape: .hold, length: .forever)]
    public var until: Amount = .forever
    public var evaluate: Amount = .epochs(1)
    public var checkpoint: CheckpointPolicy = CheckpointPolicy()
    /// Means of the weights, each kept as a tensor set of its name.
    public var averages = AveragePolicy()
    /// When the job is cooled down by itself.
    public var harvest = Harvest()
    /// When it ends before `until`.
    public var stop = Stop()
    public var resources: Resources = Resources()
    /// What follows from what watchers find.
    public var watch = Watch()
    /// Whom to tell of the job beside those whom the configuration names.
    public var notify = Notify()
    /// Check ids and the reason why each is accepted.
    public var acknowledge: [String: String] = [:]

    public init(name: String, data: DataSource, model: Model, optimizer: Optimizer) {
        self.name = name
        self.data = data
        self.model = model
        self.optimizer = optimizer
    }

    /// Examples of one update; an epoch's last has those that are left.
    public var examplesPerUpdate: Int { batch * accumulate }
}

/// Kinds of jobs.
public enum JobKind: String, Codable, Sendable, CaseIterable {
    case train, check, tune, ensemble, distill, evaluate
    /// Of a job that a command makes; no recipe asks for it.
    case squeeze
}

/// How the answers of an ensemble's members become one.
public enum Combination: String, Codable, Sendable, CaseIterable {
    case probabilities, logits, vote
}

/// When a student's teachers are asked.
public enum TargetSource: String, Codable, Sendable, CaseIterable {
    /// In every step, about the batch as it has been augmented.
    case live
    /// Once, before the first step, about the examples as they are.
    case cached
}

/// What products of matrices take their operands as; their sums, and all that is kept, are float32 always.
public enum Precision: String, Codable, Sendable, CaseIterable {
    case float32, bfloat16
}

/// A hypothesis on a metric at the end of the run.
public struct Expectation: Codable, Sendable, Equatable {
    public var metric: String
    public var above: Double?
    public var below: Double?

    public init(metric: String, above: Double? = nil, below: Double? = nil) {
        self.metric = metric
        self.above = above
        self.below = below
    }
}

/// A length of training or of time. Steps are the unit of truth; epochs are resolved with the data's size.
public enum Amount: Codable, Sendable, Equatable, Hashable {
    case steps(Int)
    case epochs(Double)
    case seconds(Double)
    /// Part of the whole run, 0 to 1; refused where the run has no total.
    case share(Double)
    case forever
}

/// One piece of the learning rate's schedule.
public struct Segment: Codable, Sendable, Equatable {
    public enum Shape: String, Codable, Sendable, CaseIterable {
        /// 0 to the rate, linearly.
        case warmup
        case hold
        /// From the segment's first rate to `to`, linearly.
        case linear
        case cosine
        /// 1 - sqrt(t), Hägele et al. 2024 (arXiv:2405.18392).
        case oneMinusSqrt = "1-sqrt"
        /// Down by a factor at regular steps.
        case step
        /// Down by a factor whenever the validation loss no longer falls.
        case plateau
    }
    public var shape: Shape
    public var length: Amount
    /// The factor on the rate at the end of a decay, 0 by default.
    public var to: Double = 0
    /// step: between two falls.
    public var every: Amount?
    /// step, plateau: what the rate is multiplied by.
    public var by: Double = 0.1
    /// plateau: how many evaluations must show no fall.
    public var window: Int = 10
    /// plateau: the factor below which it does not go.
    public var least: Double = 0.001

    public init(shape: Shape, length: Amount, to: Double = 0) {
        self.shape = shape
        self.length = length
        self.to = to
    }
}

/// When checkpoints are taken and which are kept.
public struct CheckpointPolicy: Codable, Sendable, Equatable {
    public struct Keep: Codable, Sendable, Equatable {
        public var last: Int = 3
        public var best: Int = 3
        public var hourly: Int = 24
        public var daily: Int = 14
        public var weekly: Int = 8
        public init() {}
    }
    public var every: Amount = .seconds(600)
    public var keep: Keep = Keep()

    public init() {}
}

/// What a run may use.
public struct Resources: Codable, Sendable, Equatable {
    /// Threads that compute; nil takes the daemon's configuration.
    public var threads: Int?
    /// Bytes of memory; nil for the plan's own estimate with slack.
    public var memory: Int?
    public var priority: Int = 0

    public init() {}
}
