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

    /// A cosine from the end of the warmup on: there is nothing to go back to, so warming up again is offered with its
    /// cost, and steps at a rate of 0 are only done by whoever insists.
    @Test func aFallenCosineIsNotExtendedAtNothing() throws {
        let daemon = try PrivateDaemon()
        let text =
            SmallRecipe.spirals(steps: "{steps: 800}", name: "recipe") + "\nschedule: [{warmup: 50}, {cosine: 750}]\n"
        _ = try daemon.json("submit", try daemon.write("r.yaml", text), "--name", "cos", "--wait")
        let same = try daemon.simmer("extend", "cos", "--steps", "800", "--yes")
        #expect(same.status == 4 && same.errors.contains("nothing to add"), "\(same)")

        let dry = try daemon.simmer("extend", "cos", "--steps", "1600", "--dry-run")
        #expect(dry.status == 0, "\(dry)")
        for part in ["0 at the end", "trains 800 steps from step 800", "to 0.05 over 16 steps", "that costs"] {
            #expect(dry.errors.contains(part), "\(part): \(dry.errors)")
        }
        let plan = try daemon.json("extend", "cos", "--steps", "1600", "--dry-run")["branch"]
        #expect(plan["rewarms"].bool == true && plan["fallsFrom"].int == 816)
        #expect(plan["rateEnd"].double ?? 0 > 0)
        #expect(try daemon.state("cos") == "succeeded" && daemon.json("list", "--all")["jobs"].list.count == 1)

        let made = try daemon.simmer("extend", "cos", "--steps", "1600", "--yes")
        #expect(made.status == 0 && made.output.contains("'cos-2'"), "\(made)")
        try daemon.waitState("cos-2", "succeeded")
        #expect(try daemon.step("cos-2") == 1_600 && daemon.step("cos") == 800)
        // Too short for that: refused, unless one insists.
        let short = try daemon.simmer("extend", "cos", "--steps", "805", "--yes")
        #expect(short.status == 4 && short.errors.contains("at a rate of 0"), "\(short)")
        #expect(try daemon.simmer("extend", "cos", "--steps", "805", "--yes", "--from-here").status == 0)
        try daemon.wait("it has gone on") { try daemon.step("cos") == 805 }
    }

    /// A rate that plateaus have held: the checkpoint before the decay is kept, and named with what is done again.
    @Test func anExtensionGoesBackToThePlateau() throws {
        let daemon = try PrivateDaemon()
        let text =
            SmallRecipe.spirals(steps: "{steps: 1000}", name: "recipe")
            + "\nschedule: [{warmup: 20}, {plateau: {length: 580}}, {linear: 400}]\n"
        _ = try daemon.json("submit", try daemon.write("r.yaml", text), "--name", "flat", "--wait")
        #expect(try daemon.json("checkpoint", "show", "flat@600")["kind"].string == "decay")
        let dry = try daemon.simmer("extend", "flat", "--steps", "2000", "--dry-run")
        for part in ["trains 1400 steps from step 600", "for 600 steps", "falls from step 1200", "400 steps behind"] {
            #expect(dry.errors.contains(part), "\(part): \(dry)")
        }
        let made = try daemon.simmer("extend", "flat", "--steps", "2000", "--yes")
        #expect(made.status == 0 && made.output.contains("'flat-2'"), "\(made)")
        try daemon.waitState("flat-2", "succeeded")
        #expect(try daemon.step("flat-2") == 2_000)
    }
}
