import Recipes
import Storage

/// What people have done with the examples, as results of checks.
enum ExampleNotes {
    /// Examples after which a person knows the data (RECIPE.md D2).
    static let enough = 1_000
    /// Notes and remarks that are kept, the newest ones.
    static let mostPlaces = 24
    static let mostCharacters = 500

    /// D2 after another look.
    /// - Parameters:
    ///   - shown: different ones.
    ///   - total: examples that there are.
    ///   - who: the person's name.
    static func look(
        after known: CheckResult?, shown: Int, seconds: Double, note: String?, who: String, on day: String,
        of total: Int
    ) -> CheckResult {
        func before(_ name: String) -> Double { known?.numbers.first { $0.name == name }?.value ?? 0 }
        // Two looks may be at the same examples, of which nobody has kept which they were.
        let all = max(before("shown"), min(before("shown") + Double(shown), Double(total)))
        let time = before("time") + seconds
        var places = known?.places ?? []
        if let note { places.append("\(day) \(who): \(note)") }
        places = Array(places.suffix(mostPlaces))
        let wanted = Double(min(enough, max(total, 1)))
        let isEnough = all >= wanted && !places.isEmpty
        let looks = before("looks") + 1
        var message =
            looks == 1
            ? "\(Int(all)) examples were shown in 1 look, over \(Int(time)) s"
            : "Up to \(Int(all)) different examples were shown in \(Int(looks)) looks, over \(Int(time)) s"
        message +=
            places.isEmpty ? ", and nobody has left a note." : "; the last note: \"\(places[places.count - 1])\"."
        if !isEnough { message += " It counts from \(Int(wanted)) examples and one note on." }
        return CheckResult(
            "D2", isEnough ? .pass : .skip, .statistic, message,
            numbers: [
                CheckNumber("shown", all), CheckNumber("time", time, unit: "s"), CheckNumber("looks", looks),
                CheckNumber("examples", Double(total)),
            ], places: places,
            action: isEnough ? nil : "Look at more with `simmer data look`, and say what you saw with `--note`.",
            seconds: seconds)
    }

    /// K18 and D9.
    static func quiz(_ score: QuizScore, _ answers: [QuizAnswer], _ marks: [QuizMark], who: String) -> [CheckResult] {
        let percents = [score.accuracy, score.low, score.high].map { "\(($0 * 1000).rounded() / 10)" }
        let wrong = marks.filter { !$0.isRight }
        let seconds = answers.reduce(0) { $0 + ($1.seconds ?? 0) }
        let person = CheckResult(
            "K18", .pass, .statistic,
            "\(who) has \(score.right) of \(score.count) right without seeing the label: \(percents[0]) % (95 % of "
                + "Wilson's intervals hold the true share: \(percents[1]) to \(percents[2]) %).",
            numbers: [
                CheckNumber("person accuracy", score.accuracy), CheckNumber("low", score.low),
                CheckNumber("high", score.high),
                CheckNumber("right", Double(score.right)), CheckNumber("count", Double(score.count)),
            ],
            places: wrong.prefix(mostPlaces).map {
                "\($0.place.split) \($0.place.position): '\($0.answer)' for '\($0.truth)'"
            }, seconds: seconds)
        let remarks = answers.compactMap { answer in
            answer.remark.map { "\(answer.place.split) \(answer.place.position): \($0)" }
        }
        guard !remarks.isEmpty else { return [person] }
        return [
            person,
            CheckResult(
                "D9", .pass, .statistic,
                "\(who) has written down what tells the classes apart, \(remarks.count) times.",
                numbers: [CheckNumber("remarks", Double(remarks.count))], places: Array(remarks.prefix(mostPlaces)),
                seconds: seconds),
        ]
    }
}
