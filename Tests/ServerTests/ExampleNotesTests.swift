import Recipes
import Testing

@testable import Server

/// What is kept of a person's looks at the data.
@Suite struct ExampleNotesTests {
    private func look(after known: CheckResult?, shown: Int, note: String? = nil, of total: Int) -> CheckResult {
        ExampleNotes.look(
            after: known, shown: shown, seconds: 3, note: note, who: "ada", on: "2024-02-29", of: total)
    }

    private func shown(_ result: CheckResult) -> Double? { result.numbers.first { $0.name == "shown" }?.value }

    @Test func looksAddUp() {
        let first = look(after: nil, shown: 400, of: 1_500)
        #expect(first.verdict == .skip && first.message.hasPrefix("400 examples were shown in 1 look, over 3 s"))
        let second = look(after: first, shown: 700, note: "clean", of: 1_500)
        #expect(second.verdict == .pass && shown(second) == 1_100)
        #expect(second.message.hasPrefix("Up to 1100 different examples were shown in 2 looks"), "\(second.message)")
    }

    /// Nobody has seen more examples than there are.
    @Test func noMoreThanThereAre() {
        let first = look(after: nil, shown: 512, note: "clean", of: 500)
        #expect(shown(first) == 500 && first.message.hasPrefix("500 examples"))
        let second = look(after: first, shown: 300, of: 500)
        #expect(shown(second) == 500 && second.message.hasPrefix("Up to 500 different examples"), "\(second.message)")
        #expect(look(after: nil, shown: 0, note: "none", of: 0).verdict == .skip)
    }
}
