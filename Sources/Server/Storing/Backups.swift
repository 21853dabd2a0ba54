import Foundation
import Recipes

/// The folder that backups are made in, one folder each. One at a time: they belong on one thread.
struct Backups: Sendable {
    /// Below the state directory.
    let folder: String

    private static let prefix = "backup-"
    private static let unfinished = ".partial-"

    /// For a backup that nobody has named: the seconds since 1970, so that the names say the order; the next free one where
    /// another was made in this second.
    var newName: String {
        var seconds = Clock.wallUsec() / 1_000_000
        var information = stat()
        while lstat(folder + "/" + Self.prefix + String(seconds), &information) == 0 { seconds += 1 }
        return Self.prefix + String(seconds)
    }

    /// Makes a backup that has its name only when it is whole.
    ///
    /// - Parameter copy: makes a folder of the path that it is given, and says how many bytes it holds.
    /// - Throws: `fileExists`, `ioFailed`, what `copy` throws: nothing is left of it then.
    func make(_ name: String, _ copy: (String) throws -> Int) throws -> (path: String, size: Int) {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw failure("mkdir", folder) }
        let path = folder + "/" + name
        var information = stat()
        guard stat(folder, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw SimmerError.ioFailed(operation: "opendir", errno: Int(ENOTDIR), path: folder)
        }
        guard lstat(path, &information) != 0 else { throw SimmerError.fileExists(fileName: path) }
        // What a daemon that was killed has left.
        for old in try names() where old.hasPrefix(Self.unfinished) { try remove(old) }
        let partial = Self.unfinished + name
        do {
            let size = try copy(folder + "/" + partial)
            guard rename(folder + "/" + partial, path) == 0 else { throw failure("rename", path) }
            try sync()
            return (path, size)
        } catch {
            let isThere = lstat(folder + "/" + partial, &information) == 0
            if isThere { try remove(partial) }
            throw error
        }
    }

    /// Removes the oldest backups that nobody has named, until so many are left.
    /// - Returns: names of the removed ones.
    func rotate(keep count: Int) throws -> [String] {
        let own = try names().compactMap { name -> (name: String, seconds: Int)? in
            guard name.hasPrefix(Self.prefix), let seconds = Int(name.dropFirst(Self.prefix.count)), seconds > 0
            else { return nil }
            return (name, seconds)
        }
        let surplus = own.sorted { $0.seconds < $1.seconds }.dropLast(count).map(\.name)
        for name in surplus {
            // Out of sight first: half of a backup must never pass for one.
            let hidden = Self.unfinished + name
            guard rename(folder + "/" + name, folder + "/" + hidden) == 0 else { throw failure("rename", name) }
            try remove(hidden)
        }
        if !surplus.isEmpty { try sync() }
        return surplus
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder) }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: folder + "/" + name) }

    private func sync() throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", folder) }
    }

    private func failure(_ operation: String, _ path: String) -> SimmerError {
        .ioFailed(operation: operation, errno: Int(errno), path: path)
    }
}
