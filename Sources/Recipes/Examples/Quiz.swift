/// A person's answer to one example that was shown without its label.
public struct QuizAnswer: Codable, Sendable, Equatable {
    public var place: ExamplePlace
    public var answer: String
    /// What the person looked at, in their words.
    public var remark: String?
    /// Seconds of thought.
    public var seconds: Double?

    public init(place: ExamplePlace, answer: String, remark: String? = nil, seconds: Double? = nil) {
        self.place = place
        self.answer = answer
        self.remark = remark
        self.seconds = seconds
    }
}

/// An answer beside the truth.
public struct QuizMark: Codable, Sendable, Equatable {
    public var place: ExamplePlace
    public var answer: String
    public var truth: String

    public var isRight: Bool { answer == truth }

    public init(place: ExamplePlace, answer: String, truth: String) {
        self.place = place
        self.answer = answer
        self.truth = truth
    }
}

/// What a person's answers come to.
public struct QuizScore: Codable, Sendable, Equatable {
    public var right: Int
    public var count: Int
    public var accuracy: Double
    /// Wilson's interval of 95 % (J. Amer. Stat. Assoc. 22, 1927): it holds for few answers too, and for all right.
    public var low: Double
    public var high: Double

    public init(right: Int, count: Int) {
        self.right = right
        self.count = count
        let n = Double(max(count, 1))
        let p = Double(right) / n
        let z = 1.959963984540054
        let square = z * z / n
        let middle = (p + square / 2) / (1 + square)
        let half = z / (1 + square) * (p * (1 - p) / n + square / (4 * n)).squareRoot()
        accuracy = p
        low = count == 0 ? 0 : max(0, middle - half)
        high = count == 0 ? 1 : min(1, middle + half)
    }
}

extension QuizAnswer: Documented {
    public static var documentation: [String] { ["A person's answer to an example that was shown without its label."] }
    public static var fieldDocumentation: [String: String] { ["remark": "What the person looked at."] }
}

extension QuizMark: Documented {
    public static var documentation: [String] { ["An answer beside the truth."] }
}

extension QuizScore: Documented {
    public static var documentation: [String] { ["What a person's answers come to, with Wilson's interval of 95 %."] }
}
