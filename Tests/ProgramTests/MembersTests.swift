import Foundation
import Testing

/// `kind: ensemble`: one job whose members are runs of their own.
@Suite(.serialized)
struct MembersTests {
    private static func ensemble(_ members: Int = 3, steps: Int = 2_000, name: String = "five", _ more: String = "")
        -> String
    {
        SmallRecipe.convolutional(steps: steps, name: name) + "\nkind: ensemble\nmembers: \(members)\n\(more)\n"
    }

    /// The seed of a member: the number's output of the generator, without its last 11 bits.
    private static func seed(_ number: Int, of seed: UInt64 = 7) -> UInt64 {
        var random = SplitMix64(state: seed)
        return (1...number).reduce(0) { _, _ in random.next() >> 11 }
    }

    private func digest(_ daemon: PrivateDaemon, _ job: String) throws -> String {
        try daemon.json("checkpoint", "show", "\(job)@last")["digest"].string
    }

    /// Two at a time; workers and daemon are killed on the way, and the daemon again when nothing is left but to measure.
    @Test func membersAreRunsOfTheirOwnWhateverDies() throws {
        let alone = try PrivateDaemon(configuration: "slots: 2")
        for number in 1...3 {
            _ = try alone.json(
                "submit", try alone.write("r.yaml", SmallRecipe.convolutional(steps: 2_000, name: "alone-\(number)")),
                "--set", "seed=\(Self.seed(number))", "--set", "data.seed=7")
        }
        let daemon = try PrivateDaemon(configuration: "slots: 2")
        _ = try daemon.json("submit", try daemon.write("r.yaml", Self.ensemble()))
        let names = (1...3).map { "five.\($0)" }
        for (round, step) in [200, 900, 2_300, 4_400].enumerated() {
            try daemon.wait("step \(step)") { try daemon.step("five") >= step }
            for worker in daemon.workers { kill(worker, SIGKILL) }
            guard round % 2 == 0 else { continue }
            daemon.end(SIGKILL)
            try daemon.start()
            try daemon.wait("it goes on") { try daemon.state("five") == "running" }
        }
        #expect(try daemon.job("five.1")["partOf"].int == daemon.job("five")["id"].int)
        try daemon.wait("the members have ended", seconds: 120) {
            try names.allSatisfy { try daemon.state($0) == "succeeded" }
        }
        daemon.end(SIGKILL)
        try daemon.start()
        try daemon.waitState("five", "succeeded")

        var digests: Set<String> = []
        for number in 1...3 {
            try alone.waitState("alone-\(number)", "succeeded", seconds: 120)
            let own = try digest(daemon, names[number - 1])
            #expect(try own == digest(alone, "alone-\(number)"), "member \(number)")
            digests.insert(own)
        }
        #expect(digests.count == 3)
        #expect(try daemon.json("list", "--all")["jobs"].list.count == 4)

        // The report is kept, and is that of the members' best.
        let detail = try daemon.json("status", "five")
        #expect(detail["parts"].list.map { $0["name"].string } == names)
        let kept = detail["ensemble"]
        #expect(kept["split"].string == "test" && kept["count"].int == 100 && kept["members"].list.count == 3)
        #expect(kept["steps"][2]["calibration"]["temperature"].double ?? 0 > 0)
        let again = try daemon.json("ensemble", "five")
        #expect(again["steps"][2]["classes"]["nll"].double == kept["steps"][2]["classes"]["nll"].double)
        let anew = try daemon.json("ensemble", "five.1@best", "five.2@best", "five.3@best", "--on", "test")
        #expect(anew["steps"][2]["classes"]["nll"].double == kept["steps"][2]["classes"]["nll"].double)
        let shown = try daemon.simmer("status", "five")
        #expect(shown.output.contains("five.3") && shown.output.contains("ACCURACY"), "\(shown.output)")
        #expect(try daemon.simmer("logs", "five").output.contains("they are measured"))

        // Where checkpoints are named, it stands for them.
        let student = try daemon.write("s.yaml", DistillTests.student(steps: 100))
        let made = try daemon.simmer("distill", student, "--teacher", "five", "--wait")
        #expect(made.status == 0, "\(made.errors)")
        let bound = try daemon.json("status", "student")["warnings"].list.map { $0["message"].string }
        #expect(bound.filter { $0.hasPrefix("The teacher `five.") }.count == 3, "\(bound)")
        let more = try daemon.json("ensemble", "five", "student@last", "--on", "test")
        #expect(more["members"].list.map { $0["name"].string }.last == "student@100" && more["steps"].list.count == 4)
        let checked = try daemon.simmer(
            "check", try daemon.write("c.yaml", DistillTests.student("third", "kind: distill\nteachers: [five]")))
        #expect(checked.status == 0 && checked.errors.contains("The teacher `five.3@"), "\(checked.errors)")
    }

    /// Verbs on the whole reach every member; what only a network can do is refused.
    @Test func verbsReachAllMembers() throws {
        let daemon = try PrivateDaemon(configuration: "slots: 2")
        func states() throws -> [String] { try ["five", "five.1", "five.2"].map(daemon.state) }
        let recipe = try daemon.write("r.yaml", Self.ensemble(2, steps: 1_000_000))
        _ = try daemon.json("submit", recipe, "--paused")
        try daemon.waitState("five", "paused")
        #expect(try daemon.json("list", "--all")["jobs"].list.count == 1)
        _ = try daemon.json("resume", "five")
        try daemon.wait("both run") {
            try daemon.json("list")["jobs"].list.count == 3 && states() == ["running", "running", "running"]
        }
        #expect(try daemon.simmer("pause", "five", "--wait").status == 0)
        #expect(try states() == ["paused", "paused", "paused"])
        _ = try daemon.json("resume", "five")
        try daemon.wait("both run") { try states() == ["running", "running", "running"] }

        // One that is held by itself holds up the whole, which says so.
        _ = try daemon.json("pause", "five.2")
        _ = try daemon.json("stop", "five.1", "--wait")
        try daemon.wait("the reason is said") {
            try daemon.job("five")["reason"]["message"].string.contains("which is held")
        }
        #expect(try daemon.state("five") == "running")
        _ = try daemon.json("resume", "five")
        try daemon.wait("both run") { try states() == ["running", "running", "running"] }
        #expect(try daemon.job("five")["reason"].value == nil)

        for words in [
            ["extend", "five", "--steps", "9", "--yes"], ["set", "five", "optimizer.rate=1"],
            ["cooldown", "five"], ["checkpoint", "create", "five"],
        ] {
            let refused = try daemon.simmer(words)
            #expect(
                refused.status != 0 && refused.errors.contains("no network of its own"), "\(words): \(refused.errors)")
        }
        _ = try daemon.json("set", "five", "priority=3")
        #expect(try daemon.job("five.2")["priority"].int == 3)
        #expect(try daemon.simmer("delete", "five", "--yes").status == 4)
        #expect(try daemon.simmer("stop", "five", "--wait").status == 0)
        #expect(try states() == ["stopped", "stopped", "stopped"])
        let step = try daemon.step("five.1")
        #expect(step > 0)
        _ = try daemon.json("resume", "five")
        try daemon.wait("it goes on") { try daemon.step("five.1") > step }
        _ = try daemon.json("cancel", "five", "--yes", "--wait")
        #expect(try states() == ["cancelled", "cancelled", "cancelled"])
        try daemon.wait("their workers are gone") { daemon.workers.isEmpty }
        #expect(try daemon.simmer("delete", "five", "--yes").status == 0)
        #expect(try daemon.json("list", "--all")["jobs"].list.isEmpty)
    }

    /// The others go on; then the job fails with the member's name, and goes on with it.
    @Test func aMemberThatFailsIsNamed() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", Self.ensemble(2, steps: 300)))
        try daemon.wait("the first fails") {
            // Aborted again and again before its first checkpoint: a crash at one step.
            for worker in daemon.workers { kill(worker, SIGABRT) }
            return try daemon.json("list", "--all")["jobs"].list.contains {
                $0["name"].string == "five.1" && $0["state"].string == "failed"
            }
        }
        try daemon.waitState("five.2", "succeeded")
        try daemon.wait("the whole has failed") { try daemon.state("five") == "failed" }
        let reason = try daemon.job("five")["reason"]
        #expect(
            reason["code"].string == "dependency_failed" && reason["message"].string.contains("five.1"), "\(reason)")
        _ = try daemon.json("resume", "five")
        try daemon.waitState("five", "succeeded")
        #expect(try daemon.json("ensemble", "five")["members"].list.count == 2)

        // One that is cancelled by itself is trained anew.
        _ = try daemon.json("submit", try daemon.write("s.yaml", Self.ensemble(2, steps: 300, name: "six")), "--paused")
        try daemon.waitState("six", "paused")
        _ = try daemon.json("resume", "six")
        try daemon.wait("a member is there") { try daemon.simmer("status", "six.2", "--json").status == 0 }
        _ = try daemon.json("cancel", "six.2", "--yes")
        try daemon.wait("the whole has failed") { try daemon.state("six") == "failed" }
        #expect(try daemon.job("six")["reason"]["message"].string.contains("six.2, a part of this one, was cancelled"))
        _ = try daemon.json("resume", "six")
        try daemon.waitState("six", "succeeded")
        #expect(try daemon.json("status", "six")["parts"].list.map { $0["name"].string } == ["six.1", "six.2-2"])

        let one = try daemon.simmer("submit", try daemon.write("o.yaml", Self.ensemble(1)))
        #expect(one.status == 8 && one.errors.contains("An ensemble of one is a run"), "\(one.errors)")
    }
}
