/// What a check found.
public enum CheckVerdict: String, Codable, Sendable, CaseIterable, Equatable {
    case pass
    /// Wants a look; a long run needs it acknowledged, with a reason.
    case warn
    /// An exact invariant is broken, or p < 1e-4 with an effect that matters.
    case fail
    /// Could not be run, or does not apply; the message says why.
    case skip
}

/// What a verdict stands on, the strongest first.
public enum CheckEvidence: String, Codable, Sendable, CaseIterable, Equatable {
    /// Something that must hold exactly.
    case invariant
    /// A twin of the job that differs in one thing.
    case counterfactual
    /// A number outside its band.
    case statistic
    /// The look of a curve.
    case curve
}

/// When a check is run.
public enum CheckSuite: String, Codable, Sendable, CaseIterable, Equatable {
    /// Before a long run: data and skeleton, under a minute for MNIST on two cores.
    case cheap
    /// What takes longer; by request.
    case full
    /// On a checkpoint.
    case trained
    /// While a job trains.
    case watch
    /// By `simmer improve`.
    case improve
}

/// The part of the recipe that a check belongs to.
public enum CheckStage: String, Codable, Sendable, CaseIterable, Equatable {
    case premises, data, skeleton, overfit, regularise, tune, squeeze, watch
}

extension CheckVerdict: Documented {
    public static var documentation: [String] {
        ["What a check found: 'fail' is a broken invariant, 'warn' wants a look, 'skip' says why it could not run."]
    }
}

extension CheckEvidence: Documented {
    public static var documentation: [String] { ["What a verdict stands on, the strongest first."] }
}

extension CheckSuite: Documented {
    public static var documentation: [String] {
        ["When a check is run: before a long run, by request, on a checkpoint, while a job trains, by ImproveRecipe."]
    }
}
