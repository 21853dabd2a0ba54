import Recipes
import Testing

/// O1: a row of the report that says what there is to be held against.
@Suite struct BaselineRowTests {
    private func row(_ verdicts: [String: CheckVerdict]) -> CheckResult? {
        CheckReport.baselines(verdicts.map { CheckResult($0.key, $0.value, .statistic, "") })
    }

    @Test func greenBaselinesPass() {
        let green = row(["K2": .pass, "K10": .pass, "K20": .pass])
        #expect(green?.verdict == .pass && green?.message.contains("no person") == true)
        #expect(row(["K2": .pass, "K10": .skip, "K20": .pass, "K18": .pass])?.numbers.first?.value == 3)
    }

    /// It is a row, not a gate: what is wrong has been said by the check that found it.
    @Test func whatIsNotGreenIsNamedAndHoldsNothingBack() {
        for verdict in [CheckVerdict.fail, .warn] {
            let row = row(["K2": .pass, "K10": .pass, "K20": verdict])
            #expect(row?.verdict == .skip && row?.message.contains("K20 is not green") == true)
        }
        #expect(row(["K2": .skip, "K10": .pass, "K20": .pass])?.verdict == .skip)
        #expect(row(["K2": .pass])?.message.contains("K10, K20 have not been run") == true)
    }

    @Test func nothingRunGivesNoRow() {
        #expect(row([:]) == nil)
        #expect(row(["D5": .fail]) == nil)
    }
}
