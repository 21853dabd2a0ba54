import Recipes
import Testing

/// Numbers are kept in single precision: where that makes different ones equal, it is said.
@Suite struct LargeNumberTests {
    private func warnings(_ rows: Int = 300, _ change: (inout Recipe) -> Void = { _ in }, _ row: (Int) -> String)
        throws -> [Finding]
    {
        let findings = try csvFindings("t,k\n" + (0..<rows).map { row($0) + "\n" }.joined(), change)
        #expect(!findings.contains { $0.severity == .error }, "\(findings)")
        return findings.filter { $0.severity == .warning }
    }

    @Test func numbersThatFallTogetherAreNamed() throws {
        for (start, left) in [(1_700_000_000, "3"), (1_000_000_000_000, "1")] {
            let found = try warnings { "\(start + $0),\(Self.label($0))" }
            #expect(found.count == 1)
            #expect(found.first?.message.contains("column 't'") == true)
            #expect(found.first?.message.contains("300 different numbers become \(left)") == true, "\(found)")
            #expect(found.first?.hint?.contains("\(start)") == true, "\(found)")
        }
    }

    @Test func targetsAreNumbersToo() throws {
        let found = try warnings(300, { $0.loss = Loss(kind: .mse) }) { "\($0),\(1_700_000_000 + $0)" }
        #expect(found.count == 1 && found.first?.message.contains("column 'k'") == true, "\(found)")
    }

    /// More values than are looked at: a sample of them tells.
    @Test func manyNumbersAreSampled() throws {
        let found = try warnings(6_000) { "\(1_700_000_000 + $0),\(Self.label($0))" }
        #expect(found.count == 1 && found.first?.message.contains("different numbers") == true, "\(found)")
    }

    @Test func digitsThatMakeNoDifferenceAreQuiet() throws {
        // As sums are rounded: 0.3 and 0.30000000000000004.
        let twins = (0..<300).map { (row: Int) -> Double in
            let tenth = Double(row / 2) / 10
            return row.isMultiple(of: 2) ? tenth : tenth.nextUp
        }
        #expect(try warnings { "\(twins[$0]),\(Self.label($0))" } == [])
        let digits = (0..<300).map { (row: Int) -> Int in 123_456_789_012 + row * 7_919_000_000 % 800_000_000_000 }
        #expect(try warnings { "0.\(digits[$0]),\(Self.label($0))" } == [])
        #expect(try warnings { "\(1_700_000_000 + $0 * 86_400),\(Self.label($0))" } == [])
        #expect(try warnings { "\(10_000_000 + $0),\(Self.label($0))" } == [])
    }

    private static func label(_ row: Int) -> String { row.isMultiple(of: 2) ? "a" : "b" }
}
