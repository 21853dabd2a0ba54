import Foundation
import GRDB
import Recipes

/// One row of `checkpoint` without its manifest.
struct CheckpointRow: Sendable, Equatable {
    /// Grows with every publish: the order of checkpoints, whatever the clock says.
    var sequence: Int
    var id: String
    var job: Int?
    var jobName: String?
    var ownerUid: Int
    var step: Int
    var cause: String
    var createdUsec: Int
    var sizeBytes: Int
    var newBytes: Int
    var digest: String
    var weightsDigest: String
    /// JSON of `[MetricValue]`.
    var metrics: String
    /// The job's own metric, and the step it was measured at.
    var best: Double?
    var bestStep: Int?
    var manifestDigest: Digest
    var complete: Bool
    var pinned: Bool
    var exported: Bool
    var verifyState: VerifyState
    var verifiedUsec: Int?
    var deletedUsec: Int?

    var isDeleted: Bool { deletedUsec != nil }
    /// May be resumed, exported and branched from.
    var isUsable: Bool { complete && !isDeleted && verifyState != .corrupt && verifyState != .missing }

    /// All columns but the manifest and the checksum, in this order.
    static let names = [
        "sequence", "id", "job", "job_name", "owner_uid", "step", "cause", "created_usec", "size_bytes", "new_bytes",
        "digest", "weights_digest", "metrics", "best", "best_step", "manifest_digest", "complete", "pinned", "exported",
        "verify_state", "verified_usec", "deleted_usec",
    ]
    static let columns = (names + ["checksum"]).map { "checkpoint." + $0 }.joined(separator: ", ")

    /// In the order of `names`.
    var values: [(any DatabaseValueConvertible)?] {
        [
            sequence, id, job, jobName, ownerUid, step, cause, createdUsec, sizeBytes, newBytes, digest, weightsDigest,
            metrics, best, bestStep, manifestDigest.data, complete, pinned, exported, verifyState.rawValue,
            verifiedUsec, deletedUsec,
        ]
    }

    func insert(_ database: Database, manifest: Data) throws {
        let names = (Self.names + ["checksum", "manifest"]).joined(separator: ", ")
        try database.execute(
            sql: "INSERT INTO checkpoint(\(names)) VALUES (\(placeholders(Self.names.count + 2)))",
            arguments: StatementArguments(values + [RowChecksum.of(values), manifest]))
    }

    /// Writes what may change; the rest never does.
    func save(_ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE checkpoint SET job = ?, complete = ?, pinned = ?, exported = ?, verify_state = ?,
                    verified_usec = ?, deleted_usec = ?, checksum = ? WHERE id = ?
                """,
            arguments: [
                job, complete, pinned, exported, verifyState.rawValue, verifiedUsec, deletedUsec,
                RowChecksum.of(values), id,
            ])
    }
}

extension CheckpointRow {
    init(row: Row) throws {
        guard RowChecksum.isRight(row, over: Self.names) else {
            // Before the checksum is known to be right, no value is sure to have its column's type.
            let id = String.fromDatabaseValue(row["id"]) ?? "?"
            throw SimmerError.checkpointCorrupt(
                checkpoint: id,
                problems: [
                    Finding(severity: .error, code: "row_damaged", message: "The row of checkpoint \(id) is damaged.")
                ])
        }
        let id: String = row["id"]
        let manifestDigest: Data = row["manifest_digest"]
        self.init(
            sequence: row["sequence"], id: id, job: row["job"], jobName: row["job_name"], ownerUid: row["owner_uid"],
            step: row["step"], cause: row["cause"], createdUsec: row["created_usec"], sizeBytes: row["size_bytes"],
            newBytes: row["new_bytes"], digest: row["digest"], weightsDigest: row["weights_digest"],
            metrics: row["metrics"], best: row["best"], bestStep: row["best_step"],
            manifestDigest: Digest(bytes: Array(manifestDigest)), complete: row["complete"], pinned: row["pinned"],
            exported: row["exported"], verifyState: VerifyState(rawValue: row["verify_state"]) ?? .unverified,
            verifiedUsec: row["verified_usec"], deletedUsec: row["deleted_usec"])
    }

    static func find(_ database: Database, id: String) throws -> CheckpointRow {
        let sql = "SELECT \(columns) FROM checkpoint WHERE id = ?"
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else {
            throw SimmerError.noSuchCheckpoint(checkpoint: id)
        }
        return try CheckpointRow(row: row)
    }

    /// A checkpoint that is neither marked for removal nor unfinished.
    static func usable(_ database: Database, id: String) throws -> CheckpointRow {
        let row = try find(database, id: id)
        guard !row.isDeleted else { throw SimmerError.noSuchCheckpoint(checkpoint: id) }
        guard row.complete else { throw SimmerError.checkpointIncomplete(checkpoint: id) }
        return row
    }

    /// Of one job, oldest first, those marked for removal included. Damaged rows are left out.
    static func all(_ database: Database, job: Int) throws -> [CheckpointRow] {
        try rows(database, job: job).compactMap(wholeRow)
    }

    /// As `all`, unchecked.
    static func rows(_ database: Database, job: Int) throws -> [Row] {
        try Row.fetchAll(
            database, sql: "SELECT \(columns) FROM checkpoint WHERE job = ? ORDER BY sequence", arguments: [job])
    }

    /// The row; nil where it is damaged, so that one bad row does not hide the others.
    static func wholeRow(_ row: Row) throws -> CheckpointRow? {
        do {
            return try CheckpointRow(row: row)
        } catch SimmerError.checkpointCorrupt {
            return nil
        }
    }

    /// Bytes of chunks that only these checkpoints hold; what is marked for removal already holds nothing.
    static func bytesFreed(_ database: Database, removing ids: [String]) throws -> Int {
        let list = try encodeJSON(ids)
        return try Int.fetchOne(
            database,
            sql: """
                WITH gone(id) AS (SELECT value FROM json_each(?)),
                    piece(digest, size) AS (
                        SELECT digest, max(size) FROM checkpoint_chunk WHERE checkpoint IN gone GROUP BY digest)
                SELECT coalesce(sum(size), 0) FROM piece WHERE NOT EXISTS(
                    SELECT 1 FROM checkpoint_chunk AS other JOIN checkpoint ON checkpoint.id = other.checkpoint
                    WHERE other.digest = piece.digest AND checkpoint.deleted_usec IS NULL
                        AND other.checkpoint NOT IN gone)
                """, arguments: [list]) ?? 0
    }

    /// What the wire says of it.
    func checkpoint(_ database: Database) throws -> Checkpoint {
        let tags = try String.fetchAll(
            database, sql: "SELECT tag FROM tag WHERE checkpoint = ? ORDER BY tag", arguments: [id])
        let parents = try String.fetchAll(
            database, sql: "SELECT parent FROM parent WHERE checkpoint = ? ORDER BY seq", arguments: [id])
        let name = try job.flatMap {
            try String.fetchOne(database, sql: "SELECT name FROM job WHERE id = ?", arguments: [$0])
        }
        return Checkpoint(
            id: id, jobId: job, jobName: name ?? jobName, ownerUid: ownerUid, step: step, createdUsec: createdUsec,
            sizeBytes: sizeBytes, newBytes: newBytes, tags: tags, pinned: pinned, parents: parents,
            metrics: try decodeJSON([MetricValue].self, metrics), digest: digest, weightsDigest: weightsDigest,
            verifyState: verifyState, verifiedUsec: verifiedUsec, complete: complete, kind: cause)
    }
}
