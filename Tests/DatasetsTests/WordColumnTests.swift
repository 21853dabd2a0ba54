import Recipes
import Testing

/// Columns of words that were hardly meant as such warn; those of a few words are quiet.
@Suite struct WordColumnTests {
    private func warnings(
        _ rows: Int = 40, separator: String = ",", _ value: (Int) -> String
    ) throws -> [Finding] {
        let lines = (0..<rows).map { "\($0)\(separator)\(value($0))\(separator)\($0 % 2 == 0 ? "yes" : "no")" }
        let text = (["n", "v", "k"].joined(separator: separator) + "\n" + lines.joined(separator: "\n") + "\n")
        let findings = try csvFindings(text)
        #expect(!findings.contains { $0.severity == .error }, "\(findings)")
        return findings.filter { $0.severity == .warning }
    }

    private func expectWarning(_ findings: [Finding], _ words: [String], hint: String) {
        #expect(findings.count == 1, "\(findings)")
        for word in words {
            #expect(findings.first?.message.contains(word) == true, "'\(word)' in: \(findings)")
        }
        #expect(findings.first?.hint?.contains(hint) == true, "'\(hint)' in: \(findings)")
        #expect(findings.first?.code == "D.number")
        #expect(findings.first?.path == "/data/train/inputs/0")
    }

    @Test func numbersInOtherWritingAreNamed() throws {
        expectWarning(
            try warnings(separator: ";") { "1,\(100 + $0)" },
            ["column 'v'", "40 different words in 40 rows", "decimal comma", "'1,100'"], hint: "1.100")
        expectWarning(try warnings { "\"\(41 + $0),584\"" }, ["thousands", "'41,584'"], hint: "41584")
        expectWarning(try warnings { "\($0 + 1)%" }, ["percent", "'1%'"], hint: "percent")
        expectWarning(try warnings { "€\($0 + 12)" }, ["currency", "'€12'"], hint: "currency")
        expectWarning(try warnings { "$\($0).50" }, ["currency"], hint: "currency")
        expectWarning(try warnings { "2024-01-\($0 % 20 + 10)" }, ["20 different words", "dates"], hint: "days")
        expectWarning(try warnings { "2024-01-02T03:\($0 + 10):00Z" }, ["dates"], hint: "days")
    }

    @Test func wordsThatHardlyRepeatAreNamed() throws {
        expectWarning(
            try warnings { "person \($0)" }, ["'v'", "40 different words in 40 rows", "an input of its own"],
            hint: "Leave the column out")
    }

    @Test func fewWordsAreQuiet() throws {
        #expect(try warnings { ["red", "blue", "green"][$0 % 3] } == [])
        #expect(try warnings { "group \($0 / 4)" } == [])
        #expect(try warnings(3) { "name \($0)" } == [])
        #expect(try warnings { ["20-30", "30-40", "40-50"][$0 % 3] } == [])
        #expect(try warnings { "\($0).5" } == [])
    }

    /// Where even a thousand words are too many, the refusal says what they are.
    @Test func tooManyWordsSayWhatTheyAre() throws {
        let text = "v;k\n" + (0...1000).map { "1,\(1000 + $0);\($0 % 2)\n" }.joined()
        let finding = try #require(try csvFindings(text).first)
        #expect(finding.code == "D.size")
        #expect(finding.message.contains("decimal comma"))
        #expect(finding.hint?.contains("1.1000") == true)
    }
}
