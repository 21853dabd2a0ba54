import CLinux
import Glibc
import Wire

/// The socket that clients come to: systemd's, or a file of our own.
enum ListeningSocket {
    static let backlog: Int32 = 4096

    /// Opens it. A stale file is replaced only here, where the store's lock is held: nobody else listens on it then.
    ///
    /// - Returns: the socket, and the path to remove at the end (nil for systemd's).
    /// - Throws: `StartError`.
    static func open(_ path: String) throws -> (socket: Descriptor, path: String?) {
        if let given = try Activation.listeningSocket() { return (Descriptor(owning: given), nil) }
        guard path.utf8.count < 108 else {
            throw StartError(
                .usage, "The socket's path \(path) is longer than 107 bytes.", hint: "name a shorter one with --socket")
        }
        try makeFolder(of: path)
        try removeStale(path)
        // A service is reached by a group; a user's own daemon by nobody else.
        let isService = getenv("STATE_DIRECTORY") != nil
        let raw = cl_listen(path, backlog, isService ? 0o660 : 0o600)
        guard raw >= 0 else {
            throw StartError(.cannotCreate, "The socket \(path) cannot be opened: \(ErrorText.of(-raw)).")
        }
        return (Descriptor(owning: raw), path)
    }

    private static func makeFolder(of path: String) throws {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let folder = String(path[..<slash])
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw StartError(.cannotCreate, "The directory \(folder) cannot be made: \(ErrorText.of(errno)).")
        }
    }

    private static func removeStale(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw StartError(
                .cannotCreate, "\(path) exists and is not a socket; it is left untouched.",
                hint: "name another one with --socket")
        }
        let other = cl_connect(path, 200)
        if other >= 0 {
            close(other)
            throw StartError(
                .tryAgain, "Another daemon listens on \(path), with another store.",
                hint: "name another socket with --socket")
        }
        unlink(path)
    }
}
