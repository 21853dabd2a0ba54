/// One experiment: its numbers and its verdict. What it is about, its threshold and where that comes from is declared
/// once, in `CheckCatalogue`.
public struct CheckResult: Codable, Sendable, Equatable {
    /// As in the manual: `K12`.
    public var id: String
    public var verdict: CheckVerdict
    public var evidence: CheckEvidence
    /// What was found, in one or two sentences.
    public var message: String
    /// Of a watcher that has had milder results since its worst: what the worst one said, with which `message` begins.
    public var worst: String?
    public var numbers: [CheckNumber]
    /// Where: `train-images.idx row 17`; at most a few dozen.
    public var places: [String]
    /// What to do next; nil where nothing is to be done.
    public var action: String?
    /// What it cost.
    public var seconds: Double
    /// Names of its pictures, which are stored beside it.
    public var pictures: [String]
    /// While a job trains: the step that it was found at.
    public var step: Int?
    /// When it was found; 0 until it is stored.
    public var timeUsec: Int

    public init(
        _ id: String, _ verdict: CheckVerdict, _ evidence: CheckEvidence, _ message: String,
        numbers: [CheckNumber] = [], places: [String] = [], action: String? = nil, seconds: Double = 0,
        pictures: [String] = [], step: Int? = nil, timeUsec: Int = 0
    ) {
        self.id = id
        self.verdict = verdict
        self.evidence = evidence
        self.message = message
        self.numbers = numbers
        self.places = places
        self.action = action
        self.seconds = seconds
        self.pictures = pictures
        self.step = step
        self.timeUsec = timeUsec
    }

    /// A check that cannot be run, and why.
    public static func skip(_ id: String, _ reason: String) -> CheckResult {
        CheckResult(id, .skip, .statistic, reason)
    }
}

/// A number that a check measured.
public struct CheckNumber: Codable, Sendable, Equatable {
    public var name: String
    /// nil where it is not finite.
    public var value: Double?
    /// `nats`, `%`, `steps`; nil for a plain number.
    public var unit: String?

    public init(_ name: String, _ value: Double, unit: String? = nil) {
        self.name = name
        self.value = value.isFinite ? value : nil
        self.unit = unit
    }
}

extension CheckResult: Documented {
    public static var documentation: [String] {
        [
            "One experiment of the recipe: its numbers, its verdict, what to do next. The ids are those of simmer-checks(7)."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "worst": "What the worst result said, where milder ones came since; 'message' begins with it.",
            "places": "Where: file and row, key, layer.",
            "seconds": "What it cost.",
            "pictures": "Names for GetPictures.",
            "step": "While a job trains: where it was found.",
        ]
    }
}

extension CheckNumber: Documented {
    public static var documentation: [String] { ["A number that a check measured; absent where it is not finite."] }
}
