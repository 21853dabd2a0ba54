/// How much work a round may be.
public struct ImproveRequest: Codable, Sendable, Equatable {
    /// Updates of a whole run; nil for as many as `seconds` allow.
    public var steps: Int?
    /// Seconds that one whole run may take.
    public var seconds: Double
    /// Seconds that the learning curve and the ensemble may take together; nil for as many as they need.
    public var budget: Double?
    public var seeds: Int
    /// Kinds to try; all where empty.
    public var only: [String]
    /// What the ledger says that an expected gain of each kind is worth: outcome over expectation.
    public var worth: [String: Double]
    /// Whether the last round of the same recipe found no change that is better: then what comes late in the recipe is
    /// tried as well.
    public var isSettled: Bool
    /// Numbers to tune instead of trying single changes, and trials of them.
    public var tune: [TunedNumber]
    public var trials: Int

    public init(
        steps: Int? = nil, seconds: Double = 20, budget: Double? = nil, seeds: Int = 3, only: [String] = [],
        worth: [String: Double] = [:], isSettled: Bool = false, tune: [TunedNumber] = [], trials: Int = 20
    ) {
        self.steps = steps
        self.seconds = seconds
        self.budget = budget
        self.seeds = seeds
        self.only = only
        self.worth = worth
        self.isSettled = isSettled
        self.tune = tune
        self.trials = trials
    }

    /// Whether a round tries what is called this.
    public func wants(_ kind: String) -> Bool { only.isEmpty || only.contains(kind) }
}
