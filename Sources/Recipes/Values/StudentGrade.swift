/// A student beside its teachers, and beside a twin that learned from the labels alone.
public struct StudentGrade: Codable, Sendable, Equatable {
    /// 'validation' or 'test'.
    public var split: String
    /// Answers measured: examples, times the positions that have one each.
    public var count: Int
    /// The student, its twin, the teachers one by one, and several of them together.
    public var networks: [GradedNetwork]
    /// Of the student and its twin with the teachers together, on the training, validation and measured examples.
    public var agreements: [GradedAgreement]
    /// By class, in the classes' order.
    public var classes: [GradedClass]
    /// Absent without a twin.
    public var verdict: GradeVerdict?
    /// What makes the comparison less fair than it looks.
    public var findings: [Finding]

    public init(
        split: String, count: Int, networks: [GradedNetwork] = [], agreements: [GradedAgreement] = [],
        classes: [GradedClass] = [], verdict: GradeVerdict? = nil, findings: [Finding] = []
    ) {
        self.split = split
        self.count = count
        self.networks = networks
        self.agreements = agreements
        self.classes = classes
        self.verdict = verdict
        self.findings = findings
    }
}

/// What a network is to a student's grade.
public enum GradeRole: String, Codable, Sendable, CaseIterable, Equatable {
    case student, twin, teacher
    /// The mean of the teachers' probabilities.
    case teachers
}

/// One network of a student's grade.
public struct GradedNetwork: Codable, Sendable, Equatable {
    public var role: GradeRole
    /// 'job@step'; of several teachers together their number.
    public var name: String
    /// Id of the checkpoint; absent for several together.
    public var checkpoint: String?
    public var scores: ClassScore
    public var calibration: Calibration?
    /// The student against this one: 'better' are the answers that only the student has right.
    public var comparison: PairedComparison?
    /// Trained numbers.
    public var parameterCount: Int
    /// Of the trained numbers: what statistics are kept in is not counted, as in a squeeze.
    public var sizeBytes: Int
    /// Answers in a second, in batches of its own recipe's size.
    public var answersPerSecond: Double

    public init(
        role: GradeRole, name: String, checkpoint: String? = nil, scores: ClassScore,
        calibration: Calibration? = nil, comparison: PairedComparison? = nil, parameterCount: Int, sizeBytes: Int,
        answersPerSecond: Double
    ) {
        self.role = role
        self.name = name
        self.checkpoint = checkpoint
        self.scores = scores
        self.calibration = calibration
        self.comparison = comparison
        self.parameterCount = parameterCount
        self.sizeBytes = sizeBytes
        self.answersPerSecond = answersPerSecond
    }
}

/// How far a network answers as the teachers do.
public struct GradedAgreement: Codable, Sendable, Equatable {
    public var role: GradeRole
    /// 'training', 'validation' or 'test'.
    public var split: String
    public var count: Int
    /// Share of the answers whose most probable class is the teachers'.
    public var top1: Double
    /// Mean divergence of the network's probabilities from the teachers', in nats.
    public var divergence: Double

    public init(role: GradeRole, split: String, count: Int, top1: Double, divergence: Double) {
        self.role = role
        self.split = split
        self.count = count
        self.top1 = top1
        self.divergence = divergence
    }
}

/// What became of one class on the way from the teachers to the student.
public struct GradedClass: Codable, Sendable, Equatable {
    public var name: String
    /// Answers whose true class it is.
    public var count: Int
    /// Shares of these that each has right.
    public var teachers: Double
    public var student: Double
    public var twin: Double?
    /// The part of what the teachers are ahead of the twin that the student has; absent where they are not ahead.
    public var recovered: Double?

    public init(
        name: String, count: Int, teachers: Double, student: Double, twin: Double? = nil, recovered: Double? = nil
    ) {
        self.name = name
        self.count = count
        self.teachers = teachers
        self.student = student
        self.twin = twin
        self.recovered = recovered
    }
}

/// Whether a student is better than its twin.
public struct GradeVerdict: Codable, Sendable, Equatable {
    public var outcome: GradeOutcome
    /// Answers that only the student has right, and that only the twin has right.
    public var better: Int
    public var worse: Int
    /// Probability of at least so many for the student if neither were better: one-sided, exact.
    public var pValue: Double
    /// By how much more of the answers are right, and the bounds of its interval of 95 %.
    public var difference: Double
    public var low: Double
    public var high: Double

    public init(
        outcome: GradeOutcome, better: Int, worse: Int, pValue: Double, difference: Double, low: Double, high: Double
    ) {
        self.outcome = outcome
        self.better = better
        self.worse = worse
        self.pValue = pValue
        self.difference = difference
        self.low = low
        self.high = high
    }

    /// A student passes at most at this: it is better with a confidence of 97.5 %, one-sided.
    public static let level = 0.025
}

public enum GradeOutcome: String, Codable, Sendable, CaseIterable, Equatable {
    /// Better than its twin beyond chance.
    case pass
    /// Has more right answers than its twin, but within chance.
    case undecided
    /// Has no more right answers than its twin.
    case fail
}

extension StudentGrade: Documented {
    public static var documentation: [String] {
        [
            "A student beside its teachers, and beside a twin that learned from the labels alone."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "split": "'validation' or 'test'.",
            "count": "Answers measured: examples, times the positions that have one each.",
            "networks": "The student, its twin, the teachers one by one, and several of them together.",
            "agreements":
                "Of the student and its twin with the teachers together, on training, validation and measured examples.",
            "classes": "By class, in the classes' order.",
            "verdict": "Absent without a twin.",
            "findings": "What makes the comparison less fair than it looks.",
        ]
    }
}

extension GradeRole: Documented {
    public static var documentation: [String] {
        [
            "What a network is to a student's grade: 'teachers' is the mean of the probabilities of several."
        ]
    }
}

extension GradedNetwork: Documented {
    public static var documentation: [String] {
        [
            "One network of a student's grade."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "name": "'job@step'; of several teachers together their number.",
            "checkpoint": "Its id; absent for several together.",
            "comparison": "The student against this one: 'better' are the answers that only the student has right.",
            "parameterCount": "Trained numbers.",
            "sizeBytes": "Of the trained numbers.",
            "answersPerSecond": "In batches of its own recipe's size.",
        ]
    }
}

extension GradedAgreement: Documented {
    public static var documentation: [String] {
        [
            "How far a network answers as the teachers do."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "split": "'training', 'validation' or 'test'.",
            "top1": "Share of the answers whose most probable class is the teachers'.",
            "divergence": "Mean divergence of the network's probabilities from the teachers', in nats.",
        ]
    }
}

extension GradedClass: Documented {
    public static var documentation: [String] {
        [
            "What became of one class on the way from the teachers to the student."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "count": "Answers whose true class it is.",
            "teachers": "Shares of these that each has right.",
            "recovered":
                "The part of what the teachers are ahead of the twin that the student has; absent where they are not.",
        ]
    }
}

extension GradeVerdict: Documented {
    public static var documentation: [String] {
        [
            "Whether a student is better than its twin."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "better": "Answers that only the student has right.",
            "worse": "Answers that only the twin has right.",
            "pValue":
                "Probability of at least so many for the student if neither were better: one-sided, exact (McNemar).",
            "difference": "By how much more of the answers are right.",
            "low": "Bounds of its interval of 95 %, exact.",
        ]
    }
}

extension GradeOutcome: Documented {
    public static var documentation: [String] {
        [
            "pass: better than its twin beyond chance (p at most 0.025, one-sided). undecided: more right answers, within",
            "chance. fail: no more right answers.",
        ]
    }
}
