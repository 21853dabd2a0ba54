import Foundation
import GRDB
import Recipes

/// Sizes on disk, bytes.
public struct StoreUsage: Sendable, Equatable {
    public var storeBytes: Int
    public var freeBytes: Int
    public var lastScrubUsec: Int?
    public var lastBackupUsec: Int?
}

extension Store {
    /// Copies the store into a new folder: `simmer.db` through SQLite's backup interface, then (unless `metadataOnly`)
    /// `chunks.db` the same way and the data files. No sweep runs meanwhile, so every chunk that the copied `simmer.db`
    /// refers to is in the copied `chunks.db`.
    ///
    /// - Returns: bytes written.
    /// - Throws: `fileExists` for a folder that is there, `noSpace`, `ioFailed`, what `progress` throws.
    public func backup(to folder: String, metadataOnly: Bool = false, progress: ProgressHandler? = nil) throws -> Int {
        guard mkdir(folder, 0o700) == 0 else {
            if errno == EEXIST { throw SimmerError.fileExists(fileName: folder) }
            throw systemError("mkdir", path: folder)
        }
        publishing.lock()
        defer { publishing.unlock() }
        try translating(folder) {
            let copy = try DatabaseQueue(path: folder + "/simmer.db")
            try pool.backup(to: copy)
            // The copy stands alone: a log beside it would be forgotten when it is moved.
            try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try copy.close()
            if !metadataOnly { try chunks.backup(to: folder + "/chunks.db", progress: progress) }
        }
        if !metadataOnly { try copyDataFiles(to: folder + "/datasets") }
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            try syncFile(folder + "/" + name)
        }
        try syncDirectory(folder)
        try write { transaction in
            try transaction.database.execute(sql: "UPDATE meta SET last_backup_usec = ?", arguments: [transaction.now])
        }
        return folderSize(folder)
    }

    /// Sizes for `GetStatus`.
    public func usage() throws -> StoreUsage {
        let row = try read { try Row.fetchOne($0, sql: "SELECT last_scrub_usec, last_backup_usec FROM meta") }
        return StoreUsage(
            storeBytes: folderSize(directory), freeBytes: freeBytes(of: directory) ?? 0,
            lastScrubUsec: row?["last_scrub_usec"], lastBackupUsec: row?["last_backup_usec"])
    }

    private func copyDataFiles(to folder: String) throws {
        guard mkdir(folder, 0o700) == 0 else { throw systemError("mkdir", path: folder) }
        let source = directory + "/datasets"
        for name in try FileManager.default.contentsOfDirectory(atPath: source) where !name.hasPrefix(".") {
            // The files never change, so a second name for one is a copy of it, where the file system allows it.
            if link(source + "/" + name, folder + "/" + name) == 0 { continue }
            try FileManager.default.copyItem(atPath: source + "/" + name, toPath: folder + "/" + name)
        }
    }

    private func syncFile(_ path: String) throws {
        let descriptor = openDescriptor(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw systemError("open", path: path) }
        defer { closeDescriptor(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("fsync", path: path) }
    }

    /// Bytes on disk of what lies in a folder and the folders in it; what vanishes meanwhile counts nothing.
    private func folderSize(_ path: String) -> Int {
        guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
        var size = 0
        for case let name as String in names {
            var information = stat()
            if lstat(path + "/" + name, &information) == 0 { size += Int(information.st_blocks) * 512 }
        }
        return size
    }
}
