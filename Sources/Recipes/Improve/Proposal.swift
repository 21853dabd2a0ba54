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
    /// What it fell by there, as a 95 % interval over the validation answers: of one pair of runs, before the ledger's
    /// correction.
    public var low: Double?
    public var high: Double?
    /// What an update costs with it, in multiply-adds, as a multiple of what it costs without.
    public var cost: Double?
    /// Why it was not tried.
    public var refusal: String?

    public init(
        _ proposal: Proposal, expected: Double? = nil, low: Double? = nil, high: Double? = nil, cost: Double? = nil,
        refusal: String? = nil
    ) {
        self.proposal = proposal
        self.expected = expected
        self.low = low
        self.high = high
        self.cost = cost
        self.refusal = refusal
    }

    /// Whether it makes an update cheaper and cost nothing beyond chance.
    public var isCheaper: Bool { (cost ?? 1) < 0.9 && (high ?? -1) >= 0 }
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
    /// Validation losses without and with it, each at its own best step.
    public var before: Double
    public var after: Double
    /// Those steps, of the first pair of runs.
    public var beforeStep: Int?
    public var afterStep: Int?

    public init(
        proposal: Proposal, expected: Double, gain: Double, low: Double, high: Double, verdict: Verdict, before: Double,
        after: Double, beforeStep: Int? = nil, afterStep: Int? = nil
    ) {
        self.proposal = proposal
        self.expected = expected
        self.gain = gain
        self.low = low
        self.high = high
        self.verdict = verdict
        self.before = before
        self.after = after
        self.beforeStep = beforeStep
        self.afterStep = afterStep
    }

    /// Whether what was expected lies in the interval of what came.
    public var wasForetold: Bool { (low...max(low, high)).contains(expected) }
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
    /// Where the validation loss was lowest before the run's end, and rose beyond chance from there.
    public var stopping: StoppingGain?
    /// What several networks are worth together.
    public var ensemble: EnsembleTrial?
    /// What the columns of a table add, one group after the other.
    public var inputs: [InputGain]?
    /// The recipe's made examples beside the real ones, against the real ones alone.
    public var made: ImprovementOutcome?
    /// The catalogue's model in the place of the recipe's: better where one should not be a hero. Nothing was expected of it.
    public var plain: ImprovementOutcome?
    /// Of a round that tunes numbers.
    public var tuning: Tuning?
    /// What was left out, and why.
    public var notes: [String]?
    public var timeUsec: Int

    public init(
        steps: Int, seeds: Int, trainingLoss: Double, validationLoss: Double, tried: [TriedProposal],
        outcome: ImprovementOutcome? = nil, learningCurve: LearningCurve? = nil, inputs: [InputGain]? = nil,
        ensemble: EnsembleTrial? = nil, made: ImprovementOutcome? = nil, timeUsec: Int = 0
    ) {
        self.steps = steps
        self.seeds = seeds
        self.trainingLoss = trainingLoss
        self.validationLoss = validationLoss
        self.tried = tried
        self.outcome = outcome
        self.learningCurve = learningCurve
        self.inputs = inputs
        self.ensemble = ensemble
        self.made = made
        self.timeUsec = timeUsec
    }
}

extension Improvement {
    /// What was expected of a change and came of it: what the ledger keeps.
    public var outcomes: [ImprovementOutcome] { [outcome, made].compactMap { $0 } }
}

/// Stopping where the validation loss was lowest, against going on to the end.
public struct StoppingGain: Codable, Sendable, Equatable {
    public var step: Int
    /// By how much the loss rose from there, with its 95 % interval over the validation answers.
    public var gain: Double
    public var low: Double
    public var high: Double

    public init(step: Int, gain: Double, low: Double, high: Double) {
        self.step = step
        self.gain = gain
        self.low = low
        self.high = high
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
