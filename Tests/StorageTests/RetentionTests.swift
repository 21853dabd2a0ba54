import Foundation
import Recipes
import Storage
import Testing

@Suite struct RetentionTests {
    private static let hour = 3_600_000_000
    /// A Monday at midnight, 2024-01-01.
    private static let monday = 1_704_067_200_000_000

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Hours after the Monday; rank by order of `ranks`.
        var hours: [Double]
        var ranks: [Int?] = []
        var protected: Set<Int> = []
        var damaged: Set<Int> = []
        var keep: (last: Int, best: Int, hourly: Int, daily: Int, weekly: Int)
        var kept: Set<Int>
    }

    static let table: [Case] = [
        Case(testDescription: "none", hours: [], keep: (3, 3, 24, 14, 8), kept: []),
        Case(testDescription: "always two", hours: [0, 1, 2], keep: (0, 0, 0, 0, 0), kept: [1, 2]),
        Case(
            testDescription: "two whole ones", hours: [0, 1, 2, 3], damaged: [3], keep: (1, 0, 0, 0, 0), kept: [1, 2]),
        Case(testDescription: "last", hours: [0, 1, 2, 3, 4], keep: (3, 0, 0, 0, 0), kept: [2, 3, 4]),
        Case(
            testDescription: "best", hours: [0, 1, 2, 3, 4], ranks: [0, 2, 1, nil, nil], keep: (0, 2, 0, 0, 0),
            kept: [0, 2, 3, 4]),
        Case(
            testDescription: "newest of each hour", hours: [0, 0.5, 1, 1.2, 1.9, 2, 2.1], keep: (0, 0, 2, 0, 0),
            kept: [4, 5, 6]),
        Case(
            testDescription: "newest of each day", hours: [1, 20, 25, 47, 49, 50], keep: (0, 0, 0, 3, 0),
            kept: [1, 3, 4, 5]),
        Case(
            testDescription: "weeks begin on Monday", hours: [-1, 1, 167, 168, 170], keep: (0, 0, 0, 0, 3),
            kept: [0, 2, 3, 4]),
        Case(
            testDescription: "protected", hours: [0, 1, 2, 3], protected: [0], keep: (0, 0, 0, 0, 0), kept: [0, 2, 3]),
        Case(
            testDescription: "a clock that jumped back", hours: [9000, 9001, 0, 1], keep: (2, 0, 0, 0, 0), kept: [2, 3]),
        Case(
            testDescription: "union", hours: [0, 1, 2, 30, 31, 32], ranks: [nil, 0, nil, nil, nil, nil],
            keep: (1, 1, 1, 2, 1), kept: [1, 2, 4, 5]),
    ]

    @Test(arguments: table) func theUnionOfRulesStays(example: Case) {
        let candidates = example.hours.enumerated().map { index, hours in
            Retention.Candidate(
                id: "\(index)", step: index, createdUsec: Self.monday + Int(hours * Double(Self.hour)),
                rank: index < example.ranks.count ? example.ranks[index] : nil,
                isProtected: example.protected.contains(index), isDamaged: example.damaged.contains(index))
        }
        var keep = CheckpointPolicy.Keep()
        (keep.last, keep.best, keep.hourly, keep.daily, keep.weekly) = example.keep
        #expect(Retention.kept(candidates, keep: keep) == Set(example.kept.map { "\($0)" }))
    }

    @Test func pruneSaysExactlyWhatItWillFree() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        var ids: [String] = []
        // 2 and 3 share their big tensors; all share the small ones.
        for (step, seed) in [(1, 1), (2, 2), (3, 2), (4, 4), (5, 5)] {
            ids.append(try store.publish(Sample(step: step, seed: UInt64(seed)), job: job, in: scratch).id)
        }
        _ = try store.setPinned(checkpoint: ids[2], true)
        var rule = PruneRule(job: job)
        rule.keepLast = 1
        let dry = try store.prune(rule, dryRun: true)
        #expect(dry.removed == [ids[0], ids[1]] && dry.kept == 3 && dry.dryRun)
        #expect(dry.freedBytes == 2 * 393_216 * 4, "the second's chunks live on in the third")
        #expect(try store.checkpoints().total == 5, "a dry run changes nothing")
        let done = try store.prune(rule, dryRun: false)
        #expect(done.removed == dry.removed && done.freedBytes == dry.freedBytes)
        #expect(throws: SimmerError.noSuchCheckpoint(checkpoint: ids[0])) { try store.checkpoint(ids[0]) }
        let swept = try store.sweep()
        #expect(swept.checkpoints == 2 && swept.bytes == dry.freedBytes && swept.findings.isEmpty)
        for id in ids[2...] { #expect(try store.verify(checkpoint: id).state == .ok) }
        #expect(try store.sweep().chunks == 0)
        #expect(try store.scrub().problems.isEmpty)
    }

    @Test func theGraceIsKept() throws {
        let scratch = try Scratch()
        let clock = TestClock()
        let store = try scratch.store {
            $0.sweepGrace = 3600
            $0.now = { clock.now() }
        }
        let job = try store.insertJob(newJob()).job.id
        for step in 1...3 { try store.publish(Sample(step: step, seed: UInt64(step)), job: job, in: scratch) }
        var rule = PruneRule(job: job)
        rule.keepLast = 2
        #expect(try store.prune(rule, dryRun: false).removed.count == 1)
        clock.advance(seconds: 3500)
        #expect(try store.sweep().chunks == 0)
        clock.advance(seconds: 200)
        #expect(try store.sweep().checkpoints == 1)
    }

    @Test func anEmptyListOfReferencesNeverMeansThatAllMayGo() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        try store.close()
        // simmer.db is lost and a fresh one made with the same identity, as after a bad repair.
        try tamper(scratch.state + "/simmer.db", "DELETE FROM checkpoint_chunk")
        let again = try scratch.store()
        let swept = try again.sweep()
        #expect(swept.chunks == 0 && swept.findings.map(\.code) == ["sweep_refused"])
        #expect(try Sqlite.value(scratch.state + "/chunks.db", "SELECT count(*) FROM chunk") == "7")
    }

    @Test func chunksOfACutOffPublishAreHarmlessAndGo() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        let kept = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        // Chunks without a manifest, as a kill between the two commits leaves them.
        try tamper(
            scratch.state + "/chunks.db", "INSERT INTO chunk(digest, bytes) VALUES (zeroblob(32), x'010203')")
        #expect(try store.newestGood(job: job).checkpoint?.id == kept.id)
        #expect(try store.sweep().bytes == 3)
        #expect(try store.verify(checkpoint: kept.id).state == .ok)
    }

    @Test func ancestorsOfWhatIsUsedStay() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let trunk = try store.insertJob(newJob("trunk")).job.id
        let ids = try (1...4).map { try store.publish(Sample(step: $0, seed: UInt64($0)), job: trunk, in: scratch).id }
        var new = newJob("branch")
        new.parentCheckpoint = ids[0]
        let branch = try store.insertJob(new).job.id
        #expect(try store.newestGood(job: branch).checkpoint?.id == ids[0])
        let child = try store.publish(Sample(step: 2, seed: 9), job: branch, in: scratch)
        #expect(child.parents == [ids[0]])
        var rule = PruneRule()
        rule.keepLast = 1
        #expect(try store.prune(rule, dryRun: true).removed == [ids[1]])
        try store.updateJob(trunk) { $0.state = .succeeded }
        #expect(throws: SimmerError.checkpointInUse(checkpoint: ids[0], by: ["branch"])) { try store.deleteJob(trunk) }
        try store.updateJob(branch) { $0.state = .succeeded }
        #expect(try store.prune(rule, dryRun: true).removed == [ids[0], ids[1]])
        _ = try store.setPinned(checkpoint: child.id, true)
        #expect(try store.prune(rule, dryRun: true).removed == [ids[1]], "the pinned one's ancestor stays")
    }

    @Test func whatIsTaggedPinnedOrBranchedFromOutlivesItsJob() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let trunk = try store.insertJob(newJob("trunk")).job.id
        let ids = try (1...4).map { try store.publish(Sample(step: $0, seed: UInt64($0)), job: trunk, in: scratch).id }
        var new = newJob("branch")
        new.parentCheckpoint = ids[0]
        let branch = try store.insertJob(new).job.id
        _ = try store.tag(checkpoint: ids[1], "good")
        _ = try store.setPinned(checkpoint: ids[2], true)
        try store.updateJob(trunk) { $0.state = .succeeded }
        #expect(throws: SimmerError.checkpointInUse(checkpoint: ids[0], by: ["branch"])) {
            try store.deletion(ofJob: trunk, keepCheckpoints: false)
        }
        try store.updateJob(branch) { $0.state = .succeeded }
        let plan = try store.deletion(ofJob: trunk, keepCheckpoints: false)
        #expect(plan.removed == 1 && plan.kept == 3 && plan.freedBytes > 0)
        #expect(try store.deleteJob(trunk) == plan)
        for id in ids.prefix(3) { #expect(try store.checkpoint(id).jobId == nil) }
        #expect(try store.checkpoint("trunk-good").id == ids[1])
        #expect(throws: SimmerError.self) { try store.checkpoint(ids[3]) }
        #expect(try store.checkpoint(ids[2]).pinned)
    }

    /// What stayed of a deleted branch names what it comes from, as one of a job does.
    @Test func theAncestorOfWhatOutlivedItsJobStays() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let trunk = try store.insertJob(newJob("trunk")).job.id
        let ids = try (1...4).map { try store.publish(Sample(step: $0, seed: UInt64($0)), job: trunk, in: scratch).id }
        var new = newJob("branch")
        new.parentCheckpoint = ids[0]
        let branch = try store.insertJob(new).job.id
        let child = try store.publish(Sample(step: 3, seed: 9), job: branch, in: scratch)
        _ = try store.setPinned(checkpoint: child.id, true)
        for id in [trunk, branch] { try store.updateJob(id) { $0.state = .succeeded } }
        #expect(try store.deleteJob(branch).kept == 1)
        _ = try store.setPinned(checkpoint: child.id, false)
        var rule = PruneRule()
        rule.keepLast = 1
        #expect(try store.prune(rule, dryRun: true).removed == [ids[1]], "its ancestor is pruned by no rule")
        let plan = try store.deletion(ofJob: trunk, keepCheckpoints: false)
        #expect(plan.removed == 3 && plan.kept == 1)
        #expect(try store.deleteJob(trunk) == plan)
        #expect(try store.checkpoint(try #require(store.checkpoint(child.id).parents.first)).id == ids[0])
    }

    @Test func aJobGoesWithWhatItIsMadeOf() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let whole = try store.insertJob(newJob("five")).job.id
        var part = newJob("five.1")
        part.notes[JobRow.wholeNote] = String(whole)
        let member = try store.insertJob(part).job.id
        let ids = try (1...2).map { try store.publish(Sample(step: $0, seed: UInt64($0)), job: member, in: scratch).id }
        for id in [whole, member] { try store.updateJob(id) { $0.state = .succeeded } }
        _ = try store.setPinned(checkpoint: ids[1], true)
        let plan = try store.deletion(ofJob: whole, keepCheckpoints: false)
        #expect(plan.removed == 1 && plan.kept == 1 && plan.freedBytes > 0)
        #expect(try store.deleteJob(whole) == plan)
        #expect(throws: SimmerError.self) { try store.job(id: member) }
    }

    @Test func aDeletedJobsCheckpointsGoOrStay() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        let checkpoint = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch, tag: "final")
        try store.updateJob(job) { $0.state = .succeeded }
        #expect(try store.deleteJob(job, keepCheckpoints: true) == Deletion(removed: 0, kept: 1, freedBytes: 0))
        let kept = try store.checkpoint("night-owl-final")
        #expect(kept.id == checkpoint.id && kept.jobId == nil && kept.jobName == "night-owl")
        #expect(try store.sweep().chunks == 0)

        let other = try store.insertJob(newJob("lark")).job.id
        let gone = try store.publish(Sample(step: 1, seed: 2), job: other, in: scratch)
        try store.updateJob(other) { $0.state = .failed }
        #expect(try store.deleteJob(other) == Deletion(removed: 1, kept: 0, freedBytes: gone.newBytes))
        #expect(try store.sweep().bytes == gone.newBytes)
        #expect(try store.verify(checkpoint: checkpoint.id).state == .ok)
    }
}
