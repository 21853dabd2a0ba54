import GRDB
import Recipes

/// What goes with a job, and what stays.
public struct Deletion: Codable, Sendable, Equatable {
    /// Checkpoints that are marked for removal.
    public var removed: Int
    /// Those that stay without a job.
    public var kept: Int
    /// Bytes that the next sweeps will free.
    public var freedBytes: Int

    public init(removed: Int, kept: Int, freedBytes: Int) {
        self.removed = removed
        self.kept = kept
        self.freedBytes = freedBytes
    }
}

extension Store {
    /// Removes an ended or stopped job with its metrics and logs, and the jobs that it is made of with it; their
    /// checkpoints are marked for removal. Those that another job has come from, or that are tagged or pinned, stay without a
    /// job, and all do that are to be kept: by id, or by tags that then have no job's name before them.
    ///
    /// - Throws: `wrongState` for any other state, `checkpointInUse` where an unended job continues from one of them.
    public func deleteJob(_ id: Int, keepCheckpoints: Bool = false, request: RequestKey? = nil) throws -> Deletion {
        let parts = try parts(ofJob: id).map(\.id)
        let deletion = try once(request) { transaction in
            try transaction.deleteJob(id, keepCheckpoints: keepCheckpoints)
        }.answer
        forgetProgress(ofJobs: Set(parts + [id]))
        return deletion
    }

    /// What `deleteJob` would do.
    public func deletion(ofJob id: Int, keepCheckpoints: Bool) throws -> Deletion {
        try read { try DeletionPlan($0, job: id, keepCheckpoints: keepCheckpoints).deletion($0) }
    }
}

/// The jobs that go together, parts first, and their checkpoints.
private struct DeletionPlan {
    var jobs: [JobRow] = []
    var checkpoints: [CheckpointRow] = []
    /// Ids of those that stay.
    var kept: Set<String> = []

    init(_ database: Database, job id: Int, keepCheckpoints: Bool) throws {
        try add(try JobRow.known(database, id: id), database)
        checkpoints = try jobs.flatMap { try CheckpointRow.all(database, job: $0.id) }
        let own = try encodeJSON(jobs.map(\.id))
        for checkpoint in checkpoints {
            let others = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, state FROM job WHERE parent_checkpoint = ?
                        AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY id
                    """, arguments: [checkpoint.id, own])
            let isTagged = try Bool.fetchOne(
                database, sql: "SELECT EXISTS(SELECT 1 FROM tag WHERE checkpoint = ?)", arguments: [checkpoint.id])
            if keepCheckpoints || checkpoint.pinned || isTagged == true || !others.isEmpty {
                kept.insert(checkpoint.id)
            }
            let users = others.filter { JobState(rawValue: $0["state"])?.isEnded != true }.map { $0["name"] as String }
            guard users.isEmpty || keepCheckpoints else {
                throw SimmerError.checkpointInUse(checkpoint: checkpoint.id, by: users)
            }
        }
        try keepAncestors(database)
    }

    /// What a checkpoint comes from that stays, here or without a job, stays too.
    private mutating func keepAncestors(_ database: Database) throws {
        let others = try String.fetchAll(
            database, sql: "SELECT id FROM checkpoint WHERE job IS NULL AND deleted_usec IS NULL")
        kept = try CheckpointRow.withAncestors(kept.union(others), database).intersection(checkpoints.map(\.id))
    }

    private mutating func add(_ row: JobRow, _ database: Database) throws {
        guard row.state.isEnded || row.state == .stopped else {
            throw SimmerError.wrongState(
                job: row.name, state: row.state, allowed: [.stopped, .succeeded, .failed, .cancelled])
        }
        // A damaged row may name a whole that it does not belong to.
        for part in try JobRow.parts(database, ofJob: row.id) where !part.isDamaged { try add(part, database) }
        jobs.append(row)
    }

    func deletion(_ database: Database) throws -> Deletion {
        let removed = checkpoints.filter { !kept.contains($0.id) && !$0.isDeleted }
        return Deletion(
            removed: removed.count, kept: checkpoints.count { kept.contains($0.id) && !$0.isDeleted },
            freedBytes: try CheckpointRow.bytesFreed(database, removing: removed.map(\.id)))
    }
}

extension StoreTransaction {
    /// As `Store.deleteJob`.
    public func deleteJob(_ id: Int, keepCheckpoints: Bool = false) throws -> Deletion {
        let plan = try DeletionPlan(database, job: id, keepCheckpoints: keepCheckpoints)
        let deletion = try plan.deletion(database)
        for row in plan.jobs { try remove(row, plan, deletion) }
        return deletion
    }

    private func remove(_ row: JobRow, _ plan: DeletionPlan, _ deletion: Deletion) throws {
        let stay = deletion.kept == 0 ? nil : "\(counted(deletion.kept)) stay."
        try addEvent(.deleted, job: row.id, message: stay)
        for var checkpoint in plan.checkpoints where checkpoint.job == row.id {
            checkpoint.job = nil
            if !plan.kept.contains(checkpoint.id) { checkpoint.deletedUsec = checkpoint.deletedUsec ?? now }
            try checkpoint.save(database)
        }
        try releaseTags(ofJob: row.id, named: row.name)
        try database.execute(sql: "DELETE FROM log WHERE job = ?", arguments: [row.id])
        try dropCheckResults(subject: CheckSubject.job(row.id).text)
        try database.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [row.id])
        _ = try advanceSequence()
    }

    private func counted(_ checkpoints: Int) -> String {
        checkpoints == 1 ? "1 of its checkpoints" : "\(checkpoints) of its checkpoints"
    }

    /// Tags of a deleted job's kept checkpoints go on as `job-tag`, where that name is free.
    private func releaseTags(ofJob id: Int, named name: String) throws {
        try database.execute(
            sql: """
                DELETE FROM tag WHERE scope = ?1
                    AND checkpoint IN (SELECT id FROM checkpoint WHERE deleted_usec IS NOT NULL)
                """, arguments: [id])
        try database.execute(
            sql: "UPDATE OR IGNORE tag SET scope = 0, tag = ?2 || '-' || tag WHERE scope = ?1", arguments: [id, name])
        try database.execute(sql: "DELETE FROM tag WHERE scope = ?", arguments: [id])
    }
}
