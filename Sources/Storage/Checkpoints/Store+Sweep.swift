import Foundation
import GRDB
import Recipes

/// What a sweep freed.
public struct SweepResult: Sendable, Equatable {
    public var checkpoints = 0
    public var chunks = 0
    public var bytes = 0
    public var dataFiles = 0
    /// Says why something was left alone.
    public var findings: [Finding] = []
}

extension Store {
    /// Chunks looked at in one batch, while a publish waits.
    private static let batchSize = 64
    /// The same where room is short: taking chunks away needs some room itself.
    private static let urgentBatchSize = 4

    /// Removes what was marked longer ago than the grace, and chunks that nothing refers to. Small transactions, each
    /// of which a publish may have to wait for; for a quiet moment.
    ///
    /// The order makes every crash harmless: first a transaction takes the references away and notes their chunks as
    /// garbage, then chunks go that are noted *and* unreferenced at that moment. Chunks that were never noted (left by
    /// a crash during a publish) go only where they are the smaller part of the file and other references exist: an
    /// empty list of references, as a lost or swapped database has, never means that all may go.
    /// Where the disk is full it goes as an urgent one, and gives all back that is free in the file.
    /// - Parameter urgent: without the grace, in smaller steps, and the chunks that were noted alone: there is no room left. The
    ///   spare room is given up for it, and for what is to be written then; `keepSpareRoom` takes it again.
    public func sweep(urgent: Bool = false) throws -> SweepResult {
        if urgent { return try sweepUrgently() }
        defer { spare.take() }
        if spare.isShort {
            let files = try removeUnusedDataFiles()
            var result = try sweepUrgently()
            // What a checkpoint that found no room has left.
            try removeOrphans(&result)
            try giveBack { spare.isFarFromEnough }
            result.dataFiles = files
            return result
        }
        var result = SweepResult()
        result.checkpoints = try condemn(grace: options.sweepGrace)
        try removeGarbage(&result, batchSize: Store.batchSize)
        try removeOrphans(&result)
        result.dataFiles = try removeUnusedDataFiles()
        if result.chunks > 0 { try translating(chunks.path) { try chunks.shrink(pages: 64) } }
        return result
    }

    private func sweepUrgently() throws -> SweepResult {
        spare.giveUp()
        var result = SweepResult()
        result.checkpoints = try condemn(grace: 0)
        try removeGarbage(&result, batchSize: Store.urgentBatchSize)
        // Room inside the file is none for journals and rows: without some beside it a checkpoint that would fit finds none,
        // and the file would keep what the spare room has lent it.
        try giveBack { spare.isToBeRegained }
        return result
    }

    /// Makes `chunks.db` smaller while the disk is that short of room, or until all is given back.
    private func giveBack(while isShort: () -> Bool) throws {
        var left = try reusableBytes()
        while isShort(), left > 0 {
            // A step writes down what it moves before it moves it.
            let pages = spare.isShort ? 1 : 16
            try translating(chunks.path) { try chunks.shrink(pages: pages) }
            let now = try reusableBytes()
            guard now < left else { return }  // a file that was not made to shrink
            left = now
        }
    }

    /// Bytes inside `chunks.db` that new checkpoints take before the file grows.
    public func reusableBytes() throws -> Int { try translating(chunks.path) { try chunks.freeBytes() } }

    /// After `sweep(urgent:)`, once what there was no room for has been written.
    public func keepSpareRoom() { spare.take() }

    /// Removes the rows of marked checkpoints, noting their chunks.
    private func condemn(grace: Double) throws -> Int {
        try write { transaction in
            let database = transaction.database
            let limit = transaction.now - Int(grace * 1_000_000)
            let marked = try String.fetchAll(
                database, sql: "SELECT id FROM checkpoint WHERE deleted_usec IS NOT NULL AND deleted_usec <= ?",
                arguments: [limit])
            let held = readers.withLock { Set($0.keys) }
            let ids = marked.filter { !held.contains($0) }
            for id in ids {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO garbage SELECT digest FROM checkpoint_chunk WHERE checkpoint = ?",
                    arguments: [id])
                try database.execute(sql: "DELETE FROM checkpoint WHERE id = ?", arguments: [id])
            }
            return ids.count
        }
    }

    private func removeGarbage(_ result: inout SweepResult, batchSize: Int) throws {
        while true {
            let batch = try read { database in
                try Data.fetchAll(
                    database, sql: "SELECT digest FROM garbage LIMIT ?", arguments: [batchSize]
                ).map { Digest(bytes: Array($0)) }
            }
            if batch.isEmpty { return }
            try removeUnreferenced(batch, &result)
            try write { transaction in
                for digest in batch {
                    try transaction.database.execute(
                        sql: "DELETE FROM garbage WHERE digest = ?", arguments: [digest.data])
                }
            }
        }
    }

    /// Chunks that a publish left behind when it was cut off.
    private func removeOrphans(_ result: inout SweepResult) throws {
        let total = try translating(chunks.path) { try chunks.count() }
        if total == 0 { return }
        var orphans: [Digest] = []
        var last: Digest?
        while true {
            let batch = try translating(chunks.path) { try chunks.digests(after: last, limit: 1024) }
            guard let end = batch.last else { break }
            orphans += try unreferenced(batch)
            last = end
        }
        if orphans.isEmpty { return }
        guard orphans.count * 2 <= total else {
            result.findings.append(
                Finding(
                    severity: .warning, code: "sweep_refused",
                    message: "\(orphans.count) of \(total) chunks belong to no checkpoint, and nothing says that they"
                        + " were removed: they stay.",
                    hint: "If checkpoints are missing, restore a backup of simmer.db; otherwise this ends by itself as"
                        + " new checkpoints come."))
            return
        }
        for start in stride(from: 0, to: orphans.count, by: Store.batchSize) {
            try removeUnreferenced(Array(orphans[start..<min(start + Store.batchSize, orphans.count)]), &result)
        }
    }

    /// Removes those of a batch that nothing refers to. No publish can come between the question and the removal.
    private func removeUnreferenced(_ batch: [Digest], _ result: inout SweepResult) throws {
        publishing.lock()
        defer { publishing.unlock() }
        let removed = try translating(chunks.path) { try chunks.remove(try unreferenced(batch)) }
        result.chunks += removed.count
        result.bytes += removed.bytes
    }

    /// Asks the table and its index, row by row: a flipped bit in one of them must not make a chunk look unused.
    private func unreferenced(_ batch: [Digest]) throws -> [Digest] {
        try read { database in
            var wanted = Set(batch)
            // The size is in the table alone: asking for it keeps SQLite from reading the index instead.
            let all = try Row.fetchCursor(database, sql: "SELECT digest, size FROM checkpoint_chunk")
            while let row = try all.next() {
                if let digest = Data.fromDatabaseValue(row[0]) { wanted.remove(Digest(bytes: Array(digest))) }
            }
            let batch = batch.filter { wanted.contains($0) }
            let find = try database.cachedStatement(
                sql: "SELECT EXISTS(SELECT 1 FROM checkpoint_chunk WHERE digest = ?)")
            return try batch.filter { try Bool.fetchOne(find, arguments: [$0.data]) == false }
        }
    }
}
