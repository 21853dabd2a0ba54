import Foundation
import GRDB
import Recipes

/// What is kept of a job's records.
public struct RecordLimits: Sendable, Equatable {
    /// Log rows of one job, and the seconds after which one goes.
    public var logEntries = 100_000
    public var logAge = 31_536_000.0
    /// Events of one job that others do not build on, and the seconds after which one goes.
    public var events = 10_000
    public var eventAge = 2_592_000.0

    public init() {}
}

extension Store {
    /// Rows removed in one transaction: what another writer may have to wait for, some milliseconds.
    private static let slice = 2_000

    /// Drops old events, answers of old requests and surplus log rows, in small transactions. For a quiet moment, e.g.
    /// hourly.
    ///
    /// Events that say how a job came to be what it is (`EventKind.isHistory`) stay as long as the job. The oldest log
    /// row that stays says how many went before it.
    public func trim(_ limits: RecordLimits? = nil) throws {
        let limits = limits ?? options.records
        try write { try $0.trimRequests() }
        try trimCheckResults()
        for job in try jobs(withRowsIn: "event") {
            while try write({ try $0.trimEvents(ofJob: job, limits, atMost: Store.slice) }) {}
        }
        for job in try jobs(withRowsIn: "log") {
            while try write({ try $0.trimLog(ofJob: job, limits, atMost: Store.slice) }) {}
        }
    }

    /// Gives free pages of `simmer.db` back to the file system, a megabyte a transaction, at most `steps` of them; some
    /// stay for what comes next.
    public func shrink(steps: Int = 64) throws {
        for _ in 0..<steps {
            let pages = try read { try Int.fetchOne($0, sql: "PRAGMA freelist_count") ?? 0 }
            if pages <= 1_024 { return }
            try translating(databasePath) {
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA incremental_vacuum(256)") }
            }
        }
    }

    /// Jobs that a table has rows of, nil among them for rows of none.
    private func jobs(withRowsIn table: String) throws -> [Int?] {
        try read { try Row.fetchAll($0, sql: "SELECT DISTINCT job FROM \(table)").map { $0["job"] } }
    }
}

extension EventKind {
    /// Kinds that tell of what becomes of a job: made (a cooldown among them), in another state, changed. A checkpoint's
    /// row and a warning's line in the log tell the others again.
    static let history: [EventKind] = [.created, .state, .restart]
}

extension StoreTransaction {
    fileprivate func trimRequests() throws {
        let limit = now - store.options.requestDays * 86_400 * 1_000_000
        try database.execute(sql: "DELETE FROM request WHERE at_usec < ?", arguments: [limit])
    }

    /// - Returns: whether there may be more.
    fileprivate func trimEvents(ofJob job: Int?, _ limits: RecordLimits, atMost slice: Int) throws -> Bool {
        let isThere = try job.map { id in
            try Bool.fetchOne(database, sql: "SELECT EXISTS(SELECT 1 FROM job WHERE id = ?)", arguments: [id]) ?? false
        }
        // Events of a deleted job are nobody's history.
        let kept = isThere == true ? EventKind.history.map { "'\($0.rawValue)'" }.joined(separator: ", ") : ""
        let passing = "job IS ? AND kind NOT IN (\(kept))"
        let surplus = try Int.fetchOne(
            database,
            sql: "SELECT sequence FROM event WHERE \(passing) ORDER BY sequence DESC LIMIT 1 OFFSET ?",
            arguments: [job, limits.events])
        let oldest = now - Int(limits.eventAge * 1e6)
        let gone = try Int.fetchAll(
            database,
            sql: """
                SELECT sequence FROM event WHERE \(passing) AND (sequence <= ? OR time_usec < ?)
                ORDER BY sequence LIMIT ?
                """, arguments: [job, surplus ?? -1, oldest, slice])
        guard let last = gone.last else { return false }
        for sequence in gone {
            try database.execute(sql: "DELETE FROM event WHERE sequence = ?", arguments: [sequence])
        }
        try database.execute(sql: "UPDATE meta SET event_floor = max(event_floor, ?)", arguments: [last])
        return gone.count == slice
    }

    /// The last row that would go is written anew: it says how many went.
    /// - Returns: whether there may be more.
    fileprivate func trimLog(ofJob job: Int?, _ limits: RecordLimits, atMost slice: Int) throws -> Bool {
        let oldest = now - Int(limits.logAge * 1e6)
        let surplus = try Int.fetchOne(
            database,
            // One row more than the limit: the one that says how many went.
            sql: "SELECT cursor FROM log WHERE job IS ? ORDER BY cursor DESC LIMIT 1 OFFSET ?",
            arguments: [job, limits.logEntries])
        let aged = try Int.fetchOne(
            database,
            sql: """
                SELECT max(cursor) FROM (SELECT cursor, time_usec FROM log WHERE job IS ? ORDER BY cursor LIMIT ?)
                WHERE time_usec < ?
                """, arguments: [job, slice, oldest])
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM log WHERE job IS ? AND cursor <= ? ORDER BY cursor LIMIT ?",
            arguments: [job, max(surplus ?? -1, aged ?? -1), slice])
        let entries = try rows.map { try LogEntry(row: $0) }
        guard let last = entries.last, let cursor = Int(last.cursor) else { return false }
        if entries.count == 1, last.dropped != nil { return false }
        let count = entries.reduce(0) { $0 + ($1.dropped ?? 1) }
        try database.execute(sql: "DELETE FROM log WHERE job IS ? AND cursor <= ?", arguments: [job, cursor])
        try addLog(LogEntry.rotation(of: count, job: job, timeUsec: last.timeUsec, limits), cursor: cursor)
        return entries.count == slice
    }
}

extension LogEntry {
    private static let droppedField = "dropped"

    /// How many rows rotation has taken away where this one stands; nil for any other row.
    var dropped: Int? { fields?[Self.droppedField].flatMap { Int($0) } }

    fileprivate static func rotation(of count: Int, job: Int?, timeUsec: Int, _ limits: RecordLimits) -> LogEntry {
        LogEntry(
            cursor: "", timeUsec: timeUsec, priority: 6, jobId: job,
            message: "\(count) older lines are gone: the newest \(limits.logEntries) of the last"
                + " \(Int(limits.logAge / 86_400)) days are kept (limits.log_entries, limits.log_age)",
            fields: [droppedField: String(count)])
    }
}
