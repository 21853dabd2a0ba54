/// The learning rate over the run, in absolute steps.
///
/// Pure arithmetic on doubles, without the C library's transcendental functions, so that every machine computes the
/// same bits.
public struct Schedule: Sendable, Equatable {
    /// One segment in absolute steps.
    public struct Piece: Sendable, Equatable {
        public var shape: Segment.Shape
        /// First step.
        public var start: Int
        /// The step after the last; nil for no end.
        public var end: Int?
        /// Factor at the start and, for decays, at the end.
        public var from: Double
        public var to: Double
    }

    public let pieces: [Piece]
    /// Updates after which the run ends, with every change in force; nil where it ends by time or never.
    public let totalSteps: Int?
    /// Seconds of training after which the run ends.
    public let totalSeconds: Double?
    /// The rate from each step on: the recipe's first, then one for each change of it.
    public let rates: [(step: Int, rate: Double)]

    /// Resolves epochs and shares. Shares are of the total as submitted, so that a longer `until` does not bend the
    /// schedule behind the run's back.
    /// - Throws: `SimmerError.recipeInvalid` where a share has no total, or a change is not valid.
    public init(recipe: Recipe, stepsPerEpoch: Int, changes: [HotChange] = []) throws {
        pieces = []
        totalSteps = nil
        totalSeconds = nil
        rates = [(0, recipe.optimizer.rate)]
    }

    /// The factor on the rate for the update with index `step`: a warmup of n steps gives 1/n to 1, a decay begins at
    /// its first factor and has reached its last after its last step. After the last segment its last factor holds.
    public func factor(at step: Int) -> Double { 1 }

    /// The rate for the update with index `step`.
    public func rate(at step: Int) -> Double {
        (rates.last { $0.step <= step }?.rate ?? 0) * factor(at: step)
    }

    /// One line of a preview.
    public struct PreviewLine: Codable, Sendable, Equatable {
        /// Part of the run, 0 to 1; nil where the run has no total.
        public var share: Double?
        public var step: Int
        public var rate: Double
    }

    /// The rate at 0, 1, 5, 10, 25, 50, 75, 90 and 100 % of the run (its last update), or at the segments' borders
    /// where it has no total.
    public var preview: [PreviewLine] { [] }

    public static func == (a: Schedule, b: Schedule) -> Bool {
        a.pieces == b.pieces && a.totalSteps == b.totalSteps && a.totalSeconds == b.totalSeconds
            && a.rates.elementsEqual(b.rates, by: ==)
    }
}
