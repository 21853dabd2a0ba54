/// How a run went until now: what its evaluations measured, and which checkpoints are kept of it.
public struct RunHistory: Codable, Sendable, Equatable {
    /// A checkpoint, and the run's metric where it was taken.
    public struct Kept: Codable, Sendable, Equatable {
        public var step: Int
        /// nil where nothing was measured at its own step.
        public var value: Double?

        public init(step: Int, value: Double?) {
            self.step = step
            self.value = value
        }
    }
    /// As `JOB@best` is written.
    public var job: String
    /// By which the best checkpoint is told.
    public var metric: String
    public var isHigherBetter: Bool
    /// Of the validation split.
    public var series: [Series]
    /// Behind `@best`; nil where there is none.
    public var best: Kept?
    /// What W5 has said of the run's dead units; nil where it has not looked.
    public var deadUnits: CheckVerdict?

    public init(
        job: String, metric: String, isHigherBetter: Bool, series: [Series], best: Kept?,
        deadUnits: CheckVerdict? = nil
    ) {
        self.job = job
        self.metric = metric
        self.isHigherBetter = isHigherBetter
        self.series = series
        self.best = best
        self.deadUnits = deadUnits
    }

    public func series(_ name: String) -> Series? { series.first { $0.name == name } }
}
