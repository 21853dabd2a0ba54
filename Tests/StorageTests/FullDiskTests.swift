import Foundation
import Glibc
import Recipes
import Storage
import Testing

/// A store on a file system that has no room left.
@Suite(SmallDisk.isAllowed) struct FullDiskTests {
    /// What a sweep frees on a full disk goes back to it, and what lies free inside the file counts as room.
    @Test func aSweepOfAFullDiskMakesRoom() throws {
        let scratch = try Scratch()
        guard let disk = try SmallDisk(at: scratch.state, mebibytes: 24) else { return }
        defer { disk.unmount() }
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        for step in 1...5 { _ = try store.publish(Sample(step: step, seed: UInt64(step)), job: job, in: scratch) }
        var rule = PruneRule()
        rule.keepLast = 1
        #expect(try store.prune(rule, dryRun: false).removed.count == 3)
        #expect(try store.reusableBytes() < 1 << 20)
        try disk.fill()
        #expect(try store.sweep().bytes > 8 << 20)
        #expect(freeBytes(of: scratch.state) ?? 0 > 6 << 20, "given back besides the spare room")
        #expect(try store.verify(checkpoint: try store.checkpoint("\(job)@5").id).state == .ok)

        // Swept already, and the rest of the disk is somebody else's again.
        let before = try store.reusableBytes()
        _ = try store.publish(Sample(step: 6, seed: 6), job: job, in: scratch)
        try disk.fill()
        #expect(try store.prune(rule, dryRun: false).removed.count == 1)
        #expect(try store.sweep(urgent: true).bytes > 2 << 20)
        let room = try store.reusableBytes() + (freeBytes(of: scratch.state) ?? 0)
        #expect(room > before + 2 << 20, "\(before) before")
        #expect(try store.sweep(urgent: true).bytes == 0)
        try store.close()
    }

    /// A disk that is hardly larger than its store, and that other files fill bit by bit, as rows and metrics do: each checkpoint
    /// is stored as long as there is room for one more than are kept, the spare room and a journal.
    @Test func oneCheckpointMoreThanAreKeptIsRoomEnough() throws {
        let scratch = try Scratch()
        guard let disk = try SmallDisk(at: scratch.state, mebibytes: 24) else { return }
        defer { disk.unmount() }
        let store = try scratch.store()
        var new = newJob()
        new.keep = CheckpointPolicy.Keep()
        (new.keep.last, new.keep.best, new.keep.hourly, new.keep.daily, new.keep.weekly) = (2, 0, 0, 0, 0)
        let job = try store.insertJob(new).job.id
        var removals = 0
        for step in 1...40 {
            if step <= 30 { try disk.fill(bytes: 192 << 10) }
            let sample = Sample(step: step, seed: UInt64(step))
            let descriptor = try scratch.file(sample.bytes)
            defer { Glibc.close(descriptor) }
            let stored = try store.publishMakingRoom(sample.snapshot, from: descriptor, job: job, ownerUid: 1000)
            removals += stored.removedBytes == nil ? 0 : 1
            try store.applyRetention(job: job)
        }
        #expect(removals > 3 && removals < 40, "\(removals)")
        #expect(access(scratch.state + "/store.spare", F_OK) == 0 || freeBytes(of: scratch.state) ?? 0 > 4 << 20)
        #expect(try store.verify(checkpoint: try store.checkpoint("\(job)@40").id).state == .ok)
        try store.close()
    }
}
