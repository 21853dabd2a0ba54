import Foundation
import Recipes

/// The file `store.hwm`: how many commits the database must know of.
///
/// A flipped bit in a write-ahead log makes SQLite drop committed transactions without a word. This file, written
/// after each publish, makes that visible. Two slots of 64 bytes are written in turn, so that a torn write leaves the
/// older one: `SIMRHWM1`, the commit sequence (8 bytes, little-endian), the store's UUID, SHA-256 of those 32 bytes.
struct HighWaterMark: Sendable {
    let path: String

    private static let magic = Array("SIMRHWM1".utf8)
    private static let slotSize = 64

    /// The higher of the valid slots; nil where there is none.
    func read(uuid: [UInt8]) -> Int? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var highest: Int?
        for slot in 0..<2 {
            var bytes = [UInt8](repeating: 0, count: Self.slotSize)
            guard pread(descriptor, &bytes, Self.slotSize, off_t(slot * Self.slotSize)) == Self.slotSize,
                Array(bytes[0..<8]) == Self.magic, Array(bytes[16..<32]) == uuid,
                Digest(of: Array(bytes[0..<32])).bytes == Array(bytes[32..<64])
            else { continue }
            let sequence = bytes[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            highest = max(highest ?? 0, Int(clamping: sequence))
        }
        return highest
    }

    /// Durable on return.
    func write(_ sequence: Int, uuid: [UInt8]) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        var bytes = Self.magic
        withUnsafeBytes(of: UInt64(sequence).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += uuid
        bytes += Digest(of: bytes).bytes
        let offset = off_t((sequence & 1) * Self.slotSize)
        guard pwrite(descriptor, bytes, bytes.count, offset) == bytes.count else { throw failure("pwrite") }
        guard fdatasync(descriptor) == 0 else { throw failure("fdatasync") }
    }

    private func failure(_ operation: String) -> SimmerError {
        let reason = errno
        if reason == ENOSPC || reason == EDQUOT { return .noSpace(path: path, neededBytes: nil, freeBytes: nil) }
        return .ioFailed(operation: operation, errno: Int(reason), path: path)
    }
}
