import Foundation
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
        // By the clock: 3, 3, 24, 14 and 8, one, and those of the last 75 minutes, which are not given back yet.
        #expect(try daemon.json("check", recipe, "--set", "checkpoint.every=10 minutes")["disk"]["mostKept"].int == 61)
        let text = try daemon.simmer("check", recipe)
        #expect(text.status == 0 && text.output.contains("8 checkpoints of"), "\(text.output)")
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
