import Foundation
import GRDB
import Recipes

/// The lock that makes the daemon the store's only writer.
///
/// An open file description lock on `store.lock` (fcntl_locking(2)): it goes with the process, so it is never stale.
/// The file's text, pid and boot id, only tells people who holds it.
///
/// Locking comes before opening any database: two SQLite writers would be safe from each other, but not two schedulers.
struct StoreLock: Sendable {
    let descriptor: Int32

    /// `F_OFD_SETLK`; Glibc shows it only with `_GNU_SOURCE`.
    private static let setOpenFileLock: Int32 = 37

    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StoreOpenError(opening: path, errno: errno) }
        var region = flock()
        region.l_type = Int16(F_WRLCK)
        region.l_whence = Int16(SEEK_SET)
        guard fcntl(descriptor, StoreLock.setOpenFileLock, &region) == 0 else {
            let reason = errno
            let holder = StoreLock.holder(descriptor)
            Glibc.close(descriptor)
            guard reason == EAGAIN || reason == EACCES else { throw StoreOpenError(opening: path, errno: reason) }
            throw StoreOpenError(
                code: .locked,
                description: "The store below \((path as NSString).deletingLastPathComponent) is in use by another"
                    + " daemon or tool\(holder). Stop that one, or give this one a state directory of its own.")
        }
        let text = Array("pid \(getpid())\nboot \(StoreLock.bootId())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let reason = errno
            Glibc.close(descriptor)
            throw StoreOpenError(opening: path, errno: reason)
        }
        self.descriptor = descriptor
    }

    /// Unlocks before closing: a process being spawned at this moment has a copy of the descriptor until its exec, and
    /// would keep the lock for so long.
    func release() {
        var region = flock()
        region.l_type = Int16(F_UNLCK)
        region.l_whence = Int16(SEEK_SET)
        _ = fcntl(descriptor, StoreLock.setOpenFileLock, &region)  // closing, below, is what counts if this fails
        Glibc.close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0, let line = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").first else {
            return ""
        }
        return " (\(line))"
    }

    private static func bootId() -> String {
        // Only for people to read: a machine without the file has no boot id to show.
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    }
}

extension StoreOpenError {
    init(opening path: String, _ error: DatabaseError) {
        let isDamaged = error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
        if !isDamaged, let free = freeBytes(of: (path as NSString).deletingLastPathComponent), free < 64 << 10 {
            self.init(
                code: .io,
                description:
                    "\(path) cannot be opened: its disk is full, \(free) bytes are free. Free a few MiB there: then"
                    + " checkpoints can be pruned (\(error.description)).")
            return
        }
        self.init(
            code: isDamaged ? .damaged : .io,
            description: isDamaged
                ? "\(path) is damaged: \(error.description). Nothing was changed. Copy the state directory, then put the"
                    + " file back from a backup."
                : "\(path) cannot be opened: \(error.description). Check the disk and the file's owner.")
    }

    init(opening path: String, errno reason: Int32) {
        self.init(
            code: .io,
            description: "\(path) cannot be opened: \(String(cString: strerror(reason))). Check that the directory"
                + " exists, belongs to this user and is on a disk with space.")
    }
}
