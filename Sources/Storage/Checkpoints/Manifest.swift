import Foundation
import GRDB
import Recipes

/// What a checkpoint consists of: the snapshot as handed over, and the digests of its bytes.
struct Manifest: Codable, Sendable, Equatable {
    struct Tensor: Codable, Sendable, Equatable {
        /// Hexadecimal.
        var digest: String
        /// Digests of the pieces in order, each of `ChunkStore.pieceSize` bytes but the last.
        var chunks: [String]
    }
    var version = 1
    var snapshot: Snapshot
    /// In the order of `snapshot.tensors`.
    var tensors: [Tensor]

    /// Reads and checks a checkpoint's manifest.
    static func load(_ database: Database, of row: CheckpointRow) throws -> Manifest {
        let data = try Data.fetchOne(database, sql: "SELECT manifest FROM checkpoint WHERE id = ?", arguments: [row.id])
        guard let data, Digest(of: Array(data)) == row.manifestDigest else {
            throw corrupt(row.id, "manifest_damaged", "The manifest of checkpoint \(row.id) is damaged.")
        }
        let manifest = try decodeJSON(Manifest.self, String(decoding: data, as: UTF8.self))
        guard manifest.tensors.count == manifest.snapshot.tensors.count else {
            throw corrupt(row.id, "manifest_damaged", "The manifest of checkpoint \(row.id) contradicts itself.")
        }
        return manifest
    }

    static func corrupt(_ id: String, _ code: String, _ message: String) -> SimmerError {
        .checkpointCorrupt(
            checkpoint: id,
            problems: [
                Finding(
                    severity: .error, code: code, message: message,
                    hint: "Use an older checkpoint; `simmer checkpoint verify` says which are whole.")
            ])
    }

    /// Pieces of all tensors in order, with their places in the snapshot's memory.
    var pieces: [Piece] {
        var pieces: [Piece] = []
        for (index, tensor) in tensors.enumerated() {
            let record = snapshot.tensors[index]
            for (number, chunk) in tensor.chunks.enumerated() {
                let start = number * ChunkStore.pieceSize
                pieces.append(
                    Piece(
                        tensor: index, digest: chunk, offset: record.offset + start,
                        size: min(ChunkStore.pieceSize, record.byteCount - start)))
            }
        }
        return pieces
    }

    struct Piece: Sendable {
        var tensor: Int
        var digest: String
        /// Place in the snapshot's memory.
        var offset: Int
        var size: Int
    }
}

/// The digests that say whether two checkpoints have equal futures, or equal weights. docs/FORMAT.md defines them.
enum CheckpointDigest {
    /// Of one tensor: its bytes' SHA-256, or, in several pieces, the SHA-256 over the pieces' digests.
    static func tensor(pieces: [Digest]) -> Digest {
        if pieces.count == 1 { return pieces[0] }
        let hash = SHA256()
        for piece in pieces { hash.update(piece.bytes) }
        return hash.finish()
    }

    /// Over every tensor in name order and the controller state.
    static func whole(_ snapshot: Snapshot, tensors: [Digest]) -> Digest {
        let hash = SHA256()
        hash.update("simmer checkpoint 1\n")
        add(snapshot, tensors, to: hash) { _ in true }
        hash.update(count: snapshot.state.utf8.count)
        hash.update(snapshot.state)
        return hash.finish()
    }

    /// Over weights and buffers alone.
    static func weights(_ snapshot: Snapshot, tensors: [Digest]) -> Digest {
        let hash = SHA256()
        hash.update("simmer weights 1\n")
        add(snapshot, tensors, to: hash) { $0 == .weight || $0 == .buffer }
        return hash.finish()
    }

    private static func add(
        _ snapshot: Snapshot, _ tensors: [Digest], to hash: SHA256, where isWanted: (TensorRecord.Role) -> Bool
    ) {
        let wanted = zip(snapshot.tensors, tensors).filter { isWanted($0.0.role) }
        let ordered = wanted.sorted { $0.0.name.utf8.lexicographicallyPrecedes($1.0.name.utf8) }
        hash.update(count: ordered.count)
        for (record, digest) in ordered {
            hash.update(count: record.name.utf8.count)
            hash.update(record.name)
            hash.update(count: record.dtype.utf8.count)
            hash.update(record.dtype)
            hash.update(count: record.shape.count)
            for extent in record.shape { hash.update(count: extent) }
            hash.update(digest.bytes)
        }
    }
}
