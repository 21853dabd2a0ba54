/// What one person said of some examples in one sitting.
public struct QuizSitting: Codable, Sendable, Equatable {
    public var who: String
    public var day: String
    /// Without remarks.
    public var answers: [QuizAnswer]

    public init(who: String, day: String, answers: [QuizAnswer]) {
        self.who = who
        self.day = day
        self.answers = answers.map { QuizAnswer(place: $0.place, answer: $0.answer) }
    }

    /// What was said in both of the same examples.
    public func shared(with other: QuizSitting) -> [(own: String, other: String)] {
        let theirs = Dictionary(other.answers.map { ($0.place, $0.answer) }, uniquingKeysWith: { $1 })
        return answers.compactMap { answer in theirs[answer.place].map { (answer.answer, $0) } }
    }
}

/// How far two labels of the same examples agree.
public struct QuizAgreement: Sendable, Equatable {
    /// Examples with the same label, as a share with Wilson's interval.
    public var score: QuizScore
    /// The share that would agree if each had said its classes as often, but of other examples.
    public var byChance: Double
    /// Cohen's (Educ. Psychol. Meas. 20, 1960), with its interval: that of the agreement. nil where both know one class.
    public var kappa: Double?
    public var low: Double?
    public var high: Double?

    public init(_ pairs: [(own: String, other: String)]) {
        score = QuizScore(right: pairs.count { $0.own == $0.other }, count: pairs.count)
        let count = Double(max(pairs.count, 1))
        let own = Dictionary(pairs.map { ($0.own, 1.0) }, uniquingKeysWith: +)
        let other = Dictionary(pairs.map { ($0.other, 1.0) }, uniquingKeysWith: +)
        // In order, so that the sum has the same bits every time.
        let byChance = own.keys.sorted().reduce(0.0) { $0 + (own[$1] ?? 0) / count * (other[$1] ?? 0) / count }
        self.byChance = byChance
        guard !pairs.isEmpty, byChance < 1 else { return }
        func beyondChance(_ share: Double) -> Double { (share - byChance) / (1 - byChance) }
        kappa = beyondChance(score.accuracy)
        low = beyondChance(score.low)
        high = beyondChance(score.high)
    }
}
