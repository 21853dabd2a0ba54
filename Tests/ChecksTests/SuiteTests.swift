import Recipes
import Testing

@testable import Checks

@Suite struct SuiteTests {
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
}
