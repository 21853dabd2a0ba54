import Foundation
import Glibc
import Recipes
import Storage
import Testing

/// A store on a file system that has no room left. Mounting a small one needs root.
@Suite(.enabled(if: geteuid() == 0, "a small file system can only be mounted by root")) struct FullDiskTests {
    /// What a sweep frees on a full disk goes back to it, and what lies free inside the file counts as room.
    @Test func aSweepOfAFullDiskMakesRoom() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.state, withIntermediateDirectories: true)
        guard mount("tmpfs", scratch.state, "tmpfs", 0, "size=24m") == 0 else {
            print("SKIPPED, this root may not mount: \(String(cString: strerror(errno)))")
            return
        }
        defer { umount2(scratch.state, Int32(MNT_DETACH)) }
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        for step in 1...5 { _ = try store.publish(Sample(step: step, seed: UInt64(step)), job: job, in: scratch) }
        var rule = PruneRule()
        rule.keepLast = 1
        #expect(try store.prune(rule, dryRun: false).removed.count == 3)
        #expect(try store.reusableBytes() < 1 << 20)
        try fillDisk(of: scratch.state)
        #expect(try store.sweep().bytes > 8 << 20)
        #expect(free(scratch.state) > 6 << 20, "given back besides the spare room")
        #expect(try store.verify(checkpoint: try store.checkpoint("\(job)@5").id).state == .ok)

        // Swept already, and the rest of the disk is somebody else's again.
        let before = try store.reusableBytes()
        _ = try store.publish(Sample(step: 6, seed: 6), job: job, in: scratch)
        try fillDisk(of: scratch.state)
        #expect(try store.prune(rule, dryRun: false).removed.count == 1)
        #expect(try store.sweep(urgent: true).bytes > 2 << 20)
        #expect(try store.reusableBytes() > 2 << 20, "\(before) before")
        #expect(try store.sweep(urgent: true).bytes == 0)
        try store.close()
    }

    private func free(_ path: String) -> Int {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return -1 }
        return Int(information.f_bavail) * Int(information.f_frsize)
    }
}

/// Leaves no byte of the file system below a folder.
func fillDisk(of folder: String) throws {
    let filler = open(folder + "/filler", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
    try #require(filler >= 0)
    let page = [UInt8](repeating: 1, count: 4096)
    while write(filler, page, page.count) == page.count {}
    close(filler)
}
