import Recipes

/// All that one job's report shows. A value: whoever gathers it knows where it comes from.
public struct Report: Sendable {
    public var job: JobDetail
    /// nil where this version cannot read its text.
    public var recipe: Recipe?
    /// What inspection measured of its data; nil before that.
    public var facts: DataFacts?
    /// Curves of the metrics, thinned out.
    public var series: [Series]
    public var results: [CheckResult]
    public var pictures: [CheckPicture]
    /// Reasons by the id of the check that each accepts: the recipe's, and those given later.
    public var acknowledged: [String: String]
    /// Gates that were passed by force, each with what was said about it.
    public var forced: [String]
    /// Expectations of this job and others, newest first, and what came of them.
    public var ledger: [LedgerEntry]
    /// Rounds of improving this recipe, newest first.
    public var improvements: [Improvement]
    /// What its best checkpoint is worth, where that was measured.
    public var evaluation: Evaluation?
    /// `2026-03-02 08:14`.
    public var printed: String
    /// Of the program that prints.
    public var version: String

    public init(
        job: JobDetail, recipe: Recipe?, facts: DataFacts? = nil, series: [Series] = [], results: [CheckResult] = [],
        pictures: [CheckPicture] = [], acknowledged: [String: String] = [:], forced: [String] = [],
        ledger: [LedgerEntry] = [], improvements: [Improvement] = [],
        evaluation: Evaluation? = nil, printed: String, version: String
    ) {
        self.job = job
        self.recipe = recipe
        self.facts = facts
        self.series = series
        self.results = results
        self.pictures = pictures
        self.acknowledged = acknowledged
        self.forced = forced
        self.ledger = ledger
        self.improvements = improvements
        self.evaluation = evaluation
        self.printed = printed
        self.version = version
    }

    var name: String { job.summary.name }
}

/// A picture and the check that drew it.
public struct CheckPicture: Sendable {
    public var id: String
    public var picture: Picture

    public init(id: String, _ picture: Picture) {
        self.id = id
        self.picture = picture
    }
}

/// An expectation that was written down before a run, and its outcome.
public struct LedgerEntry: Sendable, Equatable {
    public var job: String
    public var expectation: Expectation
    /// The metric at the end of the run; nil where it has not ended, or was not measured.
    public var outcome: Double?

    public init(job: String, expectation: Expectation, outcome: Double?) {
        self.job = job
        self.expectation = expectation
        self.outcome = outcome
    }

    /// Whether it came as expected; nil as long as nobody knows.
    public var held: Bool? {
        guard let outcome else { return nil }
        if let above = expectation.above { return outcome > above }
        if let below = expectation.below { return outcome < below }
        return nil
    }
}
