import Recipes
import Storage
import Testing

@testable import Server

/// Rows that say what no run of this daemon wrote: they are told of, and end nothing.
@Suite struct OddRowTests {
    @Test(arguments: [("1000000000000", nil), ("0", nil), ("64", nil), ("63", 63), ("1", 1)] as [(String, Int?)])
    func aSqueezeTrainsNoMoreMembersThanCanBeAsked(text: String, count: Int?) async throws {
        let idle = try IdleDaemon()
        let id = try idle.job()
        let row = try idle.store.updateJob(id) { row in
            row.notes[JobRow.squeezedNote] = "1"
            row.notes[JobRow.newMembersNote] = text
        }
        #expect(row.newMembers?.count == count)
        try await idle.end()
    }

    @Test(arguments: ["watch", "proof"]) func whatIsNoRecordIsRefused(name: String) async throws {
        let idle = try IdleDaemon()
        let row = try idle.store.updateJob(try idle.job()) { $0.notes[name] = "[1]" }
        #expect(throws: (any Error).self) { try row.requireReadableNotes() }
        #expect(throws: Never.self) { try idle.store.updateJob(row.id) { $0.notes = [:] }.requireReadableNotes() }
        try await idle.end()
    }

    @Test func aStepMayTakeAnyTime() {
        #expect(Daemon.wholeHours(.infinity) == "1000000000 hours" && Daemon.wholeHours(1e30) == "1000000000 hours")
        #expect(Daemon.wholeHours(.nan) == "an unknown time" && Daemon.wholeHours(-1) == "0 hours")
        #expect(Daemon.wholeHours(90_000) == "25 hours")
    }

    @Test func aWholeIsAsFarAsItsPartsTogether() {
        let parts: [Progress?] = [Progress(step: 3, totalSteps: 10), nil, Progress(step: 4, totalSteps: 20)]
        #expect(Progress(ofParts: parts) == Progress(step: 7, totalSteps: 50))
        #expect(Progress(ofParts: parts + [Progress(step: 1)]) == Progress(step: 8))
        #expect(Progress(ofParts: []) == Progress(step: 0, totalSteps: 0))
        let endless = Progress(step: 1 << 53, totalSteps: 1 << 53)
        #expect(Progress(ofParts: Array(repeating: endless, count: 1_100)) == endless)
        #expect(Progress(ofParts: [endless, Progress(step: .max, totalSteps: .max)]) == endless)
    }
}
