/// What more data is likely to be worth.
public struct LearningCurve: Codable, Sendable, Equatable {
    /// Training examples, and the mean validation loss of the runs on them, each with as many steps.
    public var counts: [Int]
    public var losses: [Double]
    /// The curve's own value at all of the data and at twice as much; nil where no curve fits.
    public var fitted: Double?
    public var twice: Double?
    /// The interval of `twice`, 95 %, from what seeds and the choice of examples do to the losses; nil for a single run of
    /// each share.
    public var low: Double?
    public var high: Double?
    /// Runs of each share, with seeds and examples of their own, and how many were wanted; nil in rounds of earlier
    /// versions, which had one.
    public var seeds: Int?
    public var wantedSeeds: Int?

    public init(
        counts: [Int], losses: [Double], fitted: Double? = nil, twice: Double? = nil, low: Double? = nil,
        high: Double? = nil, seeds: Int? = nil, wantedSeeds: Int? = nil
    ) {
        self.counts = counts
        self.losses = losses
        self.fitted = fitted
        self.twice = twice
        self.low = low
        self.high = high
        self.seeds = seeds
        self.wantedSeeds = wantedSeeds
    }

    /// What twice the data is predicted to take off the loss.
    public var gain: Double? { fitted.flatMap { fitted in twice.map { fitted - $0 } } }

    /// What it is predicted to take off, where that is more than a change that was found and more than chance: the whole
    /// interval lies below what all of the data gives. A curve of single runs has no interval, and is taken at its word.
    public func gain(beyond found: Double) -> Double? {
        guard let gain, let fitted, gain > found, gain > 0, high.map({ $0 < fitted }) ?? true else { return nil }
        return gain
    }
}
