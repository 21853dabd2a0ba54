import Foundation
import Glibc
import Testing

/// A file system of a few MiB in memory. Mounting one needs root.
struct SmallDisk {
    static let isAllowed: ConditionTrait = .enabled(
        if: geteuid() == 0, "a small file system can only be mounted by root")

    private let path: String
    private var filler: String { path + "/filler" }

    /// Nil, said aloud, where this root may not mount.
    init?(at path: String, mebibytes: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            print("SKIPPED, this root may not mount: \(String(cString: strerror(errno)))")
            return nil
        }
    }

    func unmount() { umount2(path, Int32(MNT_DETACH)) }

    /// Leaves no byte of it.
    func fill() throws {
        let file = open(filler, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        let page = [UInt8](repeating: 1, count: 4096)
        while write(file, page, page.count) == page.count {}
        close(file)
    }

    /// Takes so much of it, if it is there.
    func fill(bytes: Int) throws {
        let file = open(filler, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        let page = [UInt8](repeating: 1, count: 4096)
        for _ in 0..<bytes / page.count where write(file, page, page.count) != page.count { break }
        close(file)
    }

    /// Takes back what `fill` took.
    func empty() { unlink(filler) }
}
