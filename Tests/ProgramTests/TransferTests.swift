import Foundation
import Testing

/// A job taken from one machine to another: two daemons with nothing in common but a file.
@Suite(.serialized)
struct TransferTests {
    @Test func aJobGoesOnElsewhereWithTheSameBits() throws {
        let steps = 3000
        let expected = try ResumeTests.undisturbed(steps: steps, threads: 1)
        let here = try PrivateDaemon()
        let recipe = try here.write("r.yaml", SmallRecipe.convolutional(steps: steps, threads: 1, every: "100"))
        _ = try here.json("submit", recipe)
        try here.wait("half of it is trained") { try here.step("small") >= steps / 2 }
        _ = try here.json("stop", "small", "--wait")
        try here.waitState("small", "stopped")
        let file = here.folder.appendingPathComponent("small.simmer").path
        let exported = try here.json("job", "export", "small", "-o", file)
        #expect(exported["checkpoints"].int ?? 0 >= 3 && exported["path"].string == file)
        #expect(try here.simmer("job", "export", "small", "-o", file).status == 4, "a file is replaced only by force")
        here.end(SIGTERM)

        let there = try PrivateDaemon()
        let arrived = try there.json("job", "import", file, "--digest", exported["digest"].string)
        #expect(arrived["job"]["state"].string == "paused" && arrived["job"]["name"].string == "small")
        let again = try there.simmer("job", "import", file)
        #expect(again.output.contains("'small-2'") && again.output.contains("simmer resume small-2"))
        _ = try there.json("resume", "small")
        try there.waitState("small", "succeeded", seconds: 180)
        #expect(try there.json("checkpoint", "show", "small@last")["digest"].string == expected)
        let losses = try there.simmer("metrics", "small", "--names", "train.loss", "--csv").output
        #expect(losses.split(separator: "\n").count > steps / 200)
    }

    /// What is measured of the members elsewhere is what was measured here, and one that was on its way ends with their bits.
    @Test func anEnsembleGoesWithItsMembers() throws {
        let here = try PrivateDaemon(configuration: "slots: 2")
        let recipe = SmallRecipe.convolutional(steps: 4_000, name: "two") + "\nkind: ensemble\nmembers: 2\n"
        _ = try here.json("submit", try here.write("r.yaml", recipe))
        try here.wait("its members train") {
            try here.simmer("checkpoint", "show", "two.2@last").status == 0
        }
        _ = try here.json("stop", "two", "--wait")
        func file(_ name: String) -> String { here.folder.appendingPathComponent(name + ".simmer").path }
        let exported = try here.json("job", "export", "two", "-o", file("half"))
        #expect(exported["others"].list.map(\.string) == ["two.1", "two.2"])
        _ = try here.json("resume", "two")
        try here.waitState("two", "succeeded", seconds: 120)
        _ = try here.json("job", "export", "two", "-o", file("whole"))

        let there = try PrivateDaemon(configuration: "slots: 2")
        let done = try there.json("job", "import", file("whole"))
        #expect(done["job"]["state"].string == "succeeded" && done["others"].list.count == 2)
        func nll(_ daemon: PrivateDaemon, _ job: String) throws -> Double? {
            try daemon.json("ensemble", job)["steps"][1]["classes"]["nll"].double
        }
        let expected = try nll(here, "two")
        #expect(try expected != nil && nll(there, "two") == expected)
        let reported = try there.json("status", "two")
        #expect(reported["ensemble"]["members"].list.map { $0["name"].string.prefix(6) } == ["two.1@", "two.2@"])
        #expect(reported["parts"].list.count == 2)

        _ = try there.json("job", "import", file("half"), "--name", "again")
        #expect(try there.state("again.1") == "paused" && there.step("again.1") > 0)
        _ = try there.json("resume", "again")
        try there.waitState("again", "succeeded", seconds: 120)
        #expect(try nll(there, "again") == expected)
    }

    @Test func whatIsNoJobIsRefusedWithWhatWhereAndNext() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals()))
        try daemon.waitState("spirals", "succeeded")
        let path = daemon.folder.appendingPathComponent("spirals.simmer")
        _ = try daemon.json("job", "export", "spirals", "-o", path.path)
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count / 2] ^= 4
        try bytes.write(to: path)
        let refused = try daemon.simmer("job", "import", path.path)
        #expect(refused.status == 1 && refused.errors.contains("At byte") && refused.errors.contains("digest"))
        #expect(refused.errors.contains("Nothing was imported"))
        let text = try daemon.write("text.simmer", String(repeating: "no tar file at all\n", count: 100))
        #expect(try daemon.simmer("job", "import", text).errors.contains("not a job that simmer exported"))
        // However short it is.
        for (name, content) in [("r.yaml", SmallRecipe.spirals()), ("short.simmer", "no"), ("empty.simmer", "")] {
            let other = try daemon.simmer("job", "import", try daemon.write(name, content))
            #expect(other.status == 1 && other.errors.contains("not a job that simmer exported"), "\(name): \(other)")
            #expect(!other.errors.contains("cut short") && other.errors.contains("simmer submit"), "\(other.errors)")
        }
        #expect(try daemon.json("list", "--all")["total"].int ?? 1 == 1)
    }
}
