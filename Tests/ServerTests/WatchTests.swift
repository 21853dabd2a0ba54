import Glibc
import Recipes
import Testing

@testable import Server

/// What the daemon watches: pace, sizes, clock, the best checkpoint measured again.
@Suite struct WatchTests {
    // MARK: W9

    /// One look a minute at a run of so many steps a minute.
    private func looks(_ stepsPerMinute: [Int], usual: Double? = nil) -> [Int] {
        var watch = PaceWatch()
        watch.usual = usual
        var step = 0
        var found: [Int] = []
        for (minute, steps) in stepsPerMinute.enumerated() {
            step += steps
            if watch.look(step: step, at: Double(minute) * 60) != nil { found.append(minute) }
        }
        return found
    }

    @Test func anHourThatIsHalfAsFastIsSaidOnce() {
        let slow = [Int](repeating: 600, count: 100) + [Int](repeating: 300, count: 300)
        // The median of an hour is slow after half of it, and the hour must be full of looks after the first one.
        #expect(looks(slow).count == 1 && looks(slow).first.map { (125...140).contains($0) } == true, "\(looks(slow))")
        // The job's first hour was in an earlier run.
        #expect(looks([Int](repeating: 300, count: 100), usual: 0.1).count == 1)
    }

    @Test func shortPausesAndAThirdMoreAreFine() {
        let pauses = (0..<600).map { $0 % 10 < 4 ? 200 : 600 }
        #expect(looks(pauses).isEmpty)
        #expect(looks([Int](repeating: 600, count: 100) + [Int](repeating: 450, count: 300)).isEmpty)
        // A checkpoint's report may come a minute late.
        #expect(looks((0..<300).map { $0 % 2 == 0 ? 0 : 1_200 }).isEmpty)
    }

    @Test func timeThatItStoodStillDoesNotCount() {
        var watch = PaceWatch()
        var time = 0.0
        for step in 1...200 {
            time += 60
            #expect(watch.look(step: step * 600, at: time) == nil)
            watch.rest()
            time += 86_400
            #expect(watch.look(step: step * 600, at: time) == nil)
        }
    }

    @Test func silenceIsAnsweredOnce() {
        func follows(_ action: Watch.Action, _ restarts: Int, traced: Bool = false) -> Silence {
            Silence.follows(action: action, restarts: restarts, isTraced: traced)
        }
        #expect(follows(.restart, 0) == .restart && follows(.restart, 1) == .pause)
        #expect(follows(.pause, 0) == .pause)
        #expect(follows(.restart, 0, traced: true) == .nothing && follows(.pause, 1, traced: true) == .nothing)
        #expect([Watch.Action.off, .log, .warn].allSatisfy { follows($0, 0) == .nothing })
    }

    /// Looks a minute apart; a night in which the machine sleeps is two minutes at most.
    @Test func sleepIsNoSilence() {
        var quiet = Quiet(at: 0)
        for minute in 1...10 { quiet.look(at: 60 * Double(minute), interval: 60) }
        #expect(quiet.seconds == 600)
        quiet.look(at: 30_600, interval: 60)
        #expect(quiet.seconds == 720)
        quiet.hear(at: 30_650)
        quiet.look(at: 30_660, interval: 60)
        #expect(quiet.seconds == 10)
        for minute in 1...30 { quiet.look(at: 30_660 + 60 * Double(minute), interval: 60) }
        #expect(quiet.seconds == 1_810)
    }

    @Test func threadsAreLookedAt() throws {
        let own = ThreadLook(pid: getpid())
        #expect(!own.isTraced && !own.lines.isEmpty)
        // The thread that asks runs.
        #expect(try #require(own.words).contains("running"), "\(own)")
        #expect(ThreadLook(pid: 0).words == nil && ThreadLook(pid: 0).lines.isEmpty)
    }

    // MARK: W16

    private func growth(_ hours: Double, bytes: (Double) -> Double, files: (Double) -> Int = { _ in 20 }) -> GrowthWatch
        .Finding?
    {
        var watch = GrowthWatch()
        var found: GrowthWatch.Finding?
        for look in 0..<Int(hours * 12) {
            let hour = Double(look) / 12
            found = watch.look(bytes: Int(bytes(hour)), files: files(hour), at: hour * 3600) ?? found
        }
        return found
    }

    @Test func memoryThatGrowsForHoursIsSaid() {
        guard case .memory(let share)? = growth(8, bytes: { 1e9 * (1 + 0.02 * $0) }) else {
            Issue.record("nothing was found")
            return
        }
        // 2 % an hour of the beginning, over the median of the hours 2 to 8: 0.02 / 1.1.
        #expect(abs(share - 0.02 / 1.1) < 0.001)
        #expect(growth(5, bytes: { 1e9 * (1 + 0.02 * $0) }) == nil)
        #expect(growth(8, bytes: { _ in 1e9 }, files: { 20 + Int($0 * 4) }) != nil)
    }

    @Test func memoryThatSettlesIsFine() {
        #expect(growth(24, bytes: { 1e9 * ($0 < 0.5 ? 0.5 : 1) }) == nil)
        #expect(growth(24, bytes: { hour in 1e9 + 1e8 * Double(Int(hour * 12) % 7) }) == nil)
        // A small process may grow by a few percent of nothing.
        #expect(growth(24, bytes: { 1e7 * (1 + 0.02 * $0) }) == nil)
        #expect(growth(24, bytes: { _ in 1e9 }, files: { 20 + Int($0 * 12) % 9 }) == nil)
    }

    /// What the worst said is kept as it was, with the newest of what came after it, whatever words either has.
    @Test func theWorstStaysWithTheNewest() async throws {
        let idle = try IdleDaemon()
        let job = try idle.job(
            recipe: """
                recipe: 1
                name: j
                data: {format: digits}
                model: {preset: lenet}
                optimizer: {kind: sgd, rate: 0.1}
                until: {steps: 100}
                """)
        func said(_ verdict: CheckVerdict, _ message: String) async throws -> CheckResult {
            await idle.daemon.watched(CheckResult("W16", verdict, .statistic, message), job: job)
            return try #require(try idle.store.checkResults(of: .job(job)).first)
        }
        #expect(try await said(.warn, "It grew. Since then: it grows.").worst == nil)
        for (index, word) in ["One.", "Two."].enumerated() {
            let result = try await said(.pass, word)
            #expect(result.message == "It grew. Since then: it grows. Since then: \(word)", "\(index)")
            #expect(result.verdict == .warn && result.worst == "It grew. Since then: it grows.")
        }
        let worse = try await said(.fail, "Worse.")
        #expect(worse.message == "Worse." && worse.worst == nil)
        try await idle.end()
    }

    // MARK: W21

    @Test func aJumpOfTheClockIsSeen() {
        var watch = ClockWatch()
        #expect(watch.look(wall: 1_000, steady: 5) == nil)
        #expect(watch.look(wall: 1_060, steady: 65) == nil)
        // An hour that the machine slept counts for both.
        #expect(watch.look(wall: 8_260, steady: 7_265) == nil)
        #expect(watch.look(wall: 8_260 + 3_500, steady: 7_265) == nil)
        #expect((watch.look(wall: 20_000, steady: 7_265) ?? 0) > 8_000)
        #expect((watch.look(wall: 1_000, steady: 7_325) ?? 0) < -19_000)
        #expect(watch.look(wall: 1_060, steady: 7_385) == nil)
    }

    // MARK: W19

    @Test func theBestIsHeldAgainstWhatItWas() {
        func comparison(_ loss: Double) -> CheckVerdict {
            let metrics = [("validation.loss", 0.125, 40), ("validation.accuracy", 0.9, 40), ("train.loss", 7, 40)]
            let checkpoint = Checkpoint(
                id: "c", ownerUid: 0, step: 40, createdUsec: 0, sizeBytes: 0, newBytes: 0, tags: [], pinned: false,
                parents: [],
                metrics: metrics.map { name, value, step in
                    var metric = MetricValue(name: name, step: step, timeUsec: 0)
                    metric.value = value
                    return metric
                }, verifyState: .ok, complete: true, kind: "train")
            let evaluation = Evaluation(
                checkpoint: "c", step: 40, split: "validation", average: "none", count: 10,
                metrics: ["loss": loss, "accuracy": 0.9], classes: nil)
            return Daemon.comparison(evaluation, checkpoint).verdict
        }
        #expect(comparison(0.125) == .pass && comparison(0.125.nextUp) == .fail)
    }
}
