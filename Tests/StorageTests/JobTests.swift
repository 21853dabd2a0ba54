import Foundation
import Recipes
import Storage
import Testing

@Suite struct JobTests {
    let scratch: Scratch
    let store: Store
    init() throws {
        scratch = try Scratch()
        store = try scratch.store()
    }

    @Test func aRetriedRequestHasOneEffectAndOneAnswer() throws {
        let request = RequestKey(uid: 7, id: "r-1", argumentsDigest: "a")
        let first = try store.insertJob(newJob(), request: request)
        let second = try store.insertJob(newJob(), request: request)
        #expect(!first.existing && second.existing)
        #expect(first.job.id == second.job.id)
        #expect(try store.jobs().total == 1)
        #expect(throws: SimmerError.requestIdReused(requestId: "r-1")) {
            try store.insertJob(newJob(), request: RequestKey(uid: 7, id: "r-1", argumentsDigest: "b"))
        }
        // Another user's request of the same id is another request.
        #expect(try !store.insertJob(newJob(), request: RequestKey(uid: 8, id: "r-1", argumentsDigest: "b")).existing)
        try store.close()
        let again = try scratch.store()
        #expect(try again.insertJob(newJob(), request: request).job.id == first.job.id)
    }

    @Test func aRepeatedChangeIsMadeOnce() throws {
        let job = try store.insertJob(newJob()).job
        let request = RequestKey(uid: 1, id: "x", argumentsDigest: "a")
        for _ in 0..<3 { try store.updateJob(job.id, request: request) { $0.priority += 1 } }
        #expect(try store.job(id: job.id).priority == 1)
    }

    @Test func namesAndIdsFindJobs() throws {
        let first = try store.insertJob(newJob("owl")).job
        let second = try store.insertJob(newJob("owl")).job
        #expect(second.name == "owl-2")
        #expect(try store.job("owl").id == first.id)
        #expect(try store.job(String(second.id)).id == second.id)
        #expect(try store.job(first.uuid).id == first.id)
        #expect(throws: SimmerError.noSuchJob(job: "lark")) { try store.job("lark") }
        #expect(throws: SimmerError.jobExists(name: "owl", id: first.id)) {
            try store.insertJob(newJob("owl", explicit: true))
        }
        try store.updateJob(first.id) { $0.state = .cancelled }
        let third = try store.insertJob(newJob("owl", explicit: true)).job
        #expect(try store.job("owl").id == third.id, "the one that has not ended is meant")
        try store.updateJob(third.id) { $0.state = .succeeded }
        #expect(throws: SimmerError.ambiguousName(name: "owl", candidates: ["\(first.id)", "\(third.id)"])) {
            try store.job("owl")
        }
        let fourth = try store.insertJob(newJob("owl", explicit: true)).job
        #expect(throws: SimmerError.jobExists(name: "owl", id: fourth.id)) {
            try store.updateJob(third.id) { $0.state = .queued }
        }
    }

    @Test func aChangeCommitsRowGenerationAndEventTogether() throws {
        let job = try store.insertJob(newJob()).job
        let before = try store.lastEventSequence()
        let running = try store.updateJob(job.id, message: "started") { $0.state = .running }
        #expect(running.generation == job.generation + 1)
        let event = try #require(try store.events(after: before).first)
        #expect(event.kind == .state && event.job?.state == .running && event.message == "started")
        #expect(event.job?.generation == running.generation)
        #expect(throws: SimmerError.staleGeneration(job: "night-owl", expected: 1, actual: 2)) {
            try store.updateJob(job.id, expectedGeneration: 1) { $0.priority = 9 }
        }
        struct Refused: Error {}
        #expect(throws: Refused.self) {
            try store.updateJob(job.id) { row in
                row.state = .failed
                throw Refused()
            }
        }
        #expect(try store.job(id: job.id) == running)
        #expect(try store.lastEventSequence() == event.sequence)
        let ended = try store.updateJob(job.id) { $0.state = .succeeded }
        #expect(ended.endedUsec != nil)
        #expect(try store.updateJob(job.id) { $0.state = .queued }.endedUsec == nil)
    }

    @Test func whatWasRunningIsInterruptedAtStart() throws {
        let states: [JobState] = [.queued, .starting, .running, .paused, .stopping, .preparing, .succeeded, .stopped]
        for state in states {
            var new = newJob(state.rawValue)
            new.state = state
            _ = try store.insertJob(new)
        }
        try store.close()
        let again = try scratch.store()
        let changed = try again.recoverJobs()
        #expect(changed.map(\.name) == ["starting", "running", "stopping", "preparing"])
        #expect(try again.job("running").state == .interrupted)
        #expect(try again.job("running").reason?.code == "daemon_restart")
        #expect(try again.job("preparing").state == .failed)
        for name in ["queued", "paused", "succeeded", "stopped"] {
            #expect(try again.job(name).state.rawValue == name)
        }
        #expect(try again.recoverJobs().isEmpty)
    }

    /// What it says to do is what can be done.
    @Test func dataThatIsThereIsNotSubmittedAgain() throws {
        var new = newJob("first")
        new.state = .preparing
        let first = try store.insertJob(new).job.id
        new = newJob("again")
        new.state = .preparing
        new.notes[JobRow.receivedNote] = "true"
        let again = try store.insertJob(new).job.id
        #expect(try store.recoverJobs().map(\.id) == [first])
        #expect(try store.job(id: first).reason?.message.contains("Submit the job again") == true)
        let row = try store.job(id: again)
        #expect(row.state == .preparing && row.reason == nil && row.notes[JobRow.receivedNote] != nil, "\(row)")
    }

    @Test func theQueueIsOrderedAndCounted() throws {
        for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5)] {
            var new = newJob(name)
            new.priority = priority
            _ = try store.insertJob(new)
        }
        #expect(try store.queue().map(\.name) == ["b", "d", "a", "c"])
        #expect(try store.summary(ofJob: store.job("a").id).queuePosition == 3)
        try store.updateJob(store.job("b").id) { $0.desired = .pause }
        #expect(try store.queue().map(\.name) == ["d", "a", "c"])
        #expect(try store.summary(ofJob: store.job("b").id).queuePosition == nil)
        #expect(try store.jobCounts()["queued"] == 4)
    }

    @Test func pagesStayStableWhileJobsCome() throws {
        for number in 1...5 {
            var new = newJob("job\(number)")
            new.labels = number.isMultiple(of: 2) ? ["kind": "even"] : [:]
            _ = try store.insertJob(new)
        }
        let first = try store.jobs(limit: 2)
        #expect(first.jobs.map(\.name) == ["job5", "job4"] && first.total == 5)
        _ = try store.insertJob(newJob("job6"))
        let second = try store.jobs(limit: 2, cursor: first.nextCursor)
        #expect(second.jobs.map(\.name) == ["job3", "job2"])
        let third = try store.jobs(limit: 2, cursor: second.nextCursor)
        #expect(third.jobs.map(\.name) == ["job1"] && third.nextCursor == nil)
        #expect(throws: SimmerError.cursorExpired) {
            try store.jobs(filter: JobFilter(ownerUid: 3), cursor: first.nextCursor)
        }
        #expect(throws: SimmerError.cursorExpired) { try store.jobs(cursor: "nonsense") }
        #expect(try store.jobs(filter: JobFilter(labels: ["kind": "even"])).jobs.map(\.name) == ["job4", "job2"])
        #expect(try store.jobs(filter: JobFilter(names: ["job[12]"])).total == 2)
        try store.updateJob(store.job("job1").id) { $0.state = .failed }
        #expect(try store.jobs(filter: JobFilter(includeEnded: false)).total == 5)
        #expect(try store.jobs(filter: JobFilter(states: [.failed])).jobs.map(\.name) == ["job1"])
    }

    @Test func progressIsInMemoryUntilTheNextChange() throws {
        let job = try store.insertJob(newJob()).job
        let before = try store.lastEventSequence()
        store.noteProgress(Recipes.Progress(step: 41, totalSteps: 100), activeUsec: 9, ofJob: job.id)
        #expect(try store.summary(ofJob: job.id).progress?.step == 41)
        #expect(try store.job(id: job.id).activeUsec == 9)
        #expect(try store.lastEventSequence() == before)
        try store.updateJob(job.id) { $0.state = .paused }
        try store.close()
        #expect(try scratch.store().job(id: job.id).progress?.step == 41)
    }

    @Test func aStallIsOfAMoment() throws {
        let job = try store.insertJob(newJob()).job
        store.noteProgress(Recipes.Progress(step: 41, stalledForUsec: 5), ofJob: job.id)
        #expect(try store.summary(ofJob: job.id).progress?.stalledForUsec == 5)
        try store.updateJob(job.id) { $0.state = .paused }
        let progress = try store.summary(ofJob: job.id).progress
        #expect(progress?.step == 41 && progress?.stalledForUsec == nil)
    }

    @Test func dependenciesMustExist() throws {
        let first = try store.insertJob(newJob("a")).job
        var new = newJob("b")
        new.dependsOn = [first.id]
        let second = try store.insertJob(new).job
        let known = try store.dependencies(ofJob: second.id)
        #expect(known.count == 1 && known[first.id]?.state == .queued && known[first.id]?.name == first.name)
        new.dependsOn = [999]
        #expect(throws: SimmerError.noSuchJob(job: "999")) { try store.insertJob(new) }
    }

    @Test func idsAreNeverReused() throws {
        let first = try store.insertJob(newJob()).job
        #expect(throws: SimmerError.self) { try store.deleteJob(first.id) }
        try store.updateJob(first.id) { $0.state = .cancelled }
        _ = try store.deleteJob(first.id)
        #expect(throws: SimmerError.noSuchJob(job: "night-owl")) { try store.job("night-owl") }
        #expect(try store.insertJob(newJob()).job.id > first.id)
    }

    /// It is told as a damaged one, whose owner is nobody's word to act on, and nothing is done by it.
    @Test func aFlippedBitInARowIsNotServed() throws {
        let job = try store.insertJob(newJob()).job
        try store.close()
        try tamper(scratch.state + "/simmer.db", "UPDATE job SET priority = 64 WHERE id = \(job.id)")
        let again = try scratch.store()
        #expect(throws: SimmerError.self) { try again.job(id: job.id) }
        let row = try again.knownJob("\(job.id)")
        #expect(row.unreadable?.code == "row_damaged" && row.ownerUid == 0)
        #expect(throws: SimmerError.self) { try again.updateJob(job.id) { $0.priority = 1 } }
        #expect(try again.queue().isEmpty)
        #expect(try again.scrub().problems.map(\.code).contains("rows_damaged"))
    }
}
