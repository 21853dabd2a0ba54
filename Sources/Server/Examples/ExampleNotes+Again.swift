import Recipes

extension ExampleNotes {
    /// Sittings that are kept, the newest ones.
    private static let mostSittings = 8
    /// Examples that two sittings must share.
    private static let fewestShared = 10

    /// K19: two labels of the same examples, by two people or by one at two times. How often they agree is as much as a
    /// network can be right against either.
    /// - Parameter sittings: the newest last.
    static func again(_ sittings: [QuizSitting]) -> CheckResult {
        guard let newest = sittings.last else { return .skip("K19", "Nobody has labelled anything.") }
        let earlier = sittings.dropLast().map { (sitting: $0, pairs: newest.shared(with: $0)) }
        // Two people first, then as many examples as there are.
        func isLess(_ first: Bool, _ count: Int, _ other: Bool, _ otherCount: Int) -> Bool {
            first == other ? count < otherCount : !first
        }
        let fitting = earlier.filter { $0.pairs.count >= fewestShared }
        let best = fitting.max {
            isLess($0.sitting.who != newest.who, $0.pairs.count, $1.sitting.who != newest.who, $1.pairs.count)
        }
        guard let best else {
            let most = earlier.map(\.pairs.count).max() ?? 0
            return CheckResult(
                "K19", .skip, .statistic,
                "No \(fewestShared) examples have been labelled twice (\(most) at most): with the same `--seed` and `--count` "
                    + "`simmer data quiz` shows the same ones, to another person or to the same one later.",
                numbers: [CheckNumber("labelled twice", Double(most))])
        }
        let agreement = QuizAgreement(best.pairs)
        func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
        func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
        let who =
            best.sitting.who == newest.who
            ? "\(newest.who), on \(best.sitting.day) and on \(newest.day)," : "\(best.sitting.who) and \(newest.who)"
        var message =
            "\(who) gave \(agreement.score.right) of \(agreement.score.count) examples the same label: "
            + "\(percent(agreement.score.accuracy)) (\(percent(agreement.score.low)) to \(percent(agreement.score.high)))"
        var numbers = [
            CheckNumber("agreement", agreement.score.accuracy), CheckNumber("low", agreement.score.low),
            CheckNumber("high", agreement.score.high), CheckNumber("agreement by chance", agreement.byChance),
            CheckNumber("labelled twice", Double(agreement.score.count)),
        ]
        if let kappa = agreement.kappa, let low = agreement.low, let high = agreement.high {
            message += ", Cohen's kappa \(hundredths(kappa)) (\(hundredths(low)) to \(hundredths(high)))"
            numbers += [CheckNumber("kappa", kappa), CheckNumber("kappa low", low), CheckNumber("kappa high", high)]
        }
        message += ". No network can be told to be better than that by labels like these."
        let apart = best.pairs.filter { $0.own != $0.other }.map { "'\($0.own)' and '\($0.other)'" }
        return CheckResult(
            "K19", .pass, .statistic, message, numbers: numbers, places: Array(apart.prefix(mostPlaces)))
    }

    /// The sittings that are kept, from a row that nobody is shown: a line of JSON each.
    static func sittings(_ row: CheckResult?) throws -> [QuizSitting] {
        try (row?.places ?? []).map { try StrictJSON.parse(Array($0.utf8)).decoded(as: QuizSitting.self) }
    }

    static func row(_ sittings: [QuizSitting]) throws -> CheckResult {
        CheckResult(
            "K19", .skip, .statistic, "", places: try sittings.map { try JSONValue(encoding: $0).canonicalText })
    }

    static func adding(_ sitting: QuizSitting, to known: [QuizSitting]) -> [QuizSitting] {
        Array((known + [sitting]).suffix(mostSittings))
    }
}
