import Recipes
import Testing

@testable import Checks

@Suite struct SuiteTests {
    /// Who names a check does not have to know which suite it is of.
    @Test func namedChecksAreOfWhicheverSuite() {
        func ids(_ suite: CheckSuite, _ only: String...) -> [String] {
            Suite.checks(CheckRequest(suite, only: only)).flatMap { $0.ids }
        }
        #expect(ids(.cheap, "R5") == ["R5"] && ids(.full, "R5") == ["R5"] && ids(.trained, "R5").isEmpty)
        #expect(!ids(.cheap).contains("R5") && ids(.full).contains("R5") && ids(.cheap, "D20") == ["D20"])
    }

    /// Every id that a suite can give is declared, in that suite or one that contains it.
    @Test(arguments: CheckSuite.allCases) func idsAreDeclared(_ suite: CheckSuite) {
        for check in Suite.checks(CheckRequest(suite)) {
            for id in check.ids { #expect(CheckCatalogue.entry(id) != nil, "\(id) of \(check) has no entry") }
        }
    }

    @Test func idsAreUnique() {
        let ids = CheckCatalogue.all.map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    /// No network of the recipe's own is trained before all is known of the data.
    @Test(arguments: [CheckSuite.cheap, .full]) func theDataComeFirst(_ suite: CheckSuite) throws {
        let isOfData = Suite.checks(CheckRequest(suite)).map { check in
            check.ids.allSatisfy { CheckCatalogue.entry($0)?.stage == .data }
        }
        let last = try #require(isOfData.lastIndex(of: true))
        #expect(isOfData.prefix(last + 1).allSatisfy { $0 } && isOfData.contains(false))
    }
}
