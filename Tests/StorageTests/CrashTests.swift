import Foundation
import Recipes
import Storage
import Testing

/// Processes that are killed, disks that are full.
@Suite struct CrashTests {
    /// Killed inside the transaction that would make a checkpoint complete, its chunks durable already.
    @Test func aKillBetweenChunksAndManifestLeavesNothingHalfDone() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let scratch = try Scratch(existing: path)
            let isArmed = Flag()
            // The transaction asks for the time of the new row: the chunks are committed, the row is not.
            let store = try scratch.store { options in
                options.now = {
                    if isArmed.isSet { kill(getpid(), SIGKILL) }
                    return Store.wallClock()
                }
            }
            let job = try store.insertJob(newJob()).job.id
            try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
            isArmed.set()
            try store.publish(Sample(step: 2, seed: 2), job: job, in: scratch)
        }
        func chunks() throws -> String? {
            try Sqlite.value(scratch.state + "/chunks.db", "SELECT count(*) FROM chunk")
        }
        #expect(try chunks() == "11", "7 of the first, and the 4 that the second does not share with it")
        let store = try scratch.store()
        #expect(store.degraded.isEmpty)
        let job = try store.job("night-owl").id
        #expect(try store.checkpoints(includeIncomplete: true).checkpoints.map(\.step) == [1])
        #expect(try store.newestGood(job: job).checkpoint?.step == 1)
        #expect(try store.lastEventSequence() == 2, "created, and one checkpoint")
        let swept = try store.sweep()
        #expect(swept.chunks == 4 && swept.bytes == 2 * 393_216 * 4 && swept.findings.isEmpty)
        #expect(try chunks() == "7")
        #expect(try store.newestGood(job: job).checkpoint?.step == 1)
        let again = try store.publish(Sample(step: 2, seed: 2), job: job, in: scratch)
        #expect(try store.loaded(again.id, in: scratch) == Sample(step: 2, seed: 2).bytes)
        #expect(try store.scrub().problems.isEmpty)
    }

    /// Killed at moments that nobody chose, again and again on one store.
    @Test func whatWasAcknowledgedSurvivesKills() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        var acknowledged = 0
        // Lives since then that were too short for an answer; each may have committed one.
        var silent = 0
        for round in 0..<8 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
                let scratch = try Scratch(existing: path)
                let store = try scratch.store()
                let job = try (try? store.job("night-owl")) ?? store.insertJob(newJob()).job
                let acknowledged = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
                let first = try store.checkpoints(limit: 1).checkpoints.first?.step ?? 0
                Thread.detachNewThread {
                    usleep(UInt32(20_000 + 13_000 * round))
                    kill(getpid(), SIGKILL)
                }
                for step in (first + 1)... {
                    let checkpoint = try store.publish(Sample(step: step, seed: UInt64(step)), job: job.id, in: scratch)
                    let line = Array("\(checkpoint.id)\n".utf8)
                    _ = write(acknowledged, line, line.count)
                    if step.isMultiple(of: 3) {
                        _ = try store.applyRetention(job: job.id)
                        _ = try store.sweep()
                    }
                }
            }
            let store = try scratch.store()
            #expect(store.degraded.isEmpty)
            let listed = try store.checkpoints(includeIncomplete: true, limit: 1000).checkpoints
            for checkpoint in listed {
                let sample = Sample(step: checkpoint.step, seed: UInt64(checkpoint.step))
                #expect(try store.loaded(checkpoint.id, in: scratch) == sample.bytes)
            }
            // The newest acknowledged one is there, or only newer ones were committed before their answers were written.
            // None in a first life that was too short.
            let text = try? String(contentsOfFile: path + "/acknowledged", encoding: .utf8)
            let lines = text?.split(separator: "\n") ?? []
            silent = lines.count > acknowledged ? 0 : silent + 1
            acknowledged = lines.count
            if let last = lines.last {
                let place = try #require(listed.firstIndex { $0.id == last })
                #expect(place <= 1 + silent)
            }
            let problems = try store.scrub().problems
            #expect(problems.isEmpty, "\(problems)")
            try store.close()
        }
        #expect(try scratch.store().checkpoints().total > 1, "the kills came too early to test anything")
    }

    /// A write that fails in the middle (EFBIG stands for any EIO) leaves all as it was, and the next one goes well.
    @Test func aFailedWriteLeavesTheStoreAsItWas() async throws {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let store = try scratch.store()
            let job = try store.insertJob(newJob()).job.id
            let first = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
            let descriptor = try scratch.file(Sample(step: 2, seed: 2).bytes)
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(1), &limit)  // RLIMIT_FSIZE
            let before = limit
            limit.rlim_cur = 5 << 20
            setrlimit(__rlimit_resource_t(1), &limit)
            let snapshot = Sample(step: 2, seed: 2).snapshot
            let error = #expect(throws: SimmerError.self) {
                try store.publish(snapshot, from: descriptor, job: job, ownerUid: 1)
            }
            guard case .ioFailed = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try store.checkpoints(includeIncomplete: true).checkpoints.map(\.id) == [first.id])
            #expect(try store.newestGood(job: job).checkpoint?.id == first.id)
            limit = before
            setrlimit(__rlimit_resource_t(1), &limit)
            let second = try store.publish(snapshot, from: descriptor, job: job, ownerUid: 1)
            #expect(try store.loaded(second.id, in: scratch) == Sample(step: 2, seed: 2).bytes)
            #expect(try store.scrub().problems.isEmpty)
        }
    }

    @Test(SmallDisk.isAllowed) func aFullDiskCostsNothingAndItGoesOnWhenThereIsSpace() throws {
        let scratch = try Scratch()
        guard let disk = try SmallDisk(at: scratch.state, mebibytes: 8) else { return }
        defer { disk.unmount() }
        let store = try scratch.store()
        let job = try store.insertJob(newJob()).job.id
        let first = try store.publish(Sample(step: 1, seed: 1), job: job, in: scratch)
        var published = [first.id]
        var refusal: SimmerError?
        for step in 2...5 where refusal == nil {
            do {
                published.append(try store.publish(Sample(step: step, seed: UInt64(step)), job: job, in: scratch).id)
            } catch let error as SimmerError {
                refusal = error
            }
        }
        guard case .noSpace = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(try store.checkpoints(includeIncomplete: true).checkpoints.map(\.id) == published.reversed())
        for id in published { #expect(try store.verify(checkpoint: id).state == .ok) }
        #expect(try store.job(id: job).name == "night-owl")
        try #require(mount("tmpfs", scratch.state, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0)
        let next = try store.publish(Sample(step: 9, seed: 9), job: job, in: scratch)
        #expect(try store.loaded(next.id, in: scratch) == Sample(step: 9, seed: 9).bytes)
        #expect(try store.scrub().problems.isEmpty)
        #expect(store.degraded.isEmpty)
        try store.close()
    }

    @Test func aSecondProcessIsRefused() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        let store = try scratch.store()
        await #expect(processExitsWith: .success) { [path = path as String] in
            let error = #expect(throws: StoreOpenError.self) { try Scratch(existing: path).store() }
            #expect(error?.code == .locked)
        }
        _ = try store.insertJob(newJob())
    }
}

/// A switch that one thread sets and others read.
final class Flag: @unchecked Sendable {
    // Sendable: the value is read and written with the lock held alone.
    private let lock = NSLock()
    private var value = false
    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
