/// A number of the recipe that can be tuned.
public enum TunedNumber: String, Codable, Sendable, CaseIterable, Equatable {
    /// `optimizer.rate`.
    case rate
    /// `optimizer.decay`; adam becomes adamw, whose decay does not depend on the gradients.
    case decay
    /// Of every dropout layer, or of one before the last layer where there is none.
    case dropout
    /// A factor on the units and channels of all hidden layers.
    case width

    /// Where its values are drawn from: around the recipe's own value, where it has one.
    public func box(of recipe: Recipe) -> (low: Double, high: Double) {
        switch self {
        case .rate: (recipe.optimizer.rate / 30, min(100, recipe.optimizer.rate * 30))
        case .decay where recipe.optimizer.decay > 0:
            (recipe.optimizer.decay / 30, min(10, recipe.optimizer.decay * 30))
        case .decay: (1e-5, 0.3)
        case .dropout: (0.02, 0.7)
        case .width: (0.25, 4)
        }
    }
}

/// What a study of some numbers found.
public struct Tuning: Codable, Sendable, Equatable {
    /// One number of the study.
    public struct Axis: Codable, Sendable, Equatable {
        public var number: TunedNumber
        /// The box that values are drawn from, evenly by their logarithms.
        public var low: Double
        public var high: Double
        public var best: Double?
        /// The share of the variance of the trials' ranks that four bins of it explain, less what chance would; nil for
        /// fewer than 16 trials.
        public var importance: Double?
        /// The best value lies at an edge of the box, and the losses fall towards it.
        public var isAtEdge: Bool

        public init(
            number: TunedNumber, low: Double, high: Double, best: Double? = nil, importance: Double? = nil,
            isAtEdge: Bool = false
        ) {
            self.number = number
            self.low = low
            self.high = high
            self.best = best
            self.importance = importance
            self.isAtEdge = isAtEdge
        }
    }

    /// One set of values.
    public struct Trial: Codable, Sendable, Equatable {
        /// In the order of the axes.
        public var values: [Double]
        /// Validation losses after each of the rungs that it came to; a last one that is missing was not finite.
        public var losses: [Double]
        /// Why it went no further, where that was not for its loss.
        public var refusal: String?

        public init(values: [Double], losses: [Double] = [], refusal: String? = nil) {
            self.values = values
            self.losses = losses
            self.refusal = refusal
        }
    }

    public var axes: [Axis]
    /// Steps of each rung.
    public var rungs: [Int]
    /// The best first: those that came furthest, by their last loss.
    public var trials: [Trial]
    /// Validation losses of the recipe as it is, after each of the rungs.
    public var base: [Double]

    public init(axes: [Axis], rungs: [Int], trials: [Trial], base: [Double]) {
        self.axes = axes
        self.rungs = rungs
        self.trials = trials
        self.base = base
    }
}

extension Tuning: Documented {
    public static var documentation: [String] {
        ["Random trials of some numbers of a recipe, all with the same seed; a third of them goes on to the next rung."]
    }
}

extension Tuning.Axis: Documented {
    public static var interfaceName: String { "TuningAxis" }
}

extension Tuning.Trial: Documented {
    public static var interfaceName: String { "TuningTrial" }
}

extension TunedNumber: Documented {
    public static var documentation: [String] { ["A number that 'tune' knows."] }
}
