import Foundation
import GRDB
import Recipes

extension CheckpointRow {
    /// The checkpoint that a user means: `job@step`, `job@best`, `job@last`, `job@best-harvest`, `job:tag`, 8 or more digits of an id, or
    /// the name of an imported one.
    static func find(_ database: Database, reference: String) throws -> CheckpointRow {
        if let at = reference.lastIndex(of: "@") {
            let job = try JobRow.known(database, reference: String(reference[..<at]))
            return try find(database, job: job, selector: String(reference[reference.index(after: at)...]), reference)
        }
        if let colon = reference.firstIndex(of: ":") {
            let job = try JobRow.known(database, reference: String(reference[..<colon]))
            let tag = String(reference[reference.index(after: colon)...])
            guard let id = try CheckpointTag.holder(of: tag, scope: job.id, database) else {
                throw SimmerError.noSuchCheckpoint(checkpoint: reference)
            }
            return try usable(database, id: id)
        }
        let byId = try idsBeginning(with: reference, database)
        if byId.count == 1 { return try usable(database, id: byId[0]) }
        if byId.count > 1 { throw SimmerError.ambiguousName(name: reference, candidates: byId) }
        guard let id = try CheckpointTag.holder(of: reference, scope: 0, database) else {
            throw SimmerError.noSuchCheckpoint(checkpoint: reference)
        }
        return try usable(database, id: id)
    }

    private static func find(_ database: Database, job: JobRow, selector: String, _ reference: String) throws
        -> CheckpointRow
    {
        // Which is best, and which a rollback has left behind, is in the row; a step is a step.
        if Int(selector) == nil { try job.requireReadable() }
        if selector == "best-harvest" {
            let ends = try harvests(database, ofJob: job.id).filter { $0.isUsable }
            guard let best = byMerit(ends, isHigherBetter: job.bestIsHigher).first else {
                throw SimmerError.noSuchCheckpoint(checkpoint: reference)
            }
            return best
        }
        let rows = try all(database, job: job.id).filter { $0.complete && !$0.isDeleted }
        let found: CheckpointRow? =
            switch selector {
            case "last": rows.last { $0.isUsable } ?? rows.last
            case "best": byMerit(rows.filter(\.isUsable), isHigherBetter: job.bestIsHigher).first
            default: Int(selector).flatMap { step in rows.last { $0.step == step } }
            }
        guard let found else { throw SimmerError.noSuchCheckpoint(checkpoint: reference) }
        return found
    }

    /// Some checkpoints, and all that they come from.
    static func withAncestors(_ ids: Set<String>, _ database: Database) throws -> Set<String> {
        var (all, border) = (ids, ids)
        while !border.isEmpty {
            let parents = try String.fetchAll(
                database,
                sql: "SELECT parent FROM parent WHERE checkpoint IN (SELECT value FROM json_each(?))",
                arguments: [try encodeJSON(border.sorted())])
            border = Set(parents).subtracting(all)
            all.formUnion(border)
        }
        return all
    }

    /// The last checkpoint of each cooldown of a job that has reached its end, oldest cooldown first.
    static func harvests(_ database: Database, ofJob trunk: Int) throws -> [CheckpointRow] {
        try JobRow.cooldowns(database, ofJob: trunk).filter { $0.state == .succeeded }.compactMap { branch in
            try all(database, job: branch.id).last { $0.complete && !$0.isDeleted }
        }
    }

    /// Those with a value of the job's metric, best first; of equal ones the earlier goes first.
    ///
    /// A value measured at the checkpoint's own step goes before one that was only the newest known there: the latter
    /// speaks of other weights.
    static func byMerit(_ rows: [CheckpointRow], isHigherBetter: Bool) -> [CheckpointRow] {
        let measured = rows.filter { $0.best != nil }
        let exact = measured.filter { $0.bestStep == $0.step }
        let sign = isHigherBetter ? -1.0 : 1.0
        return (exact.isEmpty ? measured : exact).sorted { left, right in
            let (a, b) = (sign * (left.best ?? 0), sign * (right.best ?? 0))
            return a == b ? left.sequence < right.sequence : a < b
        }
    }

    private static func idsBeginning(with digits: String, _ database: Database) throws -> [String] {
        let isId = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard digits.utf8.count >= 8, digits.utf8.count <= 32, isId else { return [] }
        return try String.fetchAll(
            database,
            sql: "SELECT id FROM checkpoint WHERE id >= ?1 AND id <= ?1 || 'g' AND deleted_usec IS NULL LIMIT 20",
            arguments: [digits])
    }
}

/// Names that people give to checkpoints: unique within a job, or among those without one (scope 0).
enum CheckpointTag {
    /// Throws `incompatible` for anything but a letter or digit followed by at most 63 of `[A-Za-z0-9._-]`, and for the
    /// words `best` and `last`.
    static func check(_ tag: String) throws {
        let bytes = Array(tag.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        let isPlain = bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d }
        guard let first = bytes.first, isAlphanumeric(first), isPlain, bytes.count <= 64, tag != "best", tag != "last"
        else {
            throw SimmerError.incompatible(
                message:
                    "'\(tag)' cannot be a tag: begin with a letter or digit, go on with at most 63 letters, digits,"
                    + " dots, dashes or underscores, and do not take 'best' or 'last'.", findings: [])
        }
    }

    /// The checkpoint that has the tag; one marked for removal counts as none.
    static func holder(of tag: String, scope: Int, _ database: Database) throws -> String? {
        try String.fetchOne(
            database,
            sql: """
                SELECT checkpoint FROM tag JOIN checkpoint ON checkpoint.id = tag.checkpoint
                WHERE scope = ? AND tag = ? AND deleted_usec IS NULL
                """, arguments: [scope, tag])
    }
}

extension StoreTransaction {
    func setTag(_ tag: String, on row: CheckpointRow, move: Bool) throws {
        try CheckpointTag.check(tag)
        let scope = row.job ?? 0
        if let other = try CheckpointTag.holder(of: tag, scope: scope, database), other != row.id, !move {
            throw SimmerError.tagExists(tag: tag, checkpoint: other)
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO tag(scope, tag, checkpoint) VALUES (?, ?, ?)", arguments: [scope, tag, row.id])
    }
}
