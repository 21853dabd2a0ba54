import Recipes
import Server
import Testing

@Suite struct SchedulerTests {
    private func waiting(_ id: Int, priority: Int = 0, after states: [JobState?] = []) -> Scheduler.Waiting {
        Scheduler.Waiting(
            id: id, priority: priority,
            dependencies: states.enumerated().map { Scheduler.Dependency(id: 100 + $0, name: "j\($0)", state: $1) })
    }

    @Test func theHighestPriorityThenTheInterruptedThenTheOldest() {
        let interrupted = Scheduler.Waiting(id: 9, priority: 1, interrupted: true)
        let all = [waiting(4), waiting(2), waiting(7, priority: 1), interrupted, waiting(8, priority: -3)]
        #expect(Scheduler.decide(all, free: 5).start == [9, 7, 2, 4, 8])
    }

    @Test(arguments: [(-1, []), (0, []), (1, [1]), (2, [1, 2]), (9, [1, 2, 3])])
    func asManyAsSlotsAreFree(_ free: Int, _ started: [Int]) {
        let decision = Scheduler.decide([waiting(3), waiting(1), waiting(2)], free: free)
        #expect(decision.start == started && decision.fail.isEmpty)
    }

    /// A trunk that trains for ever must not keep its own harvests from starting, nor they other jobs.
    @Test func shortWorkHasASlotOfItsOwn() {
        let short = [5, 6].map { Scheduler.Waiting(id: $0, priority: 9, isShort: true) }
        let all = [waiting(1), waiting(2)] + short
        #expect(Scheduler.decide(all, free: 0, freeShort: 1).start == [5])
        #expect(Scheduler.decide(all, free: 1, freeShort: 1).start == [5, 1])
        #expect(Scheduler.decide(all, free: 2, freeShort: 0).start == [1, 2])
    }

    /// Its parts take the slots.
    @Test func aJobThatIsMadeOfOthersTakesNone() {
        let whole = Scheduler.Waiting(id: 7, priority: 9, isWhole: true)
        #expect(Scheduler.decide([waiting(1), whole], free: 0).start == [7])
        #expect(Scheduler.decide([waiting(1), waiting(2), whole], free: 1).start == [7, 1])
        let later = Scheduler.Waiting(
            id: 8, priority: 0, isWhole: true, dependencies: [.init(id: 1, name: "j", state: .running)])
        #expect(Scheduler.decide([later], free: 3).start == [])
    }

    /// A job that cannot start yet does not hold up those behind it.
    @Test func aDependencyIsWaitedForAndTheSlotGoesOn() {
        let all = [waiting(1, priority: 5, after: [.succeeded, .running]), waiting(2)]
        #expect(Scheduler.decide(all, free: 1).start == [2])
        #expect(Scheduler.decide([waiting(1, after: [.succeeded, .succeeded])], free: 1).start == [1])
    }

    /// A stopped or paused job can be taken up again; only what cannot succeed any more breaks a dependency.
    @Test(arguments: [JobState.failed, .cancelled, nil])
    func aBrokenDependencyFailsTheJobAndNamesIt(_ state: JobState?) throws {
        // Without a free slot as well: waiting for ever would be silent.
        let decision = Scheduler.decide([waiting(1, after: [.succeeded, state])], free: 0)
        #expect(decision.start.isEmpty && decision.fail.map(\.id) == [1])
        #expect(try #require(decision.fail.first).message.contains("j1"))
    }

    @Test(arguments: [JobState.preparing, .queued, .running, .checkpointing, .paused, .stopping, .stopped])
    func anUnfinishedDependencyIsNoFailure(_ state: JobState) {
        let decision = Scheduler.decide([waiting(1, after: [state])], free: 1)
        #expect(decision == Scheduler.Decision())
    }

    /// Nobody knows what has become of it: it waits, whatever its row seems to say, and says why.
    @Test(arguments: [JobState.succeeded, .stopped, .failed])
    func whatCannotBeReadIsWaitedForAloud(_ state: JobState) throws {
        let lost = Scheduler.Dependency(id: 7, name: "lost", state: state, isUnreadable: true)
        var job = Scheduler.Waiting(id: 1, priority: 0, dependencies: [lost])
        let decision = Scheduler.decide([job, waiting(2)], free: 2)
        #expect(decision.start == [2] && decision.fail.isEmpty && decision.wait.map(\.id) == [1])
        let message = try #require(decision.wait.first).message
        #expect(message.contains("Job lost") && message.contains("cannot be read: `simmer status 7`"), "\(message)")
        // One that can not succeed any more decides.
        job.dependencies.append(.init(id: 8, name: "gone", state: nil))
        #expect(Scheduler.decide([job], free: 1).fail.map(\.id) == [1])
    }
}
