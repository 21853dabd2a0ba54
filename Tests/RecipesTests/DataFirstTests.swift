import Recipes
import Testing

/// D1: a row of the report that says whether the work began with the data, and the order in which checks are told.
@Suite struct DataFirstTests {
    private static let data = CheckCatalogue.all.filter { $0.stage == .data && $0.suite == .cheap }.map(\.id)

    private func results(_ other: [String: CheckVerdict] = [:], without: Set<String> = []) -> [CheckResult] {
        var verdicts = Dictionary(uniqueKeysWithValues: Self.data.map { ($0, CheckVerdict.pass) })
        for id in without { verdicts[id] = nil }
        verdicts.merge(other) { $1 }
        return verdicts.map { CheckResult($0.key, $0.value, .statistic, "") }
    }

    @Test func dataThatWereCheckedAndLookedAtPass() {
        #expect(CheckReport.dataFirst(results(["D2": .pass, "K12": .fail]))?.verdict == .pass)
        // A few examples are a look as well: how many are enough is D2's to say.
        #expect(CheckReport.dataFirst(results(["D2": .skip, "D5": .warn]))?.verdict == .pass)
    }

    /// It never holds anything back.
    @Test func whatIsMissingIsSaid() {
        let unseen = CheckReport.dataFirst(results())
        #expect(unseen?.verdict == .skip && unseen?.message.contains("Nobody has looked") == true)
        let absent = CheckReport.dataFirst(results(["D2": .pass], without: ["D5"]))
        #expect(absent?.verdict == .skip && absent?.message.contains("D5 of the data has not been run") == true)
        let failed = CheckReport.dataFirst(results(["D2": .pass, "D7": .fail]))
        #expect(failed?.verdict == .skip && failed?.message.hasPrefix("D7 failed") == true)
        #expect(CheckReport.dataFirst([]) == nil)
        #expect(CheckReport.dataFirst([CheckResult("W7", .warn, .curve, "")]) == nil)
    }

    /// What is wrong with the data is wrong with all that follows, and is told first.
    @Test func theDataComeFirst() throws {
        let found = ["S8", "K20", "D5", "K12"].map { CheckResult($0, .fail, .statistic, "is broken.") }
        #expect(found.inStageOrder.map(\.id) == ["D5", "S8", "K12", "K20"])
        let obstacles = CheckReport.obstacles(found, acknowledged: [:])
        #expect(try #require(obstacles.first { $0.contains("failed") }).hasPrefix("D5"))
        let report = CheckReport(results: found, acknowledged: [:], forced: false, gate: .off, obstacles: [])
        #expect(CheckSummary(report).worst.first?.hasPrefix("D5") == true)
    }
}
