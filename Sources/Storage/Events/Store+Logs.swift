import Foundation
import GRDB
import Recipes

/// Which log lines to read.
public struct LogQuery: Sendable, Equatable {
    /// nil reads all jobs' and the daemon's own lines.
    public var job: Int?
    /// Only lines after this cursor.
    public var after: String?
    /// Only the last so many of what the rest of the query selects.
    public var tail: Int?
    /// As in syslog(3): 7 reads everything.
    public var maxPriority: Int = 7
    public var sinceUsec: Int?
    public var untilUsec: Int?
    /// Lines in one page, at most 10,000.
    public var limit: Int = 1000

    public init(job: Int? = nil) { self.job = job }
}

/// Log lines, oldest first, and where to go on.
public struct LogPage: Sendable, Equatable {
    public var entries: [LogEntry]
    /// After the last line, or after all that there is where none was selected.
    public var cursor: String?
    /// 1 where rotation has dropped the line the query's cursor stands at, so that lines may be missing.
    public var dropped: Int
}

extension Store {
    /// Adds lines to the log of each one's `jobId` (nil: the daemon's own), in one transaction. Their cursors are
    /// given here. Lines of a job that is gone are left out.
    public func addLog(_ entries: [LogEntry]) throws {
        if entries.isEmpty { return }
        try write { transaction in
            for entry in entries { try transaction.addLog(entry) }
        }
    }

    /// Lines by place (`after` a cursor, or the last `tail`), priority and time, oldest first.
    ///
    /// To follow, pass the page's cursor as the next query's `after`.
    /// - Throws: `cursorExpired` for a cursor that is not one of a log.
    public func log(_ query: LogQuery) throws -> LogPage {
        let after = try query.after.map { text in
            guard let cursor = Int(text), cursor >= 0 else { throw SimmerError.cursorExpired }
            return cursor
        }
        let (condition, arguments) = query.condition(after: after)
        let limit = min(max(query.tail ?? query.limit, 0), 10_000)
        return try read { database in
            let order = query.tail == nil ? "ASC" : "DESC"
            var rows = try Row.fetchAll(
                database, sql: "SELECT * FROM log WHERE \(condition) ORDER BY cursor \(order) LIMIT ?",
                arguments: StatementArguments(arguments + [limit]))
            if query.tail != nil { rows.reverse() }
            let entries = try rows.map { try LogEntry(row: $0) }
            let newest = try Int.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'log'") ?? 0
            let isFull = query.tail == nil && entries.count == limit
            let cursor = isFull ? entries.last?.cursor : String(max(newest, after ?? 0))
            return LogPage(
                entries: entries, cursor: cursor, dropped: try isGone(after, ofJob: query.job, database) ? 1 : 0)
        }
    }

    /// Whether rotation has taken lines after a cursor away: then the oldest one that is left says so.
    private func isGone(_ cursor: Int?, ofJob job: Int?, _ database: Database) throws -> Bool {
        guard let cursor, cursor > 0 else { return false }
        let condition = job == nil ? "" : "WHERE job = ?"
        guard
            let oldest = try Row.fetchOne(
                database, sql: "SELECT * FROM log \(condition) ORDER BY cursor LIMIT 1",
                arguments: job.map { [$0] } ?? [])
        else { return false }
        let entry = try LogEntry(row: oldest)
        return entry.dropped != nil && cursor < Int(entry.cursor) ?? 0
    }
}

extension LogQuery {
    fileprivate func condition(after: Int?) -> (sql: String, arguments: [any DatabaseValueConvertible]) {
        var parts = ["priority <= ?"]
        var arguments: [any DatabaseValueConvertible] = [maxPriority]
        for (sql, value) in [
            ("job = ?", job), ("cursor > ?", after), ("time_usec >= ?", sinceUsec), ("time_usec <= ?", untilUsec),
        ] {
            guard let value else { continue }
            parts.append(sql)
            arguments.append(value)
        }
        return (parts.joined(separator: " AND "), arguments)
    }
}

extension StoreTransaction {
    /// - Parameter cursor: of a row that takes another one's place.
    func addLog(_ entry: LogEntry, cursor: Int? = nil) throws {
        if let job = entry.jobId {
            let isKnown = try Bool.fetchOne(
                database, sql: "SELECT EXISTS(SELECT 1 FROM job WHERE id = ?)", arguments: [job])
            guard isKnown == true else { return }
        }
        let values: [(any DatabaseValueConvertible)?] = [
            entry.jobId, entry.timeUsec, entry.priority, entry.step, entry.message,
            try entry.fields.map { try encodeJSON($0) },
        ]
        try database.execute(
            sql: """
                INSERT INTO log(job, time_usec, priority, step, message, fields, checksum, cursor)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: StatementArguments(values + [RowChecksum.of(values), cursor]))
    }
}

extension LogEntry {
    /// A damaged line is still shown, and says so: a log is read to find out what went wrong.
    init(row: Row) throws {
        let cursor: Int = row["cursor"]
        guard RowChecksum.isRight(row, over: ["job", "time_usec", "priority", "step", "message", "fields"]) else {
            self.init(
                cursor: String(cursor), timeUsec: Int.fromDatabaseValue(row["time_usec"]) ?? 0,
                priority: Int.fromDatabaseValue(row["priority"]) ?? 4, jobId: Int.fromDatabaseValue(row["job"]),
                message: "[damaged in the store] " + (String.fromDatabaseValue(row["message"]) ?? ""))
            return
        }
        let fields: String? = row["fields"]
        self.init(
            cursor: String(cursor), timeUsec: row["time_usec"], priority: row["priority"], jobId: row["job"],
            step: row["step"], message: row["message"],
            fields: try fields.map { try decodeJSON([String: String].self, $0) })
    }
}
