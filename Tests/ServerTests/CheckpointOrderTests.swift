import Dispatch
import Recipes
import Storage
import Testing
import Wire

@testable import Server

/// A run that goes on from a checkpoint measures nothing again that it measured before: all of that is in the store when the
/// checkpoint is.
@Suite struct CheckpointOrderTests {
    private func values(_ steps: ClosedRange<Int>) -> WorkerReport {
        .metrics(steps.map { MetricValue(name: "train.loss", step: $0, timeUsec: $0, value: Double($0)) })
    }

    private func steps(_ store: Store, _ job: Int) throws -> [Int] {
        try store.metrics(ofJob: job).first?.steps ?? []
    }

    /// Looked at while the daemon can decide nothing else, as if it were killed there.
    @Test(arguments: [Snapshot.Cause.time, .step, .best, .asked, .decay, .stop, .end])
    func whatWasReportedBeforeItIsInTheStore(_ cause: Snapshot.Cause) async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        await idle.daemon.begin(job: job, token: 1)
        let line = WorkerReport.log(priority: 5, step: 4, message: "as it was at step 4")
        await idle.daemon.hear(
            job: job, token: 1, [(values(1...5), []), (line, []), try checkpoint(5, cause), (values(6...7), [])],
            waits: true)
        // The flush of what came after it is half a second away at least, and may have come by now.
        #expect(try idle.store.completeCheckpoints(ofJob: job).map(\.step) == [5])
        #expect(try Array(steps(idle.store, job).prefix(5)) == [1, 2, 3, 4, 5])
        #expect(try idle.store.log(LogQuery(job: job)).entries.map(\.message) == ["as it was at step 4"])
        try await idle.end()
    }

    /// What keeps the values out, a damaged page say, may do so for ever: the training is kept all the same. What the store
    /// takes again some day is not lost.
    @Test func whatTheStoreRefusesKeepsNoCheckpointOut() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        await idle.daemon.begin(job: job, token: 1)
        try idle.sql(
            "CREATE TRIGGER refusal BEFORE INSERT ON metric BEGIN SELECT RAISE(ABORT, 'not now'); END")
        for steps in [1...5, 6...7] {
            await idle.daemon.hear(
                job: job, token: 1, [(values(steps), []), try checkpoint(steps.upperBound, .step)], waits: false)
            try await idle.daemon.writer.run {}
            await idle.daemon.takeTurn()
            #expect(try idle.store.completeCheckpoints(ofJob: job).map(\.step).max() == steps.upperBound)
        }
        #expect(try idle.store.job(id: job).state == .running && steps(idle.store, job).isEmpty)
        let told = try idle.store.log(LogQuery(job: job)).entries.map(\.message)
        #expect(told.count == 1 && told.first?.contains("stored without the metrics") == true, "\(told)")

        try idle.sql("DROP TRIGGER refusal")
        await idle.daemon.hear(job: job, token: 1, [(values(8...9), []), try checkpoint(9, .asked)], waits: true)
        #expect(try steps(idle.store, job) == Array(1...9))
        try await idle.end()
    }

    /// Nobody asks for what was reported last once the end is written. What is refused for ever does not keep it off.
    @Test(arguments: [false, true]) func theEndWaitsForWhatWasReportedLast(_ isRefusedForEver: Bool) async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        await idle.daemon.begin(job: job, token: 1)
        try idle.sql(
            "CREATE TRIGGER refusal BEFORE INSERT ON metric BEGIN SELECT RAISE(ABORT, 'not now'); END")
        await idle.daemon.hear(
            job: job, token: 1, [(values(1...5), []), (.finished(step: 5, reachedEnd: true), [])], waits: false)
        await idle.daemon.end(job: job, token: 1)
        #expect(try idle.store.job(id: job).state == .running)
        if !isRefusedForEver { try idle.sql("DROP TRIGGER refusal") }
        // As its timer does five seconds later.
        await idle.daemon.settleEnd(ofJob: job, again: true)
        #expect(try idle.store.job(id: job).state == .succeeded)
        #expect(try steps(idle.store, job) == (isRefusedForEver ? [] : [1, 2, 3, 4, 5]))
        try await idle.end()
    }

    /// Each flush that a checkpoint asks for would let the next report plan one more.
    @Test func aFlushInBetweenPlansNoSecondTimer() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        await idle.daemon.begin(job: job, token: 1)
        #expect(await idle.daemon.hearAndFlush(job: job, token: 1, [(values(1...2), [])]))
        for _ in 0..<200 {
            guard await idle.daemon.isFlushPlanned(job) else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        // The next report plans one again.
        #expect(await !idle.daemon.isFlushPlanned(job))
        await idle.daemon.hear(job: job, token: 1, [(values(3...3), [])], waits: false)
        for _ in 0..<200 {
            if try steps(idle.store, job) == [1, 2, 3] { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try steps(idle.store, job) == [1, 2, 3])
        try await idle.end()
    }

    /// There is room again between the daemon's try and the writer's.
    @Test func whatIsCaughtUpWithHoldsNothingUp() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        await idle.daemon.begin(job: job, token: 1)
        try idle.sql(
            "CREATE TRIGGER refusal BEFORE INSERT ON metric BEGIN SELECT RAISE(ABORT, 'not now'); END")
        // The writer is busy until the trigger is gone.
        let gate = DispatchSemaphore(value: 0)
        idle.daemon.writer.async { gate.wait() }
        await idle.daemon.hear(
            job: job, token: 1,
            [(values(1...5), []), try checkpoint(5, .step), (values(6...7), []), try checkpoint(7, .step)], waits: false
        )
        try idle.sql("DROP TRIGGER refusal")
        gate.signal()
        try await idle.daemon.writer.run {}
        #expect(try idle.store.completeCheckpoints(ofJob: job).map(\.step) == [5, 7])
        #expect(try steps(idle.store, job) == [1, 2, 3, 4, 5, 6, 7])
        try await idle.end()
    }
}
