import Foundation
import Glibc
import Testing

/// The disk's part of the bargain, at submit.
@Suite struct DiskTests {
    @Test func aPlanThatCannotBeIsRefused() throws {
        let daemon = try PrivateDaemon(configuration: "store: {reserve: 16 TiB}\n")
        let recipe = try daemon.write("r.yaml", SmallRecipe.spirals())
        let checked = try daemon.simmer("check", recipe)
        #expect(checked.status == 8 && checked.errors.contains("disk.plan"), "\(checked)")
        _ = try daemon.simmer("submit", recipe)
        try daemon.waitState("spirals", "failed")
        let reason = try daemon.job("spirals")["reason"]
        #expect(reason["code"].string == "disk_full" && reason["message"].string.contains("cannot hold"))
        let warnings = try daemon.json("status", "spirals")["warnings"].list
        #expect(warnings.contains { $0["code"].string == "disk.plan" && $0["severity"].string == "error" })

        _ = try daemon.write("simmerd.yaml", "store: {reserve: 0 B}\n")
        _ = try daemon.json("daemon", "reload")
        let plan = try daemon.json("check", recipe)["disk"]
        // Steps 50, 100, ..., 300, the end, and the one that is being written; 300 is both.
        #expect(plan["mostKept"].int == 8 && plan["reserveBytes"].int == 0)
        #expect(plan["totalBytes"].int == 8 * (plan["checkpointBytes"].int ?? 0) && (plan["freeBytes"].int ?? 0) > 0)
        // By the clock: 3, 3, 24, 14 and 8, and one.
        #expect(try daemon.json("check", recipe, "--set", "checkpoint.every=10 minutes")["disk"]["mostKept"].int == 53)
        let text = try daemon.simmer("check", recipe)
        #expect(text.status == 0 && text.output.contains("8 checkpoints of"), "\(text.output)")
    }

    /// The last checkpoint of a job that is to stop finds no room: it stops all the same, and says so. Mounting a small
    /// file system needs root.
    @Test(.enabled(if: geteuid() == 0, "a small file system can only be mounted by root"))
    func aJobStopsWithoutRoomForItsLastCheckpoint() throws {
        guard let (daemon, store) = try small(mebibytes: 320, reserve: "0 B") else { return }
        defer { end(daemon, store) }
        _ = try daemon.json("submit", try daemon.write("r.yaml", Self.large(steps: "forever", name: "spirals")))
        try daemon.wait("it trains", seconds: 120) { try daemon.step("spirals") > 2 }
        try fill(store)
        #expect(try daemon.simmer("stop", "spirals").status == 0)
        // What was written of it until then may have left nothing for the job's own row: somebody makes room.
        try daemon.wait("its worker has ended", seconds: 90) { daemon.workers.isEmpty }
        try FileManager.default.removeItem(atPath: store + "/filler")
        try daemon.wait("it has stopped", seconds: 90) { try daemon.state("spirals") == "stopped" }
        let reason = try daemon.job("spirals")["reason"]
        #expect(reason["code"].string == "disk_full", "\(reason)")
        #expect(reason["message"].string.contains("goes on from the one before"), "\(reason)")
        _ = try daemon.json("resume", "spirals")
        try daemon.wait("it goes on", seconds: 120) { try daemon.state("spirals") == "running" }
    }

    /// A file system that holds all that is kept, but not all that ever was: the room of removed checkpoints is used again,
    /// however short the sweeps of every quarter of an hour fall.
    @Test(.enabled(if: geteuid() == 0, "a small file system can only be mounted by root"), arguments: [24, 16])
    func removedCheckpointsMakeRoom(mebibytes: Int) throws {
        guard let (daemon, store) = try small(mebibytes: mebibytes, reserve: "0 B") else { return }
        defer { end(daemon, store) }
        // Up to 300 checkpoints of 0.74 MB, two of which are kept.
        let recipe = SmallRecipe.spirals(steps: "{steps: 6000}").replacing(
            "{linear: 32}, tanh", with: "{linear: 300}, tanh, {linear: 300}, tanh"
        )
        .replacing("every: 50}", with: "every: 20, keep: {last: 2, best: 0, hourly: 0, daily: 0, weekly: 0}}")
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("it has ended", seconds: 120) { try daemon.state("spirals") != "running" }
        try daemon.waitState("spirals", "succeeded", seconds: 120)
        #expect(daemon.log.contains("are used again"), "\(daemon.log.suffix(2000))")
        let warnings = try daemon.json("status", "spirals")["warnings"].list.map { $0["message"].string }
        #expect(warnings.contains { $0.contains("full at times") && $0.contains(" 301 of at most") }, "\(warnings)")
        #expect(try daemon.simmer("checkpoint", "verify", "spirals@last").status == 0)
    }

    /// Less is free than anybody would go on by: what another job's checkpoints have left inside the file is room as well.
    @Test(.enabled(if: geteuid() == 0, "a small file system can only be mounted by root"))
    func whatAnotherJobHasLeftIsRoom() throws {
        guard let (daemon, store) = try small(mebibytes: 320, reserve: "16 MiB") else { return }
        defer { end(daemon, store) }
        let first = Self.large(steps: "{steps: 4}", name: "first").replacing(
            "every: 1 day, keep: {last: 1", with: "every: 1, keep: {last: 4")
        _ = try daemon.json("submit", try daemon.write("a.yaml", first), "--wait")
        _ = try daemon.json("submit", try daemon.write("b.yaml", Self.large(steps: "forever", name: "second")))
        try daemon.wait("it trains", seconds: 120) { try daemon.step("second") > 2 }
        try fill(store)
        _ = try daemon.json("checkpoint", "create", "second", "--tag", "there", "--no-wait")
        try daemon.wait("it waits for room", seconds: 120) {
            try daemon.job("second")["reason"]["code"].string == "disk_full" && daemon.state("second") == "paused"
        }
        #expect(try daemon.simmer("delete", "first", "--yes").status == 0)
        try daemon.wait("it goes on", seconds: 120) { try daemon.state("second") == "running" }
        try daemon.wait("it saves", seconds: 120) { try daemon.simmer("checkpoint", "show", "second@last").status == 0 }
        #expect(try daemon.simmer("checkpoint", "verify", "second@last").status == 0)
    }

    /// A daemon whose store lies on a file system of its own; nil, said aloud, where this root may not mount.
    private func small(mebibytes: Int, reserve: String) throws -> (PrivateDaemon, String)? {
        let daemon = try PrivateDaemon()
        daemon.end(SIGTERM)
        let store = daemon.folder.appendingPathComponent("store").path
        guard mount("tmpfs", store, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            print("SKIPPED, this root may not mount: \(String(cString: strerror(errno)))")
            return nil
        }
        try Data("store: {reserve: \(reserve)}\n".utf8).write(to: daemon.folder.appendingPathComponent("simmerd.yaml"))
        try daemon.start()
        return (daemon, store)
    }

    private func end(_ daemon: PrivateDaemon, _ store: String) {
        daemon.end(SIGKILL)
        umount2(store, Int32(MNT_DETACH))
    }

    /// Weights and moments of 25 MB, no checkpoint but the last and those that are asked for.
    private static func large(steps: String, name: String) -> String {
        SmallRecipe.spirals(steps: steps, name: name).replacing(
            "{linear: 32}, tanh", with: "{linear: 1250}, tanh, {linear: 2500}, tanh"
        )
        .replacing("every: 50}", with: "every: 1 day, keep: {last: 1, best: 0, hourly: 0, daily: 0, weekly: 0}}")
    }

    /// All but what the rows of the jobs need.
    private func fill(_ store: String) throws {
        var room = statvfs()
        try #require(statvfs(store, &room) == 0)
        let bytes = Int(room.f_bavail) * Int(room.f_frsize) - (12 << 20)
        let file = open(store + "/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(file >= 0 && posix_fallocate(file, 0, bytes) == 0)
        close(file)
    }

    /// A squeeze trains members as well as their student, and both keep checkpoints.
    @Test func aSqueezeCountsItsMembers() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals()), "--wait")
        let kept = try #require(try daemon.json("check", daemon.folder.path + "/r.yaml")["disk"]["mostKept"].int)
        _ = try daemon.write("simmerd.yaml", "store: {reserve: 16 TiB}\n")
        _ = try daemon.json("daemon", "reload")
        let refused = try daemon.simmer("squeeze", "spirals", "--members", "2", "--detach")
        #expect(refused.status == 8)
        #expect(refused.errors.contains(" \(2 * kept) checkpoints of"), "\(refused.errors)")
        #expect(refused.errors.contains(" \(kept) checkpoints of"), "\(refused.errors)")
    }
}
