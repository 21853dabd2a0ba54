import Glibc
import Recipes
import Wire

/// A user's file, opened here for the daemon.
struct OpenFile {
    /// Lives as long as the program.
    let descriptor: Int32

    init(reading path: String) throws {
        // Not blocking: a FIFO must not hold the command up before it is refused.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Complaint("\(path): \(String(cString: strerror(errno)))") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Complaint(
                "\(path) is not a regular file", hint: "Copy it into a file first: the daemon reads it more than once.")
        }
    }
}

/// A new file that takes its name only when it is whole: written beside the target, renamed in the end.
struct FreshFile {
    let target: String
    let descriptor: Int32
    private let temporary: String

    /// - Parameter force: whether an existing target may be replaced.
    init(_ target: String, force: Bool) throws {
        self.target = target
        if !force && access(target, F_OK) == 0 {
            throw Complaint("\(target) exists", hint: "--force replaces it.", code: .conflict)
        }
        let slash = target.lastIndex(of: "/")
        let folder = slash.map { String(target[...$0]) } ?? ""
        let name = slash.map { String(target[target.index(after: $0)...]) } ?? target
        guard !name.isEmpty else { throw Complaint("\(target) names a folder, not a file", code: .usage) }
        temporary = "\(folder).\(name).\(getpid()).partial"
        descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw Complaint("\(target) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes all of a text.
    func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count, let start = bytes.baseAddress {
                let count = Glibc.write(descriptor, start + offset, bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw Complaint("\(target) cannot be written: \(String(cString: strerror(errno)))")
                }
                offset += count
            }
        }
    }

    /// Gives the file its name, durably; the daemon has synced its bytes, and this syncs the name.
    func publish() throws {
        guard fsync(descriptor) == 0, rename(temporary, target) == 0 else {
            let reason = String(cString: strerror(errno))
            discard()
            throw Complaint("\(target) cannot be written: \(reason)")
        }
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        // A file system that cannot sync a folder has the file all the same.
        _ = fsync(directory)
        close(directory)
    }

    /// Takes the unfinished file away.
    func discard() { unlink(temporary) }

    /// What a signal handler runs.
    var discarding: @Sendable () -> Void {
        let temporary = temporary
        return { unlink(temporary) }
    }
}
