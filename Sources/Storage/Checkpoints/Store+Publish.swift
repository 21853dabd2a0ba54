import Foundation
import GRDB
import Recipes

extension Store {
    /// Makes a snapshot durable: chunks first, then one transaction that makes it complete. Low priority is the
    /// caller's: run it on a thread of its own. One at a time; a second call waits.
    ///
    /// - Parameters:
    ///   - descriptor: holds each tensor at its `offset`; read with pread, never mapped.
    ///   - job: nil for an imported one.
    ///   - parents: nil takes the checkpoint that the job branched from. Earlier ones of the same job are its ancestors
    ///     by their steps and not named.
    ///   - tag: a tag to set in the same transaction.
    /// - Throws: `noSpace`, `ioFailed`: nothing of it is visible then; `incompatible` for a snapshot that contradicts
    ///   itself; `tagExists`; `noSuchJob`.
    public func publish(
        _ snapshot: Snapshot, from descriptor: Int32, job: Int?, ownerUid: Int, parents: [String]? = nil,
        tag: String? = nil
    ) throws -> Checkpoint {
        try checkWritable()
        try snapshot.check(descriptor)
        publishing.lock()
        defer { publishing.unlock() }
        try read { try Store.checkTarget(job: job, tag: tag, $0) }
        let (manifest, digests, newBytes) = try storeChunks(of: snapshot, from: descriptor)
        let data = Data(try encodeJSON(manifest).utf8)
        let (checkpoint, sequence) = try write { transaction in
            try Store.checkTarget(job: job, tag: tag, transaction.database)
            let owner = try job.map { try JobRow.find(transaction.database, id: $0) }
            let row = try transaction.newRow(
                snapshot, tensors: digests, newBytes: newBytes, job: owner, ownerUid: ownerUid,
                manifest: Digest(of: Array(data)))
            try row.insert(transaction.database, manifest: data)
            try transaction.insertReferences(of: manifest, checkpoint: row.id)
            let branchedFrom = owner?.parentCheckpoint.map { [$0] } ?? []
            try transaction.insertParents(parents ?? branchedFrom, checkpoint: row.id)
            if let tag { try transaction.setTag(tag, on: row, move: false) }
            if let owner { try transaction.setNewest(row, ofJob: owner.id) }
            let sequence = try transaction.advanceSequence()
            try transaction.addEvent(.checkpoint, job: job, message: nil, checkpoint: row.id)
            return (try row.checkpoint(transaction.database), sequence)
        }
        settle(sequence)
        return checkpoint
    }

    /// What follows a commit. The checkpoint is there, whatever fails here: it is said, not thrown.
    func settle(_ sequence: Int) {
        do {
            try mark.write(sequence, uuid: uuidBytes)
        } catch SimmerError.ioFailed("fdatasync", _, _) {
            refuseWrites("\(mark.path) could not be made durable. Check the disk, then restart the daemon.")
        } catch {
            addDegraded("mark_failed", "\(mark.path) could not be written; lost commits might go unnoticed: \(error)")
        }
        do {
            // The log is not covered by checksums of ours: keep it short. A reader in the way only postpones this.
            try translating(databasePath) {
                try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
            }
        } catch {
            addDegraded("log_kept", "The log of \(databasePath) could not be moved into it: \(error)")
        }
    }

    /// - Throws: `tagExists` where a checkpoint of the job has the tag; `incompatible` for what is none.
    public func requireFree(tag: String, ofJob id: Int) throws {
        try read { try Store.checkTarget(job: id, tag: tag, $0) }
    }

    private static func checkTarget(job: Int?, tag: String?, _ database: Database) throws {
        if let job { _ = try JobRow.find(database, id: job) }
        guard let tag else { return }
        try CheckpointTag.check(tag)
        if let other = try CheckpointTag.holder(of: tag, scope: job ?? 0, database) {
            throw SimmerError.tagExists(tag: tag, checkpoint: other)
        }
    }

    private func storeChunks(of snapshot: Snapshot, from descriptor: Int32) throws
        -> (manifest: Manifest, tensors: [Digest], newBytes: Int)
    {
        let sizes = snapshot.tensors.map { record in
            stride(from: 0, to: record.byteCount, by: ChunkStore.pieceSize).map { start in
                PiecePipeline.Piece(
                    offset: record.offset + start, size: min(ChunkStore.pieceSize, record.byteCount - start))
            }
        }
        let pipeline = PiecePipeline(pieces: Array(sizes.joined()), descriptor: descriptor)
        let (digests, newBytes) = try translating(chunks.path) { try pipeline.run(into: chunks) }
        var tensors: [Digest] = []
        var entries: [Manifest.Tensor] = []
        var next = 0
        for pieces in sizes {
            let own = Array(digests[next..<next + pieces.count])
            next += pieces.count
            tensors.append(CheckpointDigest.tensor(pieces: own))
            entries.append(Manifest.Tensor(digest: tensors[tensors.count - 1].hex, chunks: own.map(\.hex)))
        }
        return (Manifest(snapshot: snapshot, tensors: entries), tensors, newBytes)
    }
}

extension StoreTransaction {
    func newRow(
        _ snapshot: Snapshot, tensors: [Digest], newBytes: Int, job: JobRow?, ownerUid: Int, manifest: Digest
    ) throws -> CheckpointRow {
        let last = try Int.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'checkpoint'") ?? 0
        let digest = CheckpointDigest.whole(snapshot, tensors: tensors)
        let best = job.flatMap { job in snapshot.metrics.last { $0.name == job.bestMetric && $0.value != nil } }
        return CheckpointRow(
            sequence: last + 1, id: CheckpointRow.newId(digest: digest, sequence: last + 1, store: store.uuidBytes),
            job: job?.id, jobName: job?.name, ownerUid: ownerUid, step: snapshot.step, cause: snapshot.cause.rawValue,
            createdUsec: now, sizeBytes: snapshot.tensors.reduce(0) { $0 + $1.byteCount }, newBytes: newBytes,
            digest: digest.text, weightsDigest: CheckpointDigest.weights(snapshot, tensors: tensors).text,
            metrics: try encodeJSON(snapshot.metrics), best: best?.value, bestStep: best?.step,
            manifestDigest: manifest, complete: true, pinned: false, exported: false, verifyState: .unverified,
            verifiedUsec: nil, deletedUsec: nil)
    }

    func insertReferences(of manifest: Manifest, checkpoint: String) throws {
        let insert = try database.cachedStatement(
            sql: "INSERT INTO checkpoint_chunk(checkpoint, seq, digest, size) VALUES (?, ?, ?, ?)")
        for (number, piece) in manifest.pieces.enumerated() {
            guard let digest = Digest(text: piece.digest) else { continue }  // our own hexadecimal always reads back
            try insert.execute(arguments: [checkpoint, number, digest.data, piece.size])
        }
    }

    func insertParents(_ parents: [String], checkpoint: String) throws {
        for (number, parent) in parents.enumerated() {
            try database.execute(
                sql: "INSERT INTO parent(checkpoint, seq, parent) VALUES (?, ?, ?)",
                arguments: [checkpoint, number, parent])
        }
    }

    func setNewest(_ row: CheckpointRow, ofJob id: Int) throws {
        _ = try updateJob(id) { job in
            job.lastCheckpoint = row.id
            job.lastCheckpointUsec = row.createdUsec
            job.lastCheckpointStep = row.step
        }
    }
}

extension CheckpointRow {
    /// 16 bytes of a SHA-256 over the content's digest, the publish's number, the store and 16 random bytes: never the
    /// same twice, even after a restored backup has set the numbers back.
    static func newId(digest: Digest, sequence: Int, store: [UInt8]) -> String {
        let hash = SHA256()
        hash.update(digest.bytes)
        hash.update(count: sequence)
        hash.update(store)
        var generator = SystemRandomNumberGenerator()
        hash.update(count: Int(truncatingIfNeeded: generator.next() >> 1))
        hash.update(count: Int(truncatingIfNeeded: generator.next() >> 1))
        return Array(hash.finish().bytes[0..<16]).hex
    }
}

extension Snapshot {
    /// Throws `incompatible` where sizes, shapes, names and the descriptor's length do not agree.
    func check(_ descriptor: Int32) throws {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw systemError("fstat", path: "snapshot") }
        var names: Set<String> = []
        for record in tensors {
            let isNew = names.insert(record.name).inserted
            let end = record.offset.addingReportingOverflow(record.byteCount)
            guard isNew, record.offset >= 0, record.byteCount >= 0, !end.overflow,
                end.partialValue <= Int(information.st_size), record.byteCount == record.expectedByteCount
            else {
                throw SimmerError.incompatible(
                    message: "The snapshot contradicts itself at tensor '\(record.name)': shape \(record.shape),"
                        + " \(record.byteCount) bytes at \(record.offset) of \(information.st_size).", findings: [])
            }
        }
    }
}

extension TensorRecord {
    /// Bytes that dtype and shape ask for; nil for an unknown dtype, an overflow, or layouts that do not fit together.
    var expectedByteCount: Int? {
        guard let size = ["F32": 4, "I64": 8][dtype] else { return nil }
        func bytes(_ shape: [Int]) -> Int? {
            shape.reduce(size as Int?) { total, extent in
                guard let total, extent >= 0 else { return nil }
                let (product, overflow) = total.multipliedReportingOverflow(by: extent)
                return overflow ? nil : product
            }
        }
        guard let count = bytes(shape) else { return nil }
        let stored = storedShape ?? shape
        guard bytes(stored) == count else { return nil }
        if let permutation, permutation.sorted() != Array(stored.indices) { return nil }
        return count
    }
}
