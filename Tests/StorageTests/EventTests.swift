import Foundation
import Recipes
import Storage
import Testing

@Suite struct EventTests {
    @Test func eventsAreReadAfterASequenceAndTrimmed() throws {
        let scratch = try Scratch()
        let clock = TestClock()
        let store = try scratch.store {
            $0.now = { clock.now() }
            $0.records.events = 5
        }
        let job = try store.insertJob(newJob()).job
        for _ in 0..<10 { try store.addEvent(.warning, job: job.id, message: "w") }
        #expect(try store.events(after: 0).count == 11)
        #expect(try store.events(after: 9, limit: 1).map(\.sequence) == [10])
        try store.trim()
        #expect(throws: SimmerError.watchLagged(resumeAfter: 6)) { try store.events(after: 3) }
        #expect(try store.events(after: 6).map(\.sequence) == [7, 8, 9, 10, 11])
        clock.advance(seconds: 31 * 86_400)
        try store.trim()
        #expect(try store.lastEventSequence() == 11)
        #expect(try store.events(after: 11).isEmpty)
        #expect(try store.addEvent(.warning, job: nil, message: "after").sequence == 12)
    }

    @Test func whatMadeAJobWhatItIsStaysAsLongAsTheJob() throws {
        let scratch = try Scratch()
        let clock = TestClock()
        let store = try scratch.store {
            $0.now = { clock.now() }
            $0.records.events = 3
        }
        let chatty = try store.insertJob(newJob("chatty")).job
        let quiet = try store.insertJob(newJob("quiet")).job
        try store.addEvent(.warning, job: quiet.id, message: "of the quiet one")
        for state in [JobState.running, .succeeded] {
            try store.updateJob(chatty.id) { $0.state = state }
            for _ in 0..<1100 { try store.addEvent(.warning, job: chatty.id, message: "w") }
        }
        try store.trim()
        let left = try events(scratch, store)
        #expect(
            left == ["created 1", "created 2", "warning 2", "state 1", "state 1"]
                + Array(repeating: "warning 1", count: 3))
        clock.advance(seconds: 31 * 86_400)
        try store.trim()
        #expect(try events(scratch, store) == ["created 1", "created 2", "state 1", "state 1"])
        _ = try store.deleteJob(chatty.id)
        clock.advance(seconds: 31 * 86_400)
        try store.trim()
        #expect(try events(scratch, store) == ["created 2"])
    }

    /// Straight from the table: those below the floor are not given to watchers.
    private func events(_ scratch: Scratch, _ store: Store) throws -> [String] {
        try #require(
            try Sqlite.value(
                scratch.state + "/simmer.db",
                "SELECT group_concat(kind || ' ' || job) FROM (SELECT kind, job FROM event ORDER BY sequence)")
        ).split(separator: ",").map(String.init)
    }

    @Test func theHandlerHearsCommitsInOrderAndNothingElse() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let heard = Heard()
        store.setEventHandler { heard.add($0) }
        let job = try store.insertJob(newJob()).job
        struct Refused: Error {}
        #expect(throws: Refused.self) {
            try store.updateJob(job.id) { row in
                row.state = .failed
                throw Refused()
            }
        }
        try store.updateJob(job.id) { $0.state = .running }
        #expect(heard.events.map(\.kind) == [.created, .state])
        #expect(heard.events.map(\.sequence) == [1, 2])
        #expect(heard.events == (try store.events(after: 0)))
    }

    @Test func logsTailFollowAndRotate() throws {
        let scratch = try Scratch()
        let clock = TestClock(1_000)
        let store = try scratch.store {
            $0.now = { clock.now() }
            $0.records.logEntries = 10
        }
        let job = try store.insertJob(newJob()).job
        let entries = (1...20).map {
            LogEntry(cursor: "", timeUsec: $0, priority: $0.isMultiple(of: 5) ? 3 : 6, jobId: job.id, message: "l\($0)")
        }
        try store.addLog(entries)
        try store.addLog([LogEntry(cursor: "", timeUsec: 1, priority: 6, message: "of the daemon")])
        var query = LogQuery(job: job.id)
        query.tail = 3
        let page = try store.log(query)
        #expect(page.entries.map(\.message) == ["l18", "l19", "l20"])
        query = LogQuery(job: job.id)
        query.after = page.cursor
        #expect(try store.log(query).entries.isEmpty)
        try store.addLog([LogEntry(cursor: "", timeUsec: 21, priority: 6, jobId: job.id, step: 4, message: "new")])
        let followed = try store.log(query)
        #expect(followed.entries.map(\.message) == ["new"] && followed.entries[0].step == 4 && followed.dropped == 0)
        query = LogQuery(job: job.id)
        query.maxPriority = 3
        #expect(try store.log(query).entries.map(\.message) == ["l5", "l10", "l15", "l20"])
        try store.trim()
        query = LogQuery(job: job.id)
        query.after = "2"
        let lagged = try store.log(query)
        #expect(Array(lagged.entries.map(\.message).dropFirst()) == (12...20).map { "l\($0)" } + ["new"])
        #expect(lagged.entries.first?.message.hasPrefix("11 older lines are gone") == true && lagged.dropped == 1)
        // The line that says so is not counted as one, and goes on counting.
        try store.trim()
        try store.addLog(entries.prefix(5).map { $0 })
        try store.trim()
        #expect(try store.log(query).entries.first?.message.hasPrefix("16 older lines are gone") == true)
        query.after = page.cursor
        #expect(try store.log(query).dropped == 0)
        #expect(try store.log(LogQuery()).entries.contains { $0.message == "of the daemon" })
        // A year later all of them are too old, those of the daemon as well.
        clock.advance(seconds: 366 * 86_400)
        try store.trim()
        #expect(
            try store.log(LogQuery()).entries.map { $0.message.prefix(14) } == ["1 older lines ", "26 older lines"])
    }
}

/// What a listener was told, from whatever thread.
final class Heard: @unchecked Sendable {
    // Sendable: the list is read and written with the lock held alone.
    private let lock = NSLock()
    private var all: [Event] = []
    var events: [Event] { lock.withLock { all } }
    func add(_ events: [Event]) { lock.withLock { all += events } }
}
