import Foundation
import Recipes

/// A file written from its beginning to its end, hashed on the way.
final class ExportFile {
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

    /// Of all bytes so far.
    var digest: Digest { hash.current() }

    func finish() throws -> ExportResult {
        guard fsync(descriptor) == 0 else { throw systemError("fsync", path: "export") }
        return ExportResult(sizeBytes: size, digest: hash.finish().text)
    }
}
