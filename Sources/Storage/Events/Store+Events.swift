import Foundation
import GRDB
import Recipes

extension Store {
    /// Called after each commit with the events it made, in the order of the commits, on the thread that wrote.
    ///
    /// It must return quickly and must not call the store.
    public func setEventHandler(_ handler: (@Sendable ([Event]) -> Void)?) {
        eventHandler.withLock { $0 = handler }
    }

    /// Sequence of the newest event; 0 where there is none yet. It only grows, over restarts and trimming too.
    public func lastEventSequence() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0 }
    }

    /// Events after `sequence`, oldest first. Throws `watchLagged` where some of them have been trimmed.
    public func events(after sequence: Int, limit: Int = 1000) throws -> [Event] {
        try read { database in
            let floor = try Int.fetchOne(database, sql: "SELECT event_floor FROM meta") ?? 0
            guard sequence >= floor else { throw SimmerError.watchLagged(resumeAfter: floor) }
            return try Row.fetchAll(
                database, sql: "SELECT * FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [sequence, min(max(limit, 1), 10_000)]
            ).map { try Event(row: $0) }
        }
    }

    /// Adds an event of a job (or of the store), e.g. a warning, in its own transaction.
    @discardableResult
    public func addEvent(_ kind: EventKind, job: Int?, message: String?, checkpoint: String? = nil) throws -> Event {
        try write { try $0.addEvent(kind, job: job, message: message, checkpoint: checkpoint) }
    }
}

extension StoreTransaction {
    /// As `Store.addEvent`, in this transaction. The event carries the job as it is now.
    @discardableResult
    public func addEvent(_ kind: EventKind, job: Int?, message: String?, checkpoint: String? = nil) throws -> Event {
        let subject = try job.map { try self.summary(ofJob: $0) }
        var event = Event(
            sequence: 0, timeUsec: now, kind: kind, job: subject, checkpoint: checkpoint, message: message)
        let values: [(any DatabaseValueConvertible)?] = [event.timeUsec, kind.rawValue, job, try encodeJSON(event)]
        try database.execute(
            sql: "INSERT INTO event(time_usec, kind, job, body, checksum) VALUES (?, ?, ?, ?, ?)",
            arguments: StatementArguments(values + [RowChecksum.of(values)]))
        event.sequence = Int(database.lastInsertedRowID)
        events.append(event)
        return event
    }
}

extension Event {
    init(row: Row) throws {
        let sequence: Int = row["sequence"]
        guard RowChecksum.isRight(row, over: ["time_usec", "kind", "job", "body"]) else {
            throw SimmerError.storeDegraded(message: "The stored event \(sequence) is damaged.")
        }
        self = try decodeJSON(Event.self, row["body"])
        self.sequence = sequence
    }
}
