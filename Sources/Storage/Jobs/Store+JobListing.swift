import Foundation
import GRDB
import Recipes

/// A page of jobs.
public struct JobPage: Sendable, Equatable {
    public var jobs: [JobSummary]
    public var nextCursor: String?
    /// Jobs that match the filter, on all pages.
    public var total: Int
}

extension Store {
    /// A page of jobs, newest first. `limit` is held between 1 and 1000.
    ///
    /// `filter.names` are globs of sqlite's GLOB, ids or uuids; `includeEnded: false` leaves out ended jobs; labels must all match.
    /// Pages stay stable while jobs are added: the cursor holds the last id seen.
    /// - Throws: `cursorExpired` where the cursor is not one of this filter's.
    public func jobs(filter: JobFilter? = nil, limit: Int = 100, cursor: String? = nil) throws -> JobPage {
        let filter = filter ?? JobFilter()
        let limit = min(max(limit, 1), 1000)
        let mark = "jobs " + (try encodeJSON(filter))
        let before = try cursor.map { try Cursor.read($0, of: mark) }
        let (condition, arguments) = filter.condition()
        return try read { database in
            let total =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM job WHERE \(condition)",
                    arguments: StatementArguments(arguments)) ?? 0
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM job WHERE \(condition) AND id < ? ORDER BY id DESC LIMIT ?",
                arguments: StatementArguments(arguments + [before ?? Int.max, limit + 1]))
            let waiting = try JobRow.waitingIds(database)
            let jobs = try rows.prefix(limit).map { row in
                try JobRow(row).summary(database, store: self, queue: waiting)
            }
            let next = rows.count > limit ? jobs.last.map { Cursor.make($0.id, of: mark) } : nil
            return JobPage(jobs: jobs, nextCursor: next, total: total)
        }
    }

    /// What the wire says of a job, newest progress and metrics included. Never waits for a write.
    public func summary(ofJob id: Int) throws -> JobSummary {
        try read { try JobRow.known($0, id: id).summary($0, store: self) }
    }

    /// The detailed report; `resources` are what the caller measured. What cannot be read is left out, and a warning
    /// says so.
    public func detail(ofJob id: Int, resources: JobResources = JobResources()) throws -> JobDetail {
        try read { database in
            let row = try JobRow.known(database, id: id)
            var warnings = row.findings + (row.unreadable.map { [$0] } ?? [])
            var input = JobInput(recipe: "", overrides: [:], recipeDigest: "")
            do {
                input = try JobInput(database, job: id)
            } catch SimmerError.storeDegraded(let message) {
                warnings.append(Finding(severity: .error, code: "recipe_damaged", message: message))
            }
            let sizes = try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*) AS number, coalesce(sum(new_bytes), 0) AS bytes FROM checkpoint
                    WHERE job = ? AND complete = 1 AND deleted_usec IS NULL
                    """, arguments: [id])
            return JobDetail(
                summary: try row.summary(database, store: self), recipe: input.recipe,
                recipeDigest: input.recipeDigest, parentCheckpoint: row.parentCheckpoint, dependsOn: row.dependsOn,
                resources: resources, warnings: warnings, checkpointCount: sizes?["number"] ?? 0,
                checkpointBytes: sizes?["bytes"] ?? 0, environment: row.environment)
        }
    }
}

extension JobFilter {
    /// The part of a WHERE that selects by this filter, and its arguments.
    func condition() -> (sql: String, arguments: [any DatabaseValueConvertible]) {
        var parts = ["1"]
        var arguments: [any DatabaseValueConvertible] = []
        func add(_ sql: String, _ values: [any DatabaseValueConvertible]) {
            parts.append(sql)
            arguments += values
        }
        if let names, !names.isEmpty {
            let tests = names.map { _ in "name GLOB ? OR CAST(id AS TEXT) = ? OR uuid = ?" }.joined(separator: " OR ")
            add("(\(tests))", names.flatMap { [$0, $0, $0] })
        }
        if let states, !states.isEmpty {
            add("state IN (\(placeholders(states.count)))", states.map(\.rawValue))
        }
        if let ownerUid { add("owner_uid = ?", [ownerUid]) }
        if let createdAfterUsec { add("created_usec > ?", [createdAfterUsec]) }
        if includeEnded == false { add("state NOT IN ('succeeded', 'failed', 'cancelled')", []) }
        for (key, value) in (labels ?? [:]).sorted(by: { $0.key < $1.key }) {
            add(
                "EXISTS(SELECT 1 FROM json_each(CASE WHEN json_valid(job.labels) THEN job.labels ELSE '{}' END) WHERE key = ? AND value = ?)",
                [key, value])
        }
        return (parts.joined(separator: " AND "), arguments)
    }
}

/// A place in a list: the last key seen, and what list it is of.
enum Cursor {
    static func make(_ key: Int, of list: String) -> String {
        String(key, radix: 36) + "-" + Digest(of: Array(list.utf8)).hex.prefix(12)
    }

    static func read(_ text: String, of list: String) throws -> Int {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let key = Int(parts[0], radix: 36),
            parts[1] == Digest(of: Array(list.utf8)).hex.prefix(12)
        else { throw SimmerError.cursorExpired }
        return key
    }
}
