/// One change of a recipe that may make it better.
public struct Proposal: Codable, Sendable, Equatable {
    /// The practice of the recipe that it comes from: `R12`.
    public var id: String
    /// The kind of change, under which the ledger keeps what it brought: `width-double`.
    public var kind: String
    public var title: String
    /// What `--set` takes.
    public var overrides: [String: String]

    public init(_ id: String, _ kind: String, _ title: String, _ overrides: [String: String]) {
        self.id = id
        self.kind = kind
        self.title = title
        self.overrides = overrides
    }
}

/// A proposal, what was expected of it, and what came of it.
public struct TriedProposal: Codable, Sendable, Equatable {
    public var proposal: Proposal
    /// By how much the validation loss was expected to fall, from a quarter of the steps.
    public var expected: Double?
    /// Why it was not tried.
    public var refusal: String?

    public init(_ proposal: Proposal, expected: Double? = nil, refusal: String? = nil) {
        self.proposal = proposal
        self.expected = expected
        self.refusal = refusal
    }
}

/// A change against none: the same examples, seeds and steps.
public struct ImprovementOutcome: Codable, Sendable, Equatable {
    public enum Verdict: String, Codable, Sendable, CaseIterable, Equatable { case better, same, worse }
    public var proposal: Proposal
    public var expected: Double
    /// By how much the mean loss over the validation answers fell, with its 95 % interval.
    public var gain: Double
    public var low: Double
    public var high: Double
    public var verdict: Verdict
    /// Validation losses without and with it.
    public var before: Double
    public var after: Double

    public init(
        proposal: Proposal, expected: Double, gain: Double, low: Double, high: Double, verdict: Verdict, before: Double,
        after: Double
    ) {
        self.proposal = proposal
        self.expected = expected
        self.gain = gain
        self.low = low
        self.high = high
        self.verdict = verdict
        self.before = before
        self.after = after
    }
}

/// What more data is likely to be worth.
public struct LearningCurve: Codable, Sendable, Equatable {
    /// Training examples, and the validation loss after as many steps.
    public var counts: [Int]
    public var losses: [Double]
    /// The curve's own value at all of the data and at twice as much; nil where no curve fits.
    public var fitted: Double?
    public var twice: Double?

    public init(counts: [Int], losses: [Double], fitted: Double? = nil, twice: Double? = nil) {
        self.counts = counts
        self.losses = losses
        self.fitted = fitted
        self.twice = twice
    }

    /// What twice the data is predicted to take off the loss.
    public var gain: Double? { fitted.flatMap { fitted in twice.map { fitted - $0 } } }
}

/// What came of one round of `simmer improve`.
public struct Improvement: Codable, Sendable, Equatable {
    public var steps: Int
    public var seeds: Int
    public var trainingLoss: Double
    public var validationLoss: Double
    /// In the order in which they were expected to help, the best first; those that were not tried last.
    public var tried: [TriedProposal]
    /// Of the best one; nil where none was expected to help.
    public var outcome: ImprovementOutcome?
    public var learningCurve: LearningCurve?
    public var timeUsec: Int

    public init(
        steps: Int, seeds: Int, trainingLoss: Double, validationLoss: Double, tried: [TriedProposal],
        outcome: ImprovementOutcome? = nil, learningCurve: LearningCurve? = nil, timeUsec: Int = 0
    ) {
        self.steps = steps
        self.seeds = seeds
        self.trainingLoss = trainingLoss
        self.validationLoss = validationLoss
        self.tried = tried
        self.outcome = outcome
        self.learningCurve = learningCurve
        self.timeUsec = timeUsec
    }
}

/// How much work a round may be.
public struct ImproveRequest: Codable, Sendable, Equatable {
    /// Updates of a whole run; nil for as many as `seconds` allow.
    public var steps: Int?
    /// Seconds that one whole run may take.
    public var seconds: Double
    public var seeds: Int
    /// Kinds to try; all where empty.
    public var only: [String]
    /// What the ledger says that an expected gain of each kind is worth: outcome over expectation.
    public var worth: [String: Double]

    public init(
        steps: Int? = nil, seconds: Double = 20, seeds: Int = 3, only: [String] = [], worth: [String: Double] = [:]
    ) {
        self.steps = steps
        self.seconds = seconds
        self.seeds = seeds
        self.only = only
        self.worth = worth
    }
}

extension ImprovementOutcome.Verdict: Documented {
    public static var interfaceName: String { "ImprovementVerdict" }
}

extension Improvement: Documented {
    public static var documentation: [String] {
        ["A round of trying single changes of a recipe: what was expected of each, and what the best one brought."]
    }
    public static var fieldDocumentation: [String: String] {
        ["tried": "The best expectation first; those that were not tried last."]
    }
}
