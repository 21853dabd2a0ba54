import Foundation
import GRDB
import Recipes

/// Tables of examples below the state directory: `examples/<key>.db`, one for each data set that somebody has looked
/// into. Each can be made again from the data, so that a damaged one is thrown away, and so are those that nobody has
/// used for a while.
public final class ExampleStore: Sendable {
    /// Files and bytes that are kept, the last used ones.
    public struct Limits: Sendable {
        public var files: Int
        public var bytes: Int
        /// Seconds for which an unused one is kept.
        public var age: Double

        public init(files: Int = 24, bytes: Int = 4 << 30, age: Double = 30 * 86_400) {
            self.files = files
            self.bytes = bytes
            self.age = age
        }
    }

    public let directory: String
    public let limits: Limits
    /// Files that were read whole and found good, as they stood then.
    private let checked = Locked<[String: String]>([:])
    /// Digests of users' files, by what tells a file's content from an earlier one: hashing gigabytes for each question
    /// would take seconds.
    private let digests = Locked<[String: String]>([:])
    /// Bytes that a worker may hand over.
    private static let mostBytes = 1 << 29

    /// - Throws: `ioFailed`, `noSpace`.
    public init(directory: String, limits: Limits = Limits()) throws {
        self.directory = directory
        self.limits = limits
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw systemError("mkdir", path: directory) }
        // One process has the state directory: what is half written was left by an earlier one.
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasPrefix(Self.partial) {
            unlink(directory + "/" + name)
        }
    }

    private static let partial = ".partial-"

    private func path(_ key: String) -> String { "\(directory)/\(key).db" }

    /// Hexadecimal digits and one hyphen: what is no key names no file.
    private static func isKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 160 && key.utf8.allSatisfy { "0123456789abcdef-".utf8.contains($0) }
    }

    /// As `Store.digest(ofFile:path:)`; the second time at once, while nobody has written to the file.
    public func digest(ofFile descriptor: Int32, path: String) throws -> String {
        var before = stat()
        guard fstat(descriptor, &before) == 0 else { throw systemError("fstat", path: path) }
        let identity = Self.identity(before)
        if let known = digests.withLock({ $0[identity] }) { return known }
        let digest = try Store.digest(ofFile: descriptor, path: path)
        var after = stat()
        // Written to meanwhile, or so lately that another write could have the same time: it is not remembered.
        guard fstat(descriptor, &after) == 0, Self.identity(after) == identity,
            Store.wallClock() / 1_000_000 - after.st_mtim.tv_sec > 2
        else { return digest }
        digests.withLock { digests in
            if digests.count >= 256 { digests = [:] }
            digests[identity] = digest
        }
        return digest
    }

    private static func identity(_ status: stat) -> String {
        "\(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
            + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
    }

    /// A file for a worker to write a table into; gone when it is closed, which is the caller's to do.
    public func scratchFile() throws -> Int32 { try makeUnnamedFile(in: directory) }

    /// Keeps the table that a worker has written; it has its name only when it is whole.
    /// - Parameter base: the table whose rows these are about, found there by split and position.
    /// - Throws: `ExampleTableFault`, `quotaExceeded`, `noSpace`, `ioFailed`.
    public func add(from descriptor: Int32, key: String, of base: String? = nil) throws {
        guard Self.isKey(key) else { throw SimmerError.internalFault(reference: "examples: key '\(key)'") }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw systemError("fstat", path: directory) }
        guard information.st_size <= Self.mostBytes else {
            throw SimmerError.quotaExceeded(
                resource: "bytes of a table of examples", limit: Self.mostBytes, used: Int(information.st_size))
        }
        let table = try ExampleTable.read(from: descriptor)
        let ids = try base.flatMap { try open($0) }.map { try $0.ids(of: table) }
        var generator = SystemRandomNumberGenerator()
        let partial = directory + "/" + Self.partial + String(generator.next(), radix: 36)
        do {
            try ExampleFile.write(table, to: partial, ids: ids)
            guard rename(partial, path(key)) == 0 else { throw systemError("rename", path: partial) }
        } catch {
            unlink(partial)
            if let error = error as? DatabaseError, error.resultCode == .SQLITE_FULL {
                throw SimmerError.noSpace(path: directory, neededBytes: nil, freeBytes: freeBytes(of: directory))
            }
            throw error
        }
        try sweep(sparing: [key, base].compactMap { $0 })
    }

    /// - Parameter answers: the key of a table about the same examples.
    /// - Returns: nil where there is no such table.
    /// - Throws: `ExampleDamage` where one cannot be used; `remove` makes room for a new one.
    public func open(_ key: String, answers: String? = nil) throws -> ExampleReader? {
        for key in [key, answers].compactMap({ $0 }) {
            guard Self.isKey(key), access(path(key), F_OK) == 0 else { return nil }
            try check(key)
        }
        do {
            return try ExampleReader(path: path(key), answers: answers.map(path))
        } catch let error as DatabaseError {
            throw ExampleDamage(path: path(key), reason: error.message ?? "\(error.resultCode)")
        } catch let error as SimmerError {
            throw ExampleDamage(path: path(key), reason: "\(error)")
        }
    }

    /// Reads a file whole, once in this process: 50 ms for 20 MiB. Renews its age.
    private func check(_ key: String) throws {
        let path = path(key)
        // Where the age cannot be renewed the table is merely made again some day.
        utimensat(AT_FDCWD, path, nil, 0)
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        // A new table is a new file; a change of the age leaves both as they are.
        let identity = "\(information.st_ino) \(information.st_size)"
        if checked.withLock({ $0[key] == identity }) { return }
        func damage(_ reason: String) -> ExampleDamage { ExampleDamage(path: path, reason: reason) }
        do {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { database in
                let application = try Int.fetchOne(database, sql: "PRAGMA application_id")
                let format = try Int.fetchOne(database, sql: "PRAGMA user_version")
                guard application == ExampleFile.applicationId, format == ExampleFile.format else {
                    throw damage("another program or version has written it")
                }
                let result = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
                guard result == ["ok"] else { throw damage(result.joined(separator: "; ")) }
                let counts = try Row.fetchOne(
                    database, sql: "SELECT (SELECT rows FROM meta), (SELECT count(*) FROM example)")
                guard let counts, counts[0] as DatabaseValue == counts[1] as DatabaseValue else {
                    throw damage("rows are missing")
                }
            }
            try queue.close()
        } catch let error as DatabaseError {
            throw damage(error.message ?? "\(error.resultCode)")
        }
        checked.withLock { $0[key] = identity }
    }

    /// Forgets a table; those who read it go on reading.
    public func remove(_ key: String) {
        guard Self.isKey(key) else { return }
        unlink(path(key))
        checked.withLock { $0[key] = nil }
    }

    /// Removes what nobody has used for long, and the longest unused of what is too much.
    public func sweep(sparing spared: [String] = []) throws {
        var files: [(key: String, used: Double, bytes: Int)] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".db") {
            var information = stat()
            guard lstat(directory + "/" + name, &information) == 0 else { continue }
            let used = Double(information.st_mtim.tv_sec) + Double(information.st_mtim.tv_nsec) / 1e9
            files.append((String(name.dropLast(3)), used, Int(information.st_size)))
        }
        files.sort { $0.used > $1.used }
        let now = Double(Store.wallClock()) / 1e6
        var (count, bytes) = (0, 0)
        for file in files {
            count += 1
            bytes += file.bytes
            let isTooMuch = count > limits.files || bytes > limits.bytes || now - file.used > limits.age
            guard isTooMuch, !spared.contains(file.key) else { continue }
            remove(file.key)
            count -= 1
            bytes -= file.bytes
        }
    }
}
