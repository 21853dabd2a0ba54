import Foundation
import GRDB
import Recipes

/// Which file stood at a path, and since when its bytes and names are as they are.
struct FileIdentity: Sendable, Equatable {
    private var device: UInt
    private var inode: UInt
    private var seconds: Int
    private var nanoseconds: Int

    init(_ information: stat) {
        device = UInt(information.st_dev)
        inode = UInt(information.st_ino)
        seconds = information.st_ctim.tv_sec
        nanoseconds = information.st_ctim.tv_nsec
    }
}

// Data files: `datasets/<64 hexadecimal digits of their SHA-256>`, read-only, never changed.
extension Store {
    private var dataFolder: String { directory + "/datasets" }

    /// Copies a file (by reflink where the file system can) into the store, hashed, synced and read-only.
    ///
    /// A file whose content is there already is not written again. It stays while a job names it (`JobRow.files`), and
    /// for the grace after; name it in a job within that time.
    /// - Parameter path: as the recipe writes it; only kept in the result.
    public func addDataFile(path: String, from descriptor: Int32, progress: ProgressHandler? = nil) throws -> JobFile {
        try checkWritable()
        var generator = SystemRandomNumberGenerator()
        let partial = dataFolder + "/.partial-" + String(generator.next(), radix: 36)
        let target = openDescriptor(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o400)
        guard target >= 0 else { throw systemError("open", path: partial) }
        defer { closeDescriptor(target) }
        do {
            let (size, digest) = try copyHashed(from: descriptor, to: target, path: partial, progress: progress)
            guard fsync(target) == 0 else { throw systemError("fsync", path: partial) }
            // Renaming over an equal file also renews its age, so that a sweep under way leaves it alone.
            guard rename(partial, dataFolder + "/" + digest.hex) == 0 else {
                throw systemError("rename", path: partial)
            }
            try syncDirectory(dataFolder)
            return JobFile(path: path, digest: digest.hex, sizeBytes: size)
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Keeps a part of an open file, whose digest has been compared, as the data file of that digest.
    /// - Throws: `ioFailed` where it is read differently now.
    func addDataFile(digest: String, from source: Int32, at offset: Int, size: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let partial = dataFolder + "/.partial-" + String(generator.next(), radix: 36)
        let target = openDescriptor(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o400)
        guard target >= 0 else { throw systemError("open", path: partial) }
        defer { closeDescriptor(target) }
        do {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
            defer { buffer.deallocate() }
            let hash = SHA256()
            var done = 0
            while done < size {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - done)])
                try readFully(source, into: part, at: offset + done)
                try writeFully(target, UnsafeRawBufferPointer(part), at: done, path: partial)
                hash.update(UnsafeRawBufferPointer(part))
                done += part.count
            }
            guard hash.finish().hex == digest else {
                throw SimmerError.ioFailed(operation: "pread: the file was read differently twice", errno: 0, path: nil)
            }
            guard fsync(target) == 0 else { throw systemError("fsync", path: partial) }
            guard rename(partial, dataFolder + "/" + digest) == 0 else { throw systemError("rename", path: partial) }
            try syncDirectory(dataFolder)
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Whether a job of this user names a data file.
    public func hasDataFile(_ file: JobFile, ownerUid: Int) throws -> Bool {
        guard let digest = Digest(text: file.digest) else { return false }
        return try read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS(SELECT 1 FROM job_file JOIN job ON job.id = job_file.job
                        WHERE digest = ? AND owner_uid = ?)
                    """, arguments: [digest.data, ownerUid]) ?? false
        }
    }

    /// A stored data file, opened read-only with close-on-exec; the caller closes it.
    ///
    /// The first opening in the store's life reads it whole (about 1 s for 1 GiB) and compares the digest.
    /// - Throws: `ioFailed` where it is missing, has another size, or is not what was stored.
    public func openDataFile(_ file: JobFile) throws -> Int32 {
        guard let digest = Digest(text: file.digest) else {
            throw SimmerError.ioFailed(operation: "open: '\(file.digest)' is no digest", errno: 0, path: nil)
        }
        let path = dataFolder + "/" + digest.hex
        let descriptor = openDescriptor(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw systemError("open", path: path) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, Int(information.st_size) == file.sizeBytes else {
            closeDescriptor(descriptor)
            throw SimmerError.ioFailed(
                operation: "open: the stored file does not have \(file.sizeBytes) bytes any more", errno: 0, path: path)
        }
        let identity = FileIdentity(information)
        if verifiedFiles.withLock({ $0[digest] }) == identity { return descriptor }
        do {
            guard try digestOfFile(path, { _ in }) == digest else {
                throw SimmerError.ioFailed(
                    operation: "open: the stored file is not what was stored; submit the job again", errno: 0,
                    path: path)
            }
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
        verifiedFiles.withLock { $0[digest] = identity }
        return descriptor
    }

    /// All bytes of a small stored data file.
    /// - Throws: as `openDataFile` does.
    public func bytes(ofDataFile file: JobFile) throws -> [UInt8] {
        let descriptor = try openDataFile(file)
        defer { closeDescriptor(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: file.sizeBytes, alignment: 1)
        defer { buffer.deallocate() }
        try readFully(descriptor, into: buffer, at: 0)
        return Array(buffer)
    }

    /// Removes files that no job names and that are older than the grace, and half-written ones of an earlier life.
    func removeUnusedDataFiles() throws -> Int {
        let used = try read { database in
            Set(try Data.fetchAll(database, sql: "SELECT DISTINCT digest FROM job_file").map { Array($0).hex })
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: dataFolder)
        var removed = 0
        for name in names where !used.contains(name) {
            let path = dataFolder + "/" + name
            var information = stat()
            guard lstat(path, &information) == 0 else { continue }  // gone already
            let changed = information.st_ctim.tv_sec * 1_000_000 + information.st_ctim.tv_nsec / 1000
            guard Store.wallClock() - changed >= Int(options.sweepGrace * 1_000_000) else { continue }
            // Asked again at the last moment: a job may have named it since.
            let isUsed = try Digest(text: name).map { digest in
                try read {
                    try Bool.fetchOne(
                        $0, sql: "SELECT EXISTS(SELECT 1 FROM job_file WHERE digest = ?)", arguments: [digest.data])
                } == true
            }
            if isUsed != true, unlink(path) == 0 { removed += 1 }
        }
        if removed > 0 { try syncDirectory(dataFolder) }
        return removed
    }

    /// Digest and size of every data file that a job names; calls back with bytes read.
    func checkDataFiles(_ progress: (Int) throws -> Void) throws -> [Finding] {
        let used = try read { try Data.fetchAll($0, sql: "SELECT DISTINCT digest FROM job_file") }
        var problems: [Finding] = []
        for data in used {
            let name = Array(data).hex
            do {
                let digest = try digestOfFile(dataFolder + "/" + name, progress)
                if digest.hex == name { continue }
                problems.append(
                    Finding(
                        severity: .error, code: "data_damaged", message: "Data file \(name.prefix(12)) has changed.",
                        hint: "Submit the job again with the original file."))
            } catch let error as SimmerError {
                guard case .ioFailed(let operation, _, _) = error else { throw error }
                problems.append(
                    Finding(
                        severity: .error, code: "data_missing",
                        message: "Data file \(name.prefix(12)) cannot be read (\(operation)).",
                        hint: "Submit the job again with the original file."))
            }
        }
        return problems
    }

    /// The digest that the file of an open descriptor would be kept under, 64 hexadecimal digits. The descriptor's offset
    /// stays where it is.
    public static func digest(ofFile descriptor: Int32, path: String) throws -> String {
        try digest(ofFile: descriptor, path: path) { _ in }.hex
    }

    private func digestOfFile(_ path: String, _ progress: (Int) throws -> Void) throws -> Digest {
        let descriptor = openDescriptor(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw systemError("open", path: path) }
        defer { closeDescriptor(descriptor) }
        return try Self.digest(ofFile: descriptor, path: path, progress)
    }

    private static func digest(
        ofFile descriptor: Int32, path: String, _ progress: (Int) throws -> Void
    ) throws -> Digest {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let hash = SHA256()
        var offset = 0
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
            if count == 0 { return hash.finish() }
            guard count > 0 else { throw systemError("read", path: path) }
            buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
            try progress(count)
        }
    }
}
