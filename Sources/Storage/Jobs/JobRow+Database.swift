import Foundation
import GRDB
import Recipes

// The row's JSON is the job; the other columns repeat what queries select by.
extension JobRow {
    /// Values in the order of the table's columns, the checksum of the others last.
    func columns() throws -> [(any DatabaseValueConvertible)?] {
        let values: [(any DatabaseValueConvertible)?] = [
            id, uuid, name, ownerUid, state.rawValue, desired.rawValue, priority, createdUsec, try encodeJSON(labels),
            parentCheckpoint, try encodeJSON(self),
        ]
        return values + [RowChecksum.of(values)]
    }

    /// The columns that the checksum covers.
    static let names = [
        "id", "uuid", "name", "owner_uid", "state", "desired", "priority", "created_usec", "labels",
        "parent_checkpoint", "body",
    ]

    /// Reads a row of `SELECT * FROM job` and checks it. One that is damaged, or that another version wrote, is what its
    /// columns say and as much of its body as can be read, with `unreadable` saying why: one job's row is no reason to
    /// know nothing of the others.
    init(_ row: Row) {
        let id = Int.fromDatabaseValue(row["id"]) ?? 0
        guard RowChecksum.isRight(row, over: Self.names) else {
            self.init(
                known: row,
                because: Finding(
                    severity: .error, code: Self.damagedCode,
                    message: "The stored row of job \(id) is damaged; nothing is done with the job.",
                    hint: "Restore a backup, or delete it: `simmer delete \(id)`."))
            // The flipped bit may be the owner's: nobody but root and the daemon's user may handle it.
            ownerUid = 0
            return
        }
        do {
            self = try decodeJSON(JobRow.self, row["body"])
        } catch {
            let what = if case .storeDegraded(let message)? = error as? SimmerError { message } else { "\(error)" }
            self.init(
                known: row,
                because: Finding(
                    severity: .error, code: "row_unreadable",
                    message:
                        "Job \(id) was written by another version than simmer \(SimmerVersion.current), and nothing"
                        + " is done with it. \(what)",
                    hint: "Start the version that wrote it, or delete it: `simmer delete \(id)`."))
        }
    }

    /// - Throws: what `unreadable` says.
    public func requireReadable() throws {
        guard let unreadable else { return }
        let text = [unreadable.message, unreadable.hint].compactMap { $0 }.joined(separator: " ")
        throw SimmerError.storeDegraded(message: text)
    }

    /// - Throws: `noSuchJob`; what `requireReadable` throws: whatever is done with a job goes by what its row says.
    static func find(_ database: Database, id: Int) throws -> JobRow {
        let row = try known(database, id: id)
        try row.requireReadable()
        return row
    }

    /// For those who tell of it or delete it, also where it cannot be read.
    static func known(_ database: Database, id: Int) throws -> JobRow {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id]) else {
            throw SimmerError.noSuchJob(job: String(id))
        }
        return JobRow(row)
    }

    /// As `known(_:reference:)`.
    /// - Throws: also what `requireReadable` throws.
    static func find(_ database: Database, reference: String) throws -> JobRow {
        let row = try known(database, reference: reference)
        try row.requireReadable()
        return row
    }

    /// By id, uuid or name; what is a number and the id of a job is that job. An unended job goes before ended ones of
    /// the same name.
    static func known(_ database: Database, reference: String) throws -> JobRow {
        if let id = Int(reference),
            let row = try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
        {
            return JobRow(row)
        }
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM job WHERE name = ?1 OR uuid = ?1 ORDER BY id", arguments: [reference])
        let jobs = rows.map(JobRow.init)
        if jobs.count == 1 { return jobs[0] }
        let unended = jobs.filter { !$0.state.isEnded }
        if unended.count == 1 { return unended[0] }
        guard !jobs.isEmpty else { throw SimmerError.noSuchJob(job: reference) }
        throw SimmerError.ambiguousName(name: reference, candidates: jobs.map { String($0.id) })
    }

    /// What the wire says of the job.
    func summary(_ database: Database, store: Store, queue: [Int]? = nil) throws -> JobSummary {
        let row = store.withNewestProgress(self)
        var position: Int?
        if row.state.isWaiting, row.desired == .run {
            let waiting = try queue ?? JobRow.waitingIds(database)
            position = waiting.firstIndex(of: id).map { $0 + 1 }
        }
        return JobSummary(
            id: id, uuid: uuid, name: name, ownerUid: ownerUid, state: state, desired: desired, priority: priority,
            queuePosition: position, generation: generation, createdUsec: createdUsec, startedUsec: startedUsec,
            endedUsec: endedUsec, activeUsec: row.activeUsec, restarts: restarts, progress: row.progress,
            latestMetrics: try MetricRows.latest(database, job: id), lastCheckpoint: lastCheckpoint,
            lastCheckpointUsec: lastCheckpointUsec, reason: unreadable.map { Reason($0, since: createdUsec) } ?? reason,
            labels: labels, partOf: partOf)
    }

    /// Branches that take the rate of a job to zero, oldest first.
    static func cooldowns(_ database: Database, ofJob trunk: Int) throws -> [JobRow] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM job WHERE parent_checkpoint IS NOT NULL
                AND \(noted(cooldownNote)) = ? ORDER BY id
                """, arguments: [String(trunk)]
        ).map(JobRow.init)
    }

    /// The jobs that this one is made of, oldest first; those that were replaced are parts no more.
    static func parts(_ database: Database, ofJob whole: Int) throws -> [JobRow] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM job WHERE \(noted(wholeNote)) = ? ORDER BY id",
            arguments: [String(whole)]
        ).map(JobRow.init)
    }

    /// SQL for a note (letters only); NULL also where a damaged body is no JSON, which is no reason to find none.
    static func noted(_ name: String) -> String {
        "CASE WHEN json_valid(body) THEN json_extract(body, '$.notes.\(name)') END"
    }

    /// Ids of the waiting jobs in the order of their turn.
    static func waitingIds(_ database: Database) throws -> [Int] {
        try Int.fetchAll(
            database,
            sql: """
                SELECT id FROM job WHERE state IN ('queued', 'interrupted') AND desired = 'run'
                ORDER BY priority DESC, id
                """)
    }
}

extension Store {
    /// The row with the progress that is in memory only.
    func withNewestProgress(_ row: JobRow) -> JobRow {
        var row = row
        if let newest = progress.withLock({ $0[row.id] }) { row.progress = newest }
        if let active = activeTime.withLock({ $0[row.id] }) { row.activeUsec = active }
        return row
    }

    /// Once a row has been written, it is the newest.
    func forgetProgress(ofJobs ids: Set<Int>) {
        if ids.isEmpty { return }
        progress.withLock { for id in ids { $0[id] = nil } }
        activeTime.withLock { for id in ids { $0[id] = nil } }
    }

    /// Newest progress, kept in memory and written with the job's next change: cheap enough for each tick.
    public func noteProgress(_ progress: Recipes.Progress, activeUsec: Int? = nil, ofJob id: Int) {
        self.progress.withLock { $0[id] = progress }
        if let activeUsec { activeTime.withLock { $0[id] = activeUsec } }
    }
}

extension JobInput {
    init(_ database: Database, job id: Int) throws {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM job_input WHERE job = ?", arguments: [id])
        else { throw SimmerError.noSuchJob(job: String(id)) }
        guard RowChecksum.isRight(row, over: ["job", "recipe", "overrides", "recipe_digest"]) else {
            throw SimmerError.storeDegraded(
                message:
                    "The stored recipe of job \(id) is damaged. Restore a backup, or delete the job; its checkpoints can be"
                    + " exported.")
        }
        self.init(
            recipe: row["recipe"], overrides: try decodeJSON([String: String].self, row["overrides"]),
            recipeDigest: row["recipe_digest"])
    }
}
