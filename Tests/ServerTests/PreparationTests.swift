import Recipes
import Storage
import Testing

@testable import Server

/// Jobs whose data is not ready, and what a person wants of them.
@Suite struct PreparationTests {
    private let person = Caller(pid: 1, uid: 1000, role: .user, flow: Flow())
    private let recipe = """
        recipe: 1
        name: j
        data: {format: digits}
        model: {preset: lenet}
        optimizer: {kind: sgd, rate: 0.1}
        until: {steps: 100}
        """

    /// Until its worker, which is none, has died.
    private func waitForIt(_ idle: IdleDaemon, _ job: Int) async throws {
        for _ in 0..<200 {
            guard await idle.daemon.isPreparing(job) else { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(Bool(false), "still preparing")
    }

    @Test func itGoesOnAfterARestartWhileItIsPreparedAgain() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job(state: .failed, recipe: recipe)
        try idle.store.updateJob(job) { $0.notes[JobRow.receivedNote] = "true" }
        let begun = try await idle.daemon.wanted(.run, job, by: person)
        #expect(begun.row.state == .preparing && begun.isPreparing)
        #expect(begun.row.notes[JobRow.receivedNote] != nil)
        try await waitForIt(idle, job)

        // As a daemon leaves it that is killed in the middle.
        try idle.store.updateJob(job) { row in
            row.state = .preparing
            row.notes = begun.row.notes
        }
        #expect(try idle.store.recoverJobs().isEmpty)
        await idle.daemon.prepareReceived()
        #expect(await idle.daemon.isPreparing(job))
        try await waitForIt(idle, job)
        try await idle.end()
    }

    /// The end of its preparation could not be written: there are no files that could be measured.
    @Test(arguments: [DesiredState.pause, .stop]) func whatIsLeftOverIsNotPreparedAgain(
        _ desired: DesiredState
    ) async throws {
        let idle = try IdleDaemon()
        let job = try idle.job(state: .preparing, recipe: recipe)
        let wanted = try await idle.daemon.wanted(desired, job, by: person)
        #expect(wanted.row.state == .preparing && wanted.row.desired == desired && !wanted.isPreparing)
        let cancelled = try await idle.daemon.wanted(.cancel, job, by: person)
        #expect(cancelled.row.state == .cancelled)
        try await idle.end()
    }
}
