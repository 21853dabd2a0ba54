import Recipes
import Testing

/// K19: two labels of the same examples.
@Suite struct QuizAgreementTests {
    private func agreement(_ own: [String], _ other: [String]) -> QuizAgreement {
        QuizAgreement(zip(own, other).map { ($0, $1) })
    }

    /// Cohen's own example in short: sklearn.metrics.cohen_kappa_score gives 0.4 for twenty of fifty, fifteen of fifty and
    /// the fifteen that differ.
    @Test func kappaIsCohens() throws {
        let own = [String](repeating: "yes", count: 25) + [String](repeating: "no", count: 25)
        let other =
            [String](repeating: "yes", count: 20) + [String](repeating: "no", count: 5)
            + [String](repeating: "yes", count: 10) + [String](repeating: "no", count: 15)
        let found = agreement(own, other)
        #expect(found.score.right == 35 && abs(found.byChance - 0.5) < 1e-12)
        #expect(abs(try #require(found.kappa) - 0.4) < 1e-12)
        let (low, high) = (try #require(found.low), try #require(found.high))
        // Wilson's interval of 35 of 50 is 0.5625 to 0.8090 (statsmodels), and chance is a half.
        #expect(abs(low - 0.1249) < 1e-3 && abs(high - 0.6180) < 1e-3)
    }

    @Test func theEndsOfTheScale() throws {
        let all = agreement(["a", "b", "c"], ["a", "b", "c"])
        #expect(try #require(all.kappa) == 1 && (try #require(all.low)) < 1)
        // Who always says the same agrees by chance alone.
        let chance = agreement(["a", "b", "a", "b"], ["a", "a", "a", "a"])
        #expect(abs(try #require(chance.kappa)) < 1e-12)
        let one = agreement(["a", "a"], ["a", "a"])
        #expect(one.kappa == nil && one.score.accuracy == 1)
        #expect(agreement([], []).kappa == nil)
    }

    /// Only what both have seen counts.
    @Test func sharedExamples() {
        func sitting(_ answers: [(Int, String)]) -> QuizSitting {
            QuizSitting(
                who: "ada", day: "2026-11-27",
                answers: answers.map {
                    QuizAnswer(place: ExamplePlace(split: "validation", position: $0.0), answer: $0.1)
                })
        }
        let shared = sitting([(1, "a"), (2, "b"), (3, "c")]).shared(with: sitting([(3, "c"), (2, "a"), (9, "b")]))
        #expect(shared.map(\.own) == ["b", "c"] && shared.map(\.other) == ["a", "c"])
    }
}
