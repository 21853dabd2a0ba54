import Recipes
import Testing

@testable import Server

/// Reports that a file has brought: who packs a file can write anything into it.
@Suite struct MeasuredReportTests {
    private static let ensemble = #"{"count":10,"members":[],"method":"vote","split":"test","steps":[]}"#
    private static let squeeze = #"{"ensemble":\#(ensemble),"memberParameters":10,"source":"small"}"#

    @Test(arguments: [(JobKind.ensemble, ensemble), (.squeeze, squeeze)])
    func whatWasMeasuredIsTaken(_ kind: JobKind, _ report: String) throws {
        try MeasuredReport.judge(report, of: kind)
    }

    @Test(arguments: [
        (JobKind.ensemble, squeeze), (.squeeze, ensemble), (.squeeze, ""), (.squeeze, squeeze + "}"),
        (.squeeze, squeeze.replacing(#""small""#, with: "7")),
    ]) func whatIsNoneIsRefused(_ kind: JobKind, _ report: String) {
        #expect(throws: (any Error).self) { try MeasuredReport.judge(report, of: kind) }
    }

    /// Four bytes a parameter would be more than an integer holds.
    @Test(arguments: ["4611686018427387904", "-9223372036854775808", "18014398509481984"])
    func whatCannotBeCountedWithIsRefused(_ number: String) {
        let report = Self.squeeze.replacing(#""memberParameters":10"#, with: #""memberParameters":\#(number)"#)
        #expect(throws: MeasuredReport.OddNumber.self) { try MeasuredReport.judge(report, of: .squeeze) }
    }
}
