import Foundation
import GRDB
import Recipes

/// A page of checkpoints.
public struct CheckpointPage: Sendable, Equatable {
    public var checkpoints: [Checkpoint]
    public var nextCursor: String?
    public var total: Int
}

extension Store {
    /// The checkpoint named `job@step`, `job@best`, `job@last`, `job:tag`, `name` (imported ones), or by 8 or more
    /// digits of its id.
    ///
    /// `@best` goes by the job's own metric; `@last` passes over damaged ones where there is a whole one.
    /// - Throws: `noSuchCheckpoint`, `noSuchJob`, `ambiguousName`, `checkpointIncomplete`.
    public func checkpoint(_ reference: String) throws -> Checkpoint {
        try read { try CheckpointRow.find($0, reference: reference).checkpoint($0) }
    }

    /// A page of checkpoints, newest first; those marked for removal are not shown. Throws `cursorExpired`, `noSuchJob`.
    public func checkpoints(
        job: String? = nil, tag: String? = nil, includeIncomplete: Bool = false, limit: Int = 100, cursor: String? = nil
    ) throws -> CheckpointPage {
        let limit = min(max(limit, 1), 1000)
        return try read { database in
            var parts = ["deleted_usec IS NULL"]
            var arguments: [any DatabaseValueConvertible] = []
            if let job {
                parts.append("job = ?")
                arguments.append(try JobRow.known(database, reference: job).id)
            }
            if let tag {
                parts.append("id IN (SELECT checkpoint FROM tag WHERE tag = ?)")
                arguments.append(tag)
            }
            if !includeIncomplete { parts.append("complete = 1") }
            let condition = parts.joined(separator: " AND ")
            let list = "checkpoints \(condition) \(arguments.map { "\($0)" })"
            let before = try cursor.map { try Cursor.read($0, of: list) } ?? Int.max
            let total =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM checkpoint WHERE \(condition)",
                    arguments: StatementArguments(arguments)) ?? 0
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(CheckpointRow.columns) FROM checkpoint WHERE \(condition) AND sequence < ?
                    ORDER BY sequence DESC LIMIT ?
                    """, arguments: StatementArguments(arguments + [before, limit + 1])
            )
            let page = try rows.prefix(limit).compactMap(CheckpointRow.wholeRow)
            let last: Int? = rows.prefix(limit).last?["sequence"]
            return CheckpointPage(
                checkpoints: try page.map { try $0.checkpoint(database) },
                nextCursor: rows.count > limit ? last.map { Cursor.make($0, of: list) } : nil, total: total)
        }
    }

    /// What was handed over with a checkpoint, offsets included. Throws `checkpointCorrupt` for a damaged manifest.
    public func snapshot(ofCheckpoint id: String) throws -> Snapshot { try manifest(of: id).snapshot }

    /// Bytes that `load` needs: the end of the last tensor.
    public func byteCount(ofCheckpoint id: String) throws -> Int {
        try snapshot(ofCheckpoint: id).tensors.map { $0.offset + $0.byteCount }.max() ?? 0
    }

    func manifest(of id: String) throws -> Manifest {
        try read { try Manifest.load($0, of: try CheckpointRow.usable($0, id: id)) }
    }

    /// All complete checkpoints of a job, and of the one that it branched from that where it began, by step; of several at
    /// one step the newest. Without those that a rollback has left behind.
    public func completeCheckpoints(ofJob id: Int) throws -> [Checkpoint] {
        try read { database in
            let job = try JobRow.find(database, id: id)
            var rows = try CheckpointRow.all(database, job: id)
            if let parent = job.parentCheckpoint {
                do {
                    rows.insert(try CheckpointRow.usable(database, id: parent), at: 0)
                } catch SimmerError.noSuchCheckpoint {
                    // The branch has long gone on without it.
                }
            }
            var byStep: [Int: CheckpointRow] = [:]
            for row in rows where row.complete && !row.isDeleted && row.isUsable && !job.left.contains(row.id) {
                byStep[row.step] = row
            }
            return try byStep.values.sorted { $0.step < $1.step }.map { try $0.checkpoint(database) }
        }
    }

    /// Makes sure that a checkpoint holds an average of the weights.
    /// - Throws: `incompatible`, naming those that it holds.
    public func requireAverage(_ name: String, ofCheckpoint id: String) throws {
        _ = try manifest(of: id).snapshot.tensors(ofAverage: name)
    }

    /// Tags a checkpoint; `move` takes the tag from another one of the same job. Throws `tagExists`, and `incompatible`
    /// for what cannot be a tag.
    public func tag(checkpoint id: String, _ tag: String, move: Bool = false) throws -> Checkpoint {
        try changeCheckpoint(id) { row, transaction in try transaction.setTag(tag, on: row, move: move) }
    }

    /// Takes a tag away. Throws `noSuchCheckpoint` where the checkpoint does not have it.
    public func untag(checkpoint id: String, _ tag: String) throws -> Checkpoint {
        try changeCheckpoint(id) { row, transaction in
            try transaction.database.execute(
                sql: "DELETE FROM tag WHERE tag = ? AND checkpoint = ?", arguments: [tag, id])
            guard transaction.database.changesCount == 1 else {
                throw SimmerError.noSuchCheckpoint(checkpoint: "\(row.jobName ?? ""):\(tag)")
            }
        }
    }

    /// Pins or unpins: a pinned checkpoint is never removed by retention or prune.
    public func setPinned(checkpoint id: String, _ pinned: Bool) throws -> Checkpoint {
        try changeCheckpoint(id) { row, _ in row.pinned = pinned }
    }

    func changeCheckpoint(_ id: String, _ change: (inout CheckpointRow, StoreTransaction) throws -> Void) throws
        -> Checkpoint
    {
        try write { transaction in
            var row = try CheckpointRow.usable(transaction.database, id: id)
            try change(&row, transaction)
            try row.save(transaction.database)
            return try row.checkpoint(transaction.database)
        }
    }
}
