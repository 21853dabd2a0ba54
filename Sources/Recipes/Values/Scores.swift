/// What probabilities of classes are worth against the true classes.
public struct ClassScore: Codable, Sendable, Equatable {
    /// Share of the answers whose most probable class is the true one.
    public var accuracy: Double
    /// Mean of -log(probability of the true class), in nats; absent where votes stand for probabilities.
    public var nll: Double?
    /// Mean over the answers of the sum over the classes of (probability - truth) squared: 0 to 2.
    public var brier: Double
    /// Expected calibration error in 15 bins of equal width.
    public var ece: Double
    /// Bounds of its bootstrap interval of 95 %.
    public var eceLow: Double
    public var eceHigh: Double

    public init(
        accuracy: Double, nll: Double? = nil, brier: Double, ece: Double, eceLow: Double, eceHigh: Double
    ) {
        self.accuracy = accuracy
        self.nll = nll
        self.brier = brier
        self.ece = ece
        self.eceLow = eceLow
        self.eceHigh = eceHigh
    }
}

/// What predicted numbers are worth.
public struct NumberScore: Codable, Sendable, Equatable {
    /// Mean over the answers and their numbers of the squared error.
    public var mse: Double
    /// The same of the absolute error.
    public var mae: Double

    public init(mse: Double, mae: Double) {
        self.mse = mse
        self.mae = mae
    }
}

/// A temperature and what it does to a split.
public struct Calibration: Codable, Sendable, Equatable {
    /// What the logits are divided by, fitted on the validation split alone.
    public var temperature: Double
    /// Of the split that is reported, after the division.
    public var scores: ClassScore

    public init(temperature: Double, scores: ClassScore) {
        self.temperature = temperature
        self.scores = scores
    }
}

extension ClassScore: Documented {
    public static var documentation: [String] {
        [
            "What probabilities of classes are worth against the true classes."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "accuracy": "Share of the answers whose most probable class is the true one.",
            "nll": "Mean of -log(probability of the true class), in nats; absent where votes stand for probabilities.",
            "brier": "Mean over the answers of the sum over the classes of (probability - truth) squared: 0 to 2.",
            "ece":
                "Expected calibration error: 15 bins of equal width, |accuracy - confidence| of each by its share.",
            "eceLow": "Bounds of its bootstrap interval of 95 %; the draws have a fixed seed.",
        ]
    }
}

extension NumberScore: Documented {
    public static var documentation: [String] {
        [
            "What predicted numbers are worth."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "mse": "Mean over the answers and their numbers of the squared error.",
            "mae": "The same of the absolute error.",
        ]
    }
}

extension Calibration: Documented {
    public static var documentation: [String] {
        [
            "A temperature and what it does to a split."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "temperature": "What the logits are divided by; fitted on the validation split alone.",
            "scores": "Of the split that is reported, after the division.",
        ]
    }
}
