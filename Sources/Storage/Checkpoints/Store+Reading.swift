import Foundation
import GRDB
import Recipes

/// Bytes done and bytes in all; throw (`operationCancelled`) to give up.
public typealias ProgressHandler = (_ done: Int, _ total: Int) throws -> Void

/// What reading a checkpoint back found.
public struct VerifyResult: Sendable, Equatable {
    public var checkpoint: String
    public var state: VerifyState
    public var problems: [Finding]
}

extension Store {
    /// Fills `descriptor` (a memfd, grown where too small) with the tensors at the offsets of the snapshot it returns,
    /// checking every digest on the way. What it holds is not to be used where this throws.
    ///
    /// - Throws: `checkpointCorrupt`, `checkpointIncomplete`, `noSuchCheckpoint`, `ioFailed`.
    public func load(checkpoint id: String, into descriptor: Int32) throws -> Snapshot {
        try holding(id) {
            let manifest = try manifest(of: id)
            let size = manifest.snapshot.tensors.map { $0.offset + $0.byteCount }.max() ?? 0
            var information = stat()
            guard fstat(descriptor, &information) == 0 else { throw systemError("fstat", path: "memfd") }
            if Int(information.st_size) < size, ftruncate(descriptor, off_t(size)) != 0 {
                throw systemError("ftruncate", path: "memfd", neededBytes: size)
            }
            try readPieces(of: manifest, checkpoint: id) { piece, bytes in
                try writeFully(descriptor, bytes, at: piece.offset, path: "memfd")
            }
            return manifest.snapshot
        }
    }

    /// The job's newest checkpoint that reads back whole, and a finding for each damaged one that was passed over.
    /// Where the job has none of its own, the one it branched from is looked at; nil where there is none either.
    ///
    /// Reads each candidate once: about 0.3 s for 300 MB.
    /// - Throws: `checkpointCorrupt` where there are checkpoints and none is whole: beginning anew over weeks of work is
    ///   for a person to decide.
    public func newestGood(job id: Int) throws -> (checkpoint: Checkpoint?, findings: [Finding]) {
        let candidates = try read { database in
            let row = try JobRow.find(database, id: id)
            // A damaged row is a candidate too: it is found damaged below, and said to be.
            let own = try CheckpointRow.rows(database, job: id).filter { row in
                try CheckpointRow.wholeRow(row).map { $0.complete && !$0.isDeleted } ?? true
            }
            return own.reversed().map { String.fromDatabaseValue($0["id"]) ?? "?" }.filter { !row.left.contains($0) }
                + (row.parentCheckpoint.map { [$0] } ?? [])
        }
        var findings: [Finding] = []
        for candidate in candidates {
            let problem: String
            do {
                let result = try verify(checkpoint: candidate)
                if result.state == .ok { return (try checkpoint(candidate), findings) }
                problem = result.problems.first?.message ?? "its bytes differ from what was stored."
            } catch let error as SimmerError where error.isDamage {
                problem = "\(error)"
            }
            findings.append(
                Finding(
                    severity: .warning, code: "checkpoint_damaged",
                    message: "Checkpoint \(candidate.prefix(12)) is damaged and was passed over: \(problem)",
                    hint: "Look at the disk and the memory; `simmer daemon scrub` checks the rest."))
        }
        if let newest = candidates.first {
            throw SimmerError.checkpointCorrupt(checkpoint: newest, problems: findings)
        }
        return (nil, findings)
    }

    /// Reads every byte and compares all digests; the result is kept (`verifyState`). Damage also makes an event.
    public func verify(checkpoint id: String, progress: ProgressHandler? = nil) throws -> VerifyResult {
        let problems = try holding(id) { try findProblems(in: id, progress: progress) }
        let state: VerifyState =
            problems.isEmpty ? .ok : problems.allSatisfy { $0.code == "chunk_missing" } ? .missing : .corrupt
        let isWritable = health.withLock { $0.refusal == nil }
        guard isWritable else { return VerifyResult(checkpoint: id, state: state, problems: problems) }
        do {
            try keep(state, problems, of: id)
        } catch let error as SimmerError where error.isDamage || error.isNoSpace {
            // What was read stays true on a full or damaged disk; only the next one must find it out again.
            addDegraded("store_failed", "The result of verifying checkpoint \(id.prefix(12)) was not kept: \(error)")
        }
        return VerifyResult(checkpoint: id, state: state, problems: problems)
    }

    private func keep(_ state: VerifyState, _ problems: [Finding], of id: String) throws {
        try write { transaction in
            // A row too damaged to be read cannot take the result either; it is named by every verify again.
            guard
                let found = try Row.fetchOne(
                    transaction.database, sql: "SELECT \(CheckpointRow.columns) FROM checkpoint WHERE id = ?",
                    arguments: [id]), var row = try CheckpointRow.wholeRow(found)
            else { return }
            let wasGood = row.verifyState == .ok || row.verifyState == .unverified
            row.verifyState = state
            row.verifiedUsec = transaction.now
            try row.save(transaction.database)
            if wasGood, let first = problems.first {
                try transaction.addEvent(.warning, job: row.job, message: first.message, checkpoint: id)
            }
        }
    }

    private func findProblems(in id: String, progress: ProgressHandler?) throws -> [Finding] {
        do {
            let (row, manifest, references) = try read { database in
                let row = try CheckpointRow.usable(database, id: id)
                let references = try Data.fetchAll(
                    database, sql: "SELECT digest FROM checkpoint_chunk WHERE checkpoint = ? ORDER BY seq",
                    arguments: [id])
                return (row, try Manifest.load(database, of: row), references)
            }
            var problems = manifest.contradictions(to: row, references: references.map { Array($0).hex })
            var done = 0
            try readPieces(of: manifest, checkpoint: id) { piece, _ in
                done += piece.size
                try progress?(done, row.sizeBytes)
            } problem: {
                problems.append($0)
            }
            return problems
        } catch SimmerError.checkpointCorrupt(_, let problems) {
            return problems
        }
    }

    /// Hands every piece's bytes, checked, to `body` in order.
    ///
    /// - Parameter problem: takes what is wrong, and reading goes on; without it the first damage throws
    ///   `checkpointCorrupt`.
    func readPieces(
        of manifest: Manifest, checkpoint id: String, tensor: Int? = nil,
        _ body: (Manifest.Piece, UnsafeRawBufferPointer) throws -> Void, problem: ((Finding) -> Void)? = nil
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkStore.pieceSize, alignment: 4096)
        defer { buffer.deallocate() }
        for piece in manifest.pieces where tensor == nil || piece.tensor == tensor {
            let name = manifest.snapshot.tensors[piece.tensor].name
            var count: Int?
            var unreadable: String?
            if let digest = Digest(text: piece.digest) {
                do {
                    count = try translating(chunks.path) { try chunks.read(digest, into: buffer) }
                } catch let error as SimmerError where error.isDamage {
                    unreadable = "cannot be read: \(error)"
                }
            }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<(count ?? 0)])
            if let count, count == piece.size, Digest(of: bytes).hex == piece.digest {
                try body(piece, bytes)
                continue
            }
            let finding = Finding(
                severity: .error, code: count == nil && unreadable == nil ? "chunk_missing" : "chunk_damaged",
                message: "Tensor '\(name)' of checkpoint \(id.prefix(12)): chunk \(piece.digest.prefix(12)) "
                    + (unreadable ?? (count == nil ? "is missing." : "is not what was stored.")),
                hint: "Use an older checkpoint; `simmer checkpoint verify` says which are whole.")
            guard let problem else { throw SimmerError.checkpointCorrupt(checkpoint: id, problems: [finding]) }
            problem(finding)
        }
    }

    /// Keeps a checkpoint's chunks from being swept while `body` reads them.
    func holding<Result>(_ id: String, _ body: () throws -> Result) throws -> Result {
        try holding([id], body)
    }

    /// The same for several.
    func holding<Result>(_ ids: [String], _ body: () throws -> Result) throws -> Result {
        readers.withLock { readers in for id in ids { readers[id, default: 0] += 1 } }
        defer {
            readers.withLock { readers in
                for id in ids {
                    readers[id, default: 1] -= 1
                    if readers[id] == 0 { readers[id] = nil }
                }
            }
        }
        return try body()
    }
}

extension Manifest {
    /// What in the manifest does not agree with the row and the references beside it.
    func contradictions(to row: CheckpointRow, references: [String]) -> [Finding] {
        var problems: [Finding] = []
        func add(_ code: String, _ message: String) {
            problems.append(Finding(severity: .error, code: code, message: message))
        }
        let digests = tensors.map { tensor in
            CheckpointDigest.tensor(pieces: tensor.chunks.compactMap(Digest.init(text:)))
        }
        for (index, digest) in digests.enumerated() where digest.hex != tensors[index].digest {
            add("manifest_damaged", "The digest of tensor '\(snapshot.tensors[index].name)' does not fit its chunks.")
        }
        if CheckpointDigest.whole(snapshot, tensors: digests).text != row.digest
            || CheckpointDigest.weights(snapshot, tensors: digests).text != row.weightsDigest
        {
            add("digest_differs", "Checkpoint \(row.id.prefix(12)) does not have the digest it was stored with.")
        }
        if pieces.map(\.digest) != references {
            add("references_damaged", "The references of checkpoint \(row.id.prefix(12)) differ from its manifest.")
        }
        return problems
    }
}
