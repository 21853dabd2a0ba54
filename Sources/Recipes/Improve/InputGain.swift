/// What columns of a table add to those before them.
public struct InputGain: Codable, Sendable, Equatable {
    /// Of the columns, in the order of the file.
    public var columns: [String]
    /// Validation loss with them and all before them.
    public var loss: Double
    /// By how much that is less than without them, on the same examples, seeds and steps, with its interval: 95 % for all
    /// the groups together.
    public var gain: Double
    public var low: Double
    public var high: Double
    public var verdict: ImprovementOutcome.Verdict

    public init(
        columns: [String], loss: Double, gain: Double, low: Double, high: Double, verdict: ImprovementOutcome.Verdict
    ) {
        self.columns = columns
        self.loss = loss
        self.gain = gain
        self.low = low
        self.high = high
        self.verdict = verdict
    }
}
