/// What several networks of the recipe, trained with seeds of their own, are worth together.
public struct EnsembleGain: Codable, Sendable, Equatable {
    public var members: Int
    /// Of their mean answer: the share of wrong classes, or the squared error.
    public var error: Double
    /// By how much that is less than the mean error of its members, with the 95 % interval over the validation answers.
    public var gain: Double
    public var low: Double
    public var high: Double

    public init(members: Int, error: Double, gain: Double, low: Double, high: Double) {
        self.members = members
        self.error = error
        self.gain = gain
        self.low = low
        self.high = high
    }
}

/// Ensembles of growing size.
public struct EnsembleTrial: Codable, Sendable, Equatable {
    /// Of a single member, the mean over all of them.
    public var single: Double
    /// Whether errors are shares of wrong classes; else they are squared.
    public var isShare: Bool
    public var gains: [EnsembleGain]
    /// What to make of it; nil where no size is better than a member beyond chance.
    public var proposal: Proposal?

    public init(single: Double, isShare: Bool, gains: [EnsembleGain], proposal: Proposal? = nil) {
        self.single = single
        self.isShare = isShare
        self.gains = gains
        self.proposal = proposal
    }
}
