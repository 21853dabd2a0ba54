import Foundation
import GRDB
import Recipes

extension StoreTransaction {
    /// As `Store.insertJob`.
    public func insertJob(_ new: NewJob) throws -> JobRow {
        let name = try freeName(for: new)
        for dependency in new.dependsOn where try !exists("job", "id", dependency) {
            throw SimmerError.noSuchJob(job: String(dependency))
        }
        if let parent = new.parentCheckpoint {
            guard try !CheckpointRow.find(database, id: parent).isDeleted else {
                throw SimmerError.noSuchCheckpoint(checkpoint: parent)
            }
        }
        let digests = try new.files.map(Self.digest(of:))
        let row = JobRow(
            id: try nextJobId(), uuid: UUID().uuidString.lowercased(), name: name, ownerUid: new.ownerUid,
            kind: new.kind, state: new.state, desired: new.desired, priority: new.priority, generation: 1,
            createdUsec: now, startedUsec: nil, endedUsec: new.state.isEnded ? now : nil, activeUsec: 0, restarts: 0,
            progress: nil, reason: nil, labels: new.labels, dependsOn: new.dependsOn,
            parentCheckpoint: new.parentCheckpoint, files: new.files, facts: new.facts, findings: new.findings,
            changes: new.changes, plan: nil, environment: [:], lastCheckpoint: nil, lastCheckpointUsec: nil,
            lastCheckpointStep: nil, bestMetric: new.bestMetric, bestIsHigher: new.bestIsHigher, keep: new.keep,
            notes: new.notes, report: nil)
        try database.execute(
            sql: """
                INSERT INTO job(id, uuid, name, owner_uid, state, desired, priority, created_usec, labels,
                    parent_checkpoint, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, arguments: StatementArguments(try row.columns()))
        try insertInput(new, job: row.id)
        for digest in Set(digests) {
            try database.execute(
                sql: "INSERT INTO job_file(job, digest) VALUES (?, ?)", arguments: [row.id, digest.data])
        }
        _ = try advanceSequence()
        try addEvent(.created, job: row.id, message: nil)
        return row
    }

    /// As `Store.updateJob`.
    public func updateJob(
        _ id: Int, expectedGeneration: Int? = nil, event: EventKind? = nil, message: String? = nil,
        _ change: (inout JobRow) throws -> Void
    ) throws -> JobRow {
        let old = try store.withNewestProgress(JobRow.find(database, id: id))
        if let expectedGeneration, expectedGeneration != old.generation {
            throw SimmerError.staleGeneration(job: old.name, expected: expectedGeneration, actual: old.generation)
        }
        var row = old
        try change(&row)
        row.generation = old.generation + 1
        // True of a moment only: a job that is read after a crash does not hang.
        row.progress?.stalledForUsec = nil
        if row.state.isEnded != old.state.isEnded { row.endedUsec = row.state.isEnded ? now : nil }
        if row.name != old.name || (old.state.isEnded && !row.state.isEnded) { try checkNameIsFree(row) }
        try save(row)
        if row.files != old.files { try saveFiles(of: row) }
        writtenJobs.insert(id)
        if let kind = event ?? (row.state != old.state ? .state : nil) {
            try addEvent(kind, job: id, message: message)
        }
        return row
    }

    /// As `Store.job`.
    public func job(_ reference: String) throws -> JobRow {
        try store.withNewestProgress(JobRow.find(database, reference: reference))
    }

    /// The jobs that this one is made of, oldest first.
    public func parts(ofJob whole: Int) throws -> [JobRow] {
        try JobRow.parts(database, ofJob: whole).map(store.withNewestProgress)
    }

    /// The job's summary as it is in this transaction.
    public func summary(ofJob id: Int) throws -> JobSummary {
        try JobRow.known(database, id: id).summary(database, store: store)
    }

    func save(_ row: JobRow) throws {
        try database.execute(
            sql: """
                UPDATE job SET uuid = ?2, name = ?3, owner_uid = ?4, state = ?5, desired = ?6, priority = ?7,
                    created_usec = ?8, labels = ?9, parent_checkpoint = ?10, body = ?11, checksum = ?12 WHERE id = ?1
                """, arguments: StatementArguments(try row.columns()))
    }

    private func insertInput(_ new: NewJob, job: Int) throws {
        let values: [any DatabaseValueConvertible] = [
            job, new.recipe, try encodeJSON(new.overrides), new.recipeDigest,
        ]
        try database.execute(
            sql: "INSERT INTO job_input(job, recipe, overrides, recipe_digest, checksum) VALUES (?, ?, ?, ?, ?)",
            arguments: StatementArguments(values + [RowChecksum.of(values)]))
    }

    private func saveFiles(of row: JobRow) throws {
        let digests = Set(try row.files.map(Self.digest(of:)))
        try database.execute(sql: "DELETE FROM job_file WHERE job = ?", arguments: [row.id])
        for digest in digests {
            try database.execute(
                sql: "INSERT INTO job_file(job, digest) VALUES (?, ?)", arguments: [row.id, digest.data])
        }
    }

    private static func digest(of file: JobFile) throws -> Digest {
        guard let digest = Digest(text: file.digest) else {
            throw SimmerError.internalFault(reference: "store: '\(file.digest)' is no digest of a data file")
        }
        return digest
    }

    /// One more than any id ever given out: AUTOINCREMENT keeps the highest one in `sqlite_sequence`.
    private func nextJobId() throws -> Int {
        (try Int.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'job'") ?? 0) + 1
    }

    private func exists(_ table: String, _ column: String, _ value: some DatabaseValueConvertible) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS(SELECT 1 FROM \(table) WHERE \(column) = ?)", arguments: [value]) ?? false
    }

    private func freeName(for new: NewJob) throws -> String {
        if let name = new.name {
            try checkNameIsFree(name, except: nil)
            return name
        }
        var name = new.defaultName
        var number = 2
        while try exists("job", "name", name) {
            name = "\(new.defaultName)-\(number)"
            number += 1
        }
        return name
    }

    private func checkNameIsFree(_ row: JobRow) throws {
        if !row.state.isEnded { try checkNameIsFree(row.name, except: row.id) }
    }

    private func checkNameIsFree(_ name: String, except id: Int?) throws {
        let other = try Int.fetchOne(
            database,
            sql: """
                SELECT id FROM job WHERE name = ? AND state NOT IN ('succeeded', 'failed', 'cancelled') AND id IS NOT ?
                """, arguments: [name, id])
        if let other { throw SimmerError.jobExists(name: name, id: other) }
    }
}
