import Foundation
import Testing

/// A trunk, and the finished models that are taken from it while it trains on.
@Suite(.serialized)
struct CooldownTests {
    /// Steps of a millisecond, so that a harvest's worker is there within a few hundred of them.
    private static func trunk(harvest: String) -> String {
        SmallRecipe.convolutional(steps: 9_000, name: "trunk").replacing(
            "schedule: [{warmup: 20}, {cosine: 60 %}]", with: "schedule: [{warmup: 20}, {hold: forever}]\n" + harvest)
    }

    /// The one slot is the trunk's, and its daemon is killed on the way: the harvests come all the same, each once, and
    /// the trunk's bits are those of a run that nobody harvested.
    @Test func aTrunkIsHarvestedWhileItTrains() throws {
        let alone = try PrivateDaemon()
        _ = try alone.json("submit", try alone.write("r.yaml", Self.trunk(harvest: "")))
        let daemon = try PrivateDaemon()
        _ = try daemon.json(
            "submit", try daemon.write("r.yaml", Self.trunk(harvest: "harvest: {every: 1.5x, first: 100}")))
        try daemon.wait("a harvest has begun") { try daemon.json("list", "--all")["jobs"].list.count > 1 }
        daemon.end(SIGKILL)
        try daemon.start()
        try daemon.waitState("trunk", "succeeded", seconds: 180)
        try daemon.wait("every harvest is done", seconds: 120) {
            try daemon.json("list", "--all")["jobs"].list.allSatisfy { $0["state"].string == "succeeded" }
        }
        try alone.waitState("trunk", "succeeded", seconds: 180)
        #expect(
            try daemon.json("checkpoint", "show", "trunk@last")["digest"].string
                == alone.json("checkpoint", "show", "trunk@last")["digest"].string)

        let branches = try daemon.json("list", "--all")["jobs"].list.filter { $0["name"].string != "trunk" }
        let starts = try branches.map { branch in
            let name = branch["name"].string
            let start = try #require(Int(name.split(separator: "-").last ?? ""))
            #expect(try daemon.step(name) == start + (start + 2) / 5)
            #expect(try daemon.job(name)["latestMetrics"].list.contains { $0["name"].string == "validation.loss" })
            return start
        }.sorted()
        #expect(starts.count >= 3 && starts[0] >= 100, "\(starts)")
        for (before, next) in zip(starts, starts.dropFirst()) { #expect(2 * next >= 3 * before, "\(starts)") }
        let best = try daemon.json("checkpoint", "show", "trunk@best-harvest")
        #expect(branches.contains { $0["name"].string == best["jobName"].string })
        #expect(try daemon.simmer("logs", "trunk").output.contains("the best so far"))
        #expect(try alone.simmer("checkpoint", "show", "trunk@best-harvest").status == 3)
    }

    @Test func aCooldownByHandAndItsRefusals() throws {
        let daemon = try PrivateDaemon()
        let recipe = SmallRecipe.spirals(steps: "forever", name: "trunk")
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("a checkpoint is there") { try daemon.job("trunk")["lastCheckpoint"].string != "" }
        let plan = try daemon.json("cooldown", "trunk", "--share", "0.5", "--dry-run")
        #expect(plan["totalSteps"].int == (plan["fromStep"].int ?? 0) * 3 / 2 && plan["rate"].double == 0.1)
        #expect(plan["job"].value == nil)
        let made = try daemon.simmer("cooldown", "trunk", "--shape", "linear", "--name", "fruit", "--wait")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try daemon.state("trunk") == "running")
        // The last step's rate is one step short of zero.
        let rate = try #require(
            daemon.job("fruit")["latestMetrics"].list.first { $0["name"].string == "rate" }?["value"].double)
        #expect(rate > 0 && rate < 0.1)
        let refused = try daemon.simmer("cooldown", "fruit")
        #expect(refused.status == 4 && refused.errors.contains("constant rate"), "\(refused.errors)")
        #expect(try daemon.simmer("cooldown", "nobody").status == 3)
        #expect(try daemon.simmer("cooldown", "trunk", "--share", "-1").status == 2)
        #expect(try daemon.simmer("cooldown", "trunk", "--shape", "round").status == 2)
    }

    /// A run that was held and then decayed: the checkpoint before the fall outlives retention, and a longer run begins
    /// there, with the bits of one that had been submitted with the longer schedule.
    @Test func anExtensionGoesBackBeforeTheDecay() throws {
        let daemon = try PrivateDaemon()
        func recipe(_ name: String, steps: Int) -> String {
            SmallRecipe.spirals(steps: "{steps: \(steps)}", name: name)
                .replacing(
                    "checkpoint: {every: 50}", with: "checkpoint: {every: 50, keep: {last: 2, best: 0, hourly: 0}}")
                + "\nschedule: [{warmup: 10}, {hold: \(steps * 8 / 10 - 10)}, {linear: 20 %}]\n"
        }
        _ = try daemon.json("submit", try daemon.write("a.yaml", recipe("held", steps: 1_000)))
        _ = try daemon.json("submit", try daemon.write("b.yaml", recipe("longer", steps: 2_000)))
        try daemon.waitState("held", "succeeded")
        // Two newer ones: what is kept as the newest two is neither 1000 nor 800.
        for total in [1_001, 1_002] {
            let made = try daemon.simmer("extend", "held", "--steps", "\(total)", "--yes", "--from-here")
            #expect(made.status == 0, "\(made.errors)")
            try daemon.wait("it has gone on") { try daemon.step("held") == total }
            try daemon.waitState("held", "succeeded")
        }
        try daemon.wait("retention has run") { try daemon.simmer("checkpoint", "show", "held@1000").status == 3 }
        let before = try daemon.json("checkpoint", "show", "held@800")
        #expect(before["kind"].string == "decay")
        let plan = try daemon.json("extend", "held", "--steps", "2000", "--dry-run")
        #expect(plan["decay"]["step"].int == 800 && plan["decay"]["checkpoint"].string == before["id"].string)
        let made = try daemon.simmer("extend", "held", "--steps", "2000", "--yes")
        #expect(made.status == 0 && made.output.contains("from step 800 to 2000"), "\(made.output)\(made.errors)")
        try daemon.waitState("held-2", "succeeded")
        try daemon.waitState("longer", "succeeded")
        #expect(
            try daemon.json("checkpoint", "show", "held-2@last")["weightsDigest"].string
                == daemon.json("checkpoint", "show", "longer@last")["weightsDigest"].string)
        #expect(try daemon.state("held") == "succeeded")
    }
}
