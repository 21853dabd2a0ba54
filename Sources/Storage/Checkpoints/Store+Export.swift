import Foundation
import GRDB
import Recipes

/// An exported file.
public struct ExportResult: Sendable, Equatable {
    public var sizeBytes: Int
    /// `sha256:` and 64 hexadecimal digits, over the whole file.
    public var digest: String
}

extension Store {
    /// Streams a checkpoint as safetensors into a regular file open for writing: truncated first, synced last.
    ///
    /// Weights and buffers in PyTorch's layouts and names, averages under their prefix; moments only with `full`.
    /// Tensors lie in name order and the file holds no time or id, so that exporting twice gives the same bytes. The
    /// checkpoint counts as exported from then on: retention keeps it.
    /// - Throws: `checkpointCorrupt`, `badFileDescriptor`, `noSpace`, `ioFailed`, what `progress` throws; the file is
    ///   not to be used then.
    public func exportSafetensors(
        checkpoint id: String, to descriptor: Int32, full: Bool = false, progress: ProgressHandler? = nil
    ) throws -> ExportResult {
        try holding(id) {
            let manifest = try manifest(of: id)
            let order = manifest.snapshot.tensors.indices
                .filter { full || manifest.snapshot.tensors[$0].role != .moment }
                .sorted {
                    manifest.snapshot.tensors[$0].name.utf8.lexicographicallyPrecedes(
                        manifest.snapshot.tensors[$1].name.utf8)
                }
            let header = try SafetensorsHeader(
                tensors: order.map { index in
                    let record = manifest.snapshot.tensors[index]
                    return (name: record.name, dtype: record.dtype, shape: record.shape)
                }, metadata: ["format": "pt"])
            let file = try ExportFile(descriptor)
            try file.append(header.encoded())
            let total = file.size + header.dataByteCount
            for index in order {
                if manifest.snapshot.tensors[index].permutation == nil {
                    try readPieces(of: manifest, checkpoint: id, tensor: index) { _, bytes in
                        try file.append(bytes)
                        try progress?(file.size, total)
                    }
                } else {
                    try file.append(try exportedBytes(of: index, in: manifest, checkpoint: id))
                    try progress?(file.size, total)
                }
            }
            let result = try file.finish()
            _ = try changeCheckpoint(id) { row, _ in row.exported = true }
            return result
        }
    }
}

/// A file written from its beginning to its end, hashed on the way.
private final class ExportFile {
    private let descriptor: Int32
    private let hash = SHA256()
    private(set) var size = 0

    init(_ descriptor: Int32) throws {
        var information = stat()
        let flags = fcntl(descriptor, F_GETFL)
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG, flags >= 0,
            flags & O_ACCMODE != O_RDONLY, flags & O_APPEND == 0
        else {
            throw SimmerError.badFileDescriptor(message: "An export needs a regular file open for writing.")
        }
        guard ftruncate(descriptor, 0) == 0 else { throw systemError("ftruncate", path: "export") }
        self.descriptor = descriptor
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try writeFully(descriptor, bytes, at: size, path: "export")
        hash.update(bytes)
        size += bytes.count
    }

    func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

    func finish() throws -> ExportResult {
        guard fsync(descriptor) == 0 else { throw systemError("fsync", path: "export") }
        return ExportResult(sizeBytes: size, digest: hash.finish().text)
    }
}
