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

/// What the network learns from.
public struct DataSource: Codable, Sendable, Equatable {
    public enum Format: String, Codable, Sendable, CaseIterable {
        case idx, csv, npy
        /// Sequences of characters.
        case text
        /// PNG and JPEG in tar archives of class folders.
        case images
        /// Drawn by simmer itself from the seed.
        case digits, spirals
        /// Files are named for the formats that read them.
        public var readsFiles: Bool { self != .digits && self != .spirals }
        /// Whether a file of inputs holds the targets as well.
        public var holdsTargets: Bool { self != .idx && self != .npy }
    }
    public enum Normalize: Codable, Sendable, Equatable {
        case standard, unit, none
        case fixed(mean: [Double], deviation: [Double])
    }
    public enum Validation: Codable, Sendable, Equatable {
        /// Split off the training examples by seed, stratified by class.
        case fraction(Double)
        case files(FileSet)
    }
    /// text: what one example is cut from.
    public enum Documents: String, Codable, Sendable, CaseIterable {
        /// All the text: every position of a window predicts the next character.
        case whole
        /// Each line by itself: one target for the characters before it.
        case lines
    }
    /// distill: what an epoch is made of where there are unlabelled examples.
    public enum Transfer: String, Codable, Sendable, CaseIterable {
        /// Each labelled example once, and after each an unlabelled one.
        case mixed
        /// The unlabelled ones alone.
        case only
    }
    /// csv: what is done about a value that is missing.
    public enum Missing: String, Codable, Sendable, CaseIterable { case refuse, mean }
    public var format: Format
    /// Splits and draws the data; nil for the recipe's own.
    public var seed: Int?
    public var train: FileSet?
    public var validation: Validation = .fraction(0.1)
    public var test: FileSet?
    /// Training examples that somebody made: rendered, simulated, generated.
    public var made: FileSet?
    /// distill: inputs that the teachers alone label.
    public var unlabelled: FileSet?
    public var transfer: Transfer = .mixed
    /// Classes that no training example is left of.
    public var without: [String] = []
    public var shuffle: Bool = true
    public var normalize: Normalize = .standard
    /// What is done to the training inputs, in order.
    public var augment: [Augmentation] = []
    /// Examples to draw, for the built-in formats.
    public var examples: Int = 20000
    /// csv: the column to predict; the last one by default.
    public var target: String?
    /// The number of classes, where the data cannot say (nil: the largest label + 1).
    public var classes: Int?
    public var missing: Missing = .refuse
    /// text: tokens in one example.
    public var window: Int = 64
    public var documents: Documents = .whole
    /// images: height and width that all are brought to; nil for the one size they have.
    public var size: [Int]?
    /// images: 1 or 3; nil for 1 where all are grey.
    public var channels: Int?

    public init(format: Format) {
        self.format = format
    }
}

/// Paths as the recipe writes them, relative to the recipe's file.
public struct FileSet: Codable, Sendable, Equatable {
    public var inputs: [String]
    /// Empty where the inputs' file holds the targets as well (csv).
    public var targets: [String]

    public init(inputs: [String], targets: [String] = []) {
        self.inputs = inputs
        self.targets = targets
    }
}

/// The network: layers in order.
public struct Model: Codable, Sendable, Equatable {
    public enum Head: String, Codable, Sendable, CaseIterable { case prior, zero }
    public var layers: [Layer]
    /// How the last bias starts: from the training targets, or at zero.
    public var head: Head = .prior
    /// How the weights of linear and conv2d begin where the layer does not say it.
    public var initial: InitialValues = InitialValues()
    /// A checkpoint or a .safetensors file to take the first weights from.
    public var from: String?
    /// What the tensors there are called here, where the names differ.
    public var map: [NameMapping] = []
    /// Whether tensors that are not there keep their first values.
    public var partial: Bool = false

    public init(layers: [Layer]) {
        self.layers = layers
    }

    /// `from`, where it is a file.
    public var weightsFile: String? { from.flatMap { $0.hasSuffix(".safetensors") ? $0 : nil } }
    /// `from`, where it is a checkpoint.
    public var weightsCheckpoint: String? { from.flatMap { $0.hasSuffix(".safetensors") ? nil : $0 } }
}

/// Tensors of a file of weights, and what the model calls them.
public struct NameMapping: Codable, Sendable, Equatable {
    /// One tensor's name; or what names begin with, ending in a dot.
    public var file: String
    /// In its place; nil leaves the tensors out.
    public var model: String?
    /// Line of the recipe, from 1.
    public var line: Int?

    public init(file: String, model: String?, line: Int? = nil) {
        self.file = file
        self.model = model
        self.line = line
    }

    /// Whether the mapping speaks of this tensor.
    public func matches(_ name: String) -> Bool { file.hasSuffix(".") ? name.hasPrefix(file) : name == file }

    /// The model's name of a tensor that it speaks of.
    public func renamed(_ name: String) -> String? { model.map { $0 + name.dropFirst(file.count) } }
}

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

/// How gradients become steps.
public struct Optimizer: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case sgd, adam, adamw
        case scheduleFreeAdamw = "schedule-free-adamw"
        case rmsprop, adagrad
    }
    public var kind: Kind = .adam
    public var rate: Double = 3e-4
    /// sgd, rmsprop.
    public var momentum: Double = 0
    /// sgd.
    public var nesterov: Bool = false
    /// rmsprop: the part of the mean square kept each step.
    public var alpha: Double = 0.99
    /// adam, adamw: decays of the two moments; schedule-free-adamw: the average's share in the point of the gradient, and
    /// the decay of the mean square.
    public var betas: [Double] = [0.9, 0.999]
    public var epsilon: Double = 1e-8
    /// Added to the gradient (L2); adamw, schedule-free-adamw: decoupled, not on biases and norms.
    public var decay: Double = 0

    public init(kind: Kind = .adam, rate: Double = 3e-4) {
        self.kind = kind
        self.rate = rate
    }

    /// Moment buffers that it keeps, by the prefix of their tensors' names. A moment's tensor is
    /// `<prefix>.<tensor name>`.
    public var momentNames: [String] {
        switch kind {
        case .adam, .adamw: ["adam.m", "adam.v"]
        case .scheduleFreeAdamw: ["schedule_free.z", "schedule_free.v"]
        case .sgd: momentum == 0 ? [] : ["sgd.momentum"]
        case .rmsprop: momentum == 0 ? ["rmsprop.v"] : ["rmsprop.v", "rmsprop.momentum"]
        case .adagrad: ["adagrad.sum"]
        }
    }
}

/// Limits on the gradient before the step.
public struct Clip: Codable, Sendable, Equatable {
    /// Largest norm over all gradients together; nil for none.
    public var gradientNorm: Double?
    /// Largest absolute value of each gradient, after the norm's limit; nil for none.
    public var value: Double?

    public init(gradientNorm: Double? = nil, value: Double? = nil) {
        self.gradientNorm = gradientNorm
        self.value = value
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
