import Glibc
import Recipes
import Testing
import Wire

@testable import Server

/// What the daemon measures of a run, as callers read it.
@Suite struct GaugeTests {
    private func recipe(_ data: String, _ preset: String) -> String {
        """
        recipe: 1
        name: j
        data: \(data)
        model: {preset: \(preset)}
        optimizer: {kind: sgd, rate: 0.1}
        until: {steps: 100}
        """
    }

    private let plan = PlanSummary(
        parameterCount: 1, memoryBytes: 1, snapshotBytes: 8, threads: 1, totalSteps: 100, stepsPerEpoch: 10)

    private func progress(_ step: Int, speed: Double?) -> WorkerReport {
        .progress(step: step, totalSteps: 100, epoch: 0, samplesSeen: step * 32, stepsPerSecond: speed)
    }

    private func hear(_ idle: IdleDaemon, _ job: Int, _ reports: (WorkerReport, [Descriptor])...) async {
        await idle.daemon.hear(job: job, token: 1, reports, waits: true)
        // What follows a checkpoint that is written.
        await idle.daemon.takeTurn()
    }

    @Test func textIsCountedInTokens() async throws {
        let idle = try IdleDaemon()
        let letters = try idle.job(
            "letters", recipe: recipe("{format: text, train: t.txt, window: 24}", "char-lstm"))
        let others = try idle.job("others", recipe: recipe("{format: digits}", "lenet"))
        #expect(try idle.daemon.readRecipe(ofJob: letters).data.window == 24)
        for job in [letters, others] {
            await idle.daemon.begin(job: job, token: 1)
            await hear(idle, job, (.started(step: 0, plan: plan), []), (progress(5, speed: 1), []))
        }
        #expect(try idle.store.summary(ofJob: letters).progress?.samplesSeen == 160)
        #expect(try idle.store.summary(ofJob: letters).progress?.tokensSeen == 160 * 24)
        #expect(try idle.store.summary(ofJob: others).progress?.tokensSeen == nil)
        // A worker that has lost its mind.
        await hear(
            idle, letters,
            (.progress(step: 6, totalSteps: 100, epoch: 0, samplesSeen: .max, stepsPerSecond: 1), []))
        #expect(try idle.store.summary(ofJob: letters).progress?.tokensSeen == nil)
        try await idle.end()
    }

    @Test func onlyWhatNoCheckpointHoldsIsAtRisk() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        func detail() throws -> JobDetail {
            var detail = try idle.store.detail(ofJob: job)
            idle.daemon.measure(&detail)
            return detail
        }
        #expect(try detail().atRiskUsec == nil)
        await idle.daemon.begin(job: job, token: 1)
        await hear(idle, job, (.started(step: 0, plan: plan), []))
        let gauge = try #require(idle.daemon.gauges.value[job])
        // Training time is the clock's.
        while gauge.value.activeUsec < 20_000 { usleep(1_000) }
        #expect(try #require(try detail().atRiskUsec) >= 20_000)
        let before = gauge.value.activeUsec
        await hear(idle, job, try checkpoint(5, .step))
        #expect(try idle.store.completeCheckpoints(ofJob: job).map(\.step) == [5])
        let risk = try #require(try detail().atRiskUsec)
        #expect(risk + before <= gauge.value.activeUsec)
        await idle.daemon.forgetRuns()
        #expect(try detail().atRiskUsec == nil)
        try await idle.end()
    }

    @Test func aStallIsTenTimesTheUsual() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job()
        func stall() throws -> Int? { try idle.store.summary(ofJob: job).progress?.stalledForUsec }
        await idle.daemon.begin(job: job, token: 1)
        // A step takes four seconds.
        await hear(idle, job, (progress(5, speed: 0.25), []))
        try await idle.daemon.look(at: job, after: 39)
        #expect(try stall() == nil)
        try await idle.daemon.look(at: job, after: 41)
        #expect(try stall() == 41_000_000)
        await hear(idle, job, (progress(6, speed: 0.25), []))
        #expect(try stall() == nil)
        // Steps of a millisecond are told of four times a second.
        await hear(idle, job, (progress(1_000, speed: 1_000), []))
        try await idle.daemon.look(at: job, after: 2)
        #expect(try stall() == nil)
        try await idle.daemon.look(at: job, after: 3)
        #expect(try stall() == 3_000_000)
        // It has parked.
        await hear(idle, job, (.held(step: 1_000), []))
        #expect(try stall() == nil)
        try await idle.end()
    }

    @Test func thePaceOfLateSaysWhatIsUsual() {
        var pace = PaceWatch()
        #expect(pace.step == nil)
        pace.usual = 2
        #expect(pace.step == 2)
        for minute in 0...3 { _ = pace.look(step: minute * 6, at: Double(minute) * 60) }
        #expect(pace.step == 10)
    }

    @Test func theKernelKnowsThePeakOfAProcess() throws {
        let bytes = try #require(PeakMemory.bytes(of: getpid()))
        // This one has test libraries and frameworks in memory.
        #expect(bytes > 1 << 20 && bytes < 1 << 40)
        #expect(PeakMemory.bytes(of: -1) == nil)
    }
}
