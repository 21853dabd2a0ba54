import Foundation
import GRDB
import Recipes
import Testing

@testable import Storage

/// A job whose row is damaged, or was written by a version that knows more: it is told of and can be deleted, and the
/// others are what they would be without it.
@Suite struct UnreadableJobTests {
    /// A store with a job before and one after the one that something is done to, all queued.
    private struct Original {
        let scratch: Scratch
        let ids: [Int]
        let checkpoint: Checkpoint

        /// - Parameter state: the odd job's when the store was closed.
        init(_ state: JobState = .running) throws {
            scratch = try Scratch()
            let store = try scratch.store()
            ids = try ["first", "odd", "last"].map { try store.insertJob(newJob($0, explicit: true)).job.id }
            checkpoint = try store.publish(Sample(step: 7, seed: 1), job: ids[1], in: scratch)
            try store.addLog([LogEntry(cursor: "", timeUsec: 1, priority: 6, jobId: ids[1], message: "a line")])
            try store.updateJob(ids[1]) { $0.state = state }
            try store.close()
        }

        /// Gives the odd job another body.
        /// - Parameter isWhole: with the checksum of one that was stored so.
        func write(isWhole: Bool, _ change: (String) -> String) throws -> Store {
            let path = scratch.state + "/simmer.db"
            let body = try #require(try Sqlite.value(path, "SELECT body FROM job WHERE id = \(ids[1])"))
            let new = change(body)
            try #require(new != body)
            try tamper(path, "UPDATE job SET body = '\(new.replacing("'", with: "''"))' WHERE id = \(ids[1])")
            guard isWhole else { return try scratch.store() }
            let store = try scratch.store()
            let checksum = try store.read { database in
                let row = try #require(
                    try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [ids[1]]))
                return RowChecksum.of(JobRow.names.map { row[$0] as DatabaseValue })
            }
            try store.close()
            try tamper(path, "UPDATE job SET checksum = \(checksum) WHERE id = \(ids[1])")
            return try scratch.store()
        }
    }

    @Test(arguments: [true, false], [JobState.running, .queued])
    func theOthersAreLeftAlone(isWhole: Bool, state: JobState) throws {
        let original = try Original(state)
        let store = try original.write(isWhole: isWhole) { body in
            isWhole ? body.replacing(#""kind":"train""#, with: #""kind":"dream""#) : body + "}"
        }
        let (first, odd, last) = (original.ids[0], original.ids[1], original.ids[2])
        #expect(try store.recoverJobs().isEmpty)
        #expect(try store.queue().map(\.id) == [first, last])
        #expect(try store.jobs(in: Set(JobState.allCases)).map(\.id) == [first, last])
        #expect(try store.jobs(withNote: "notices").isEmpty)
        #expect(try store.parts(ofJob: first).isEmpty && store.cooldowns(ofJob: first).isEmpty)
        #expect(try !store.thinMetrics())
        _ = try store.applyRetention(job: first)
        #expect(try store.prune(PruneRule(), dryRun: false).removed.isEmpty)

        let listed = try store.jobs().jobs
        #expect(listed.map(\.name) == ["last", "odd", "first"])
        #expect(listed[1].state == .stopped && listed[1].reason?.code == (isWhole ? "row_unreadable" : "row_damaged"))
        #expect(try store.jobs(filter: JobFilter(labels: ["a": "b"])).jobs.isEmpty)
        let detail = try store.detail(ofJob: odd)
        let finding = try #require(detail.warnings.last)
        #expect(finding.severity == .error && finding.hint?.contains("simmer delete \(odd)") == true, "\(finding)")
        if isWhole {
            #expect(finding.message.contains("'kind'") && finding.message.contains("dream"), "\(finding)")
            // What else its body says is known.
            #expect(detail.summary.lastCheckpoint == original.checkpoint.id && detail.summary.lastCheckpointUsec != nil)
        }
        #expect(detail.recipe.contains("name: odd") && detail.checkpointCount == 1)
        #expect(try store.log(LogQuery(job: odd)).entries.map(\.message) == ["a line"])
        #expect(try store.checkpoint("odd@7").id == original.checkpoint.id)
    }

    @Test(arguments: [true, false]) func nothingIsDoneWithItButDeleting(isWhole: Bool) throws {
        let original = try Original()
        let store = try original.write(isWhole: isWhole) { body in
            isWhole
                ? body.replacing(#""desired":"run""#, with: #""desired":"dream""#) : body.replacing("odd", with: "old")
        }
        let odd = original.ids[1]
        func refused(_ what: Comment, _ body: () throws -> Void) {
            do {
                try body()
                Issue.record(what)
            } catch SimmerError.storeDegraded(let message) {
                #expect(message.localizedCaseInsensitiveContains("job \(odd)"), what)
            } catch {
                Issue.record("\(what): \(error)")
            }
        }
        refused("a change") { try store.updateJob(odd) { $0.priority = 3 } }
        refused("retention") { _ = try store.applyRetention(job: odd) }
        let file = try original.scratch.file([])
        defer { Glibc.close(file) }
        refused("an export") { _ = try store.exportJob(odd, to: file) }
        refused("being read") { _ = try store.job(id: odd) }
        for name in ["best", "last", "best-harvest"] {
            refused("\(name)") { _ = try store.checkpoint("\(odd)@\(name)") }
        }
        refused("going on") { _ = try store.newestGood(job: odd) }
        refused("a replay") { _ = try store.completeCheckpoints(ofJob: odd) }
        #expect(try store.checkpoint("\(odd)@7").id == original.checkpoint.id)
        #expect(try store.knownJob("\(odd)").unreadable != nil)
        #expect(try store.deletion(ofJob: odd, keepCheckpoints: false).removed == 1)
        #expect(try store.deleteJob(odd).removed == 1)
        #expect(try store.jobs().jobs.map(\.name) == ["last", "first"])
        #expect(throws: SimmerError.noSuchJob(job: "odd")) { try store.job("odd") }
    }

    /// A flipped bit may make another's part of it: what is damaged goes only when it is named itself.
    @Test(arguments: [true, false]) func aPartGoesWithItsWholeUnlessItIsDamaged(isWhole: Bool) throws {
        let original = try Original(.succeeded)
        let store = try original.write(isWhole: isWhole) {
            $0.replacing(#""notes":{}"#, with: #""notes":{"partOf":"\#(original.ids[0])"}"#)
                .replacing(#""kind":"train""#, with: isWhole ? #""kind":"dream""# : #""kind":"train""#)
        }
        try store.updateJob(original.ids[0]) { $0.state = .succeeded }
        #expect(try store.deleteJob(original.ids[0]).removed == (isWhole ? 1 : 0))
        #expect(try store.jobs().jobs.map(\.name) == (isWhole ? ["last"] : ["last", "odd"]))
    }

    @Test func aDamagedRecipeIsSaidAndTheRestIsTold() throws {
        let original = try Original()
        try tamper(original.scratch.state + "/simmer.db", "UPDATE job_input SET recipe = recipe || '#'")
        let store = try original.scratch.store()
        let detail = try store.detail(ofJob: original.ids[0])
        #expect(detail.summary.name == "first" && detail.recipe.isEmpty)
        #expect(detail.warnings.last?.code == "recipe_damaged" && detail.warnings.last?.severity == .error)
        #expect(throws: SimmerError.self) { try store.input(ofJob: original.ids[0]) }
    }
}
