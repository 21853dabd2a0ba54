import Foundation
import Testing

/// The store of checkpoints through the client.
@Suite(.serialized)
struct CheckpointTests {
    static func trained() throws -> PrivateDaemon {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 150))
        _ = try daemon.json("submit", recipe)
        try daemon.waitState("small", "succeeded")
        return daemon
    }

    @Test func listShowVerifyTagPinPruneDiff() throws {
        let daemon = try Self.trained()
        let all = try daemon.json("checkpoint", "list", "small")["checkpoints"].list
        #expect(all.count >= 3)
        let last = try daemon.json("checkpoint", "show", "small@last")
        #expect(last["step"].int == 150)
        #expect(last["digest"].string.hasPrefix("sha256:"))
        #expect(last["weightsDigest"].string.hasPrefix("sha256:"))
        #expect(last["digest"].string != last["weightsDigest"].string)
        #expect(try daemon.simmer("checkpoint", "verify", "small@last").status == 0)
        #expect(try daemon.simmer("checkpoint", "tag", "small@last", "keep").status == 0)
        #expect(try daemon.json("checkpoint", "show", "small:keep")["step"].int == 150)
        #expect(try daemon.simmer("checkpoint", "show", "small:none").status == 3)
        #expect(try daemon.simmer("checkpoint", "pin", "small@last").status == 0)
        #expect(try daemon.json("checkpoint", "show", "small:keep")["pinned"].bool == true)
        let prune = try daemon.json("checkpoint", "prune", "small", "--keep-last", "1", "--dry-run")
        #expect(prune["dryRun"].bool == true)
        #expect(try daemon.json("checkpoint", "list", "small")["checkpoints"].list.count == all.count)
        let steps = all.compactMap { $0["step"].int }.sorted()
        let diff = try daemon.json("checkpoint", "diff", "small@\(steps[0])", "small@last")
        #expect(diff["same"].bool == false)
        #expect(diff["differences"].list.contains { $0["name"].string == "0.weight" })
        #expect(try daemon.json("checkpoint", "diff", "small@last", "small:keep")["same"].bool == true)
    }

    /// With scheduled checkpoints in between: what is told is what has the tag, and a bad tag costs the job nothing.
    @Test func aTagIsOnTheCheckpointThatIsTold() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 10000000}", name: "j"))
        _ = try daemon.json("submit", recipe, "--set", "checkpoint.every=5000")
        try daemon.waitState("j", "running")
        for tag in ["one", "two", "three", "four"] {
            let made = try daemon.json("checkpoint", "create", "j", "--tag", tag)
            #expect(made["tags"].list.map(\.string).contains(tag), "\(tag)")
            #expect(try daemon.json("checkpoint", "show", "j:\(tag)")["id"].string == made["id"].string, "\(tag)")
        }
        for (tag, word) in [("my tag", "cannot be a tag"), ("one", "is on checkpoint"), ("last", "cannot be a tag")] {
            let refused = try daemon.simmer("checkpoint", "create", "j", "--tag", tag)
            #expect(refused.status != 0 && refused.errors.contains(word), "\(refused.errors)")
        }
        #expect(try daemon.state("j") == "running")
        #expect(try daemon.simmer("status").output.contains("well"))
        #expect(try daemon.simmer("cancel", "j", "--yes").status == 0)
        try daemon.waitState("j", "cancelled")
        let plan = try daemon.simmer("delete", "j", "--dry-run")
        #expect(plan.errors.contains("4 checkpoints stay"), "\(plan.errors)")
        #expect(try daemon.simmer("delete", "j", "--yes").status == 0)
        #expect(try daemon.simmer("checkpoint", "show", "j-three").status == 0)
    }

    /// Where scheduled ones are always on their way, the answer is one that was taken after the question.
    @Test func theAnswerIsTakenAfterTheQuestion() throws {
        let daemon = try PrivateDaemon()
        // Steps of milliseconds, 8 MB of weights and moments after each of them.
        let recipe = SmallRecipe.spirals(steps: "forever", name: "j").replacing(
            "{linear: 32}, tanh", with: "{linear: 1000}, tanh, {linear: 1000}, tanh"
        )
        // One that was asked for at an evaluation may be the best as well.
        .replacing("{every: 100}", with: "{every: 1000000}")
        .replacing("every: 50}", with: "every: 1, keep: {last: 2, best: 0, hourly: 0, daily: 0, weekly: 0}}")
        _ = try daemon.json("submit", try daemon.write("j.yaml", recipe))
        try daemon.wait("it trains", seconds: 120) { try daemon.step("j") > 2 }
        for tag in ["one", "two", "three", "four", "five", "six"] {
            let made = try daemon.json("checkpoint", "create", "j", "--tag", tag)
            #expect(made["kind"].string == "asked", "\(tag): \(made["kind"].string) of step \(made["step"])")
            #expect(try daemon.json("checkpoint", "show", "j:\(tag)")["id"].string == made["id"].string, "\(tag)")
        }
    }

    /// The worker stands still: whoever does not wait has an answer all the same, and the checkpoint comes when it goes on.
    @Test func whoDoesNotWaitIsAnsweredAtOnce() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "forever", name: "j"))
        _ = try daemon.json("submit", recipe, "--set", "checkpoint.every=1 day")
        try daemon.wait("it trains", seconds: 120) { try daemon.step("j") > 2 }
        let worker = try #require(daemon.workers.first)
        kill(worker, SIGSTOP)
        defer { kill(worker, SIGCONT) }
        let asked = try daemon.json("checkpoint", "create", "j", "--tag", "later", "--no-wait")
        #expect(asked["complete"].bool == false && asked["id"].string.isEmpty && (asked["step"].int ?? 0) > 2)
        let said = try daemon.simmer("checkpoint", "create", "j", "--no-wait").output
        #expect(said.contains("a checkpoint of j has been requested, after step"), "\(said)")
        #expect(try daemon.simmer("checkpoint", "show", "j:later").status == 3)
        // A tag that cannot be is still refused at once.
        #expect(try daemon.simmer("checkpoint", "create", "j", "--no-wait", "--tag", "last").status != 0)
        kill(worker, SIGCONT)
        try daemon.wait("it is there") { try daemon.simmer("checkpoint", "show", "j:later").status == 0 }
        #expect(try daemon.json("checkpoint", "show", "j:later")["step"].int ?? 0 >= asked["step"].int ?? .max)
    }

    @Test func evaluateAndBranch() throws {
        let daemon = try Self.trained()
        let evaluation = try daemon.json("evaluate", "small@last")
        #expect(evaluation["count"].int == 100)
        let accuracy = evaluation["accuracy"].double ?? 0
        #expect(accuracy > 0.3 && accuracy <= 1)
        #expect(evaluation["loss"].double ?? 0 > 0)
        #expect(try daemon.json("evaluate", "small@last", "--average", "ema-0.99")["count"].int == 100)
        // The logged value at the last step is the same measurement.
        let logged = try daemon.simmer("metrics", "small", "--names", "validation.accuracy", "--csv").output
        #expect(logged.contains("\(accuracy)".prefix(6)))

        let branch = try daemon.simmer(
            "branch", "small@last", "--name", "twig", "--set", "until=200", "--set", "optimizer.rate=1e-4")
        #expect(branch.status == 0, "\(branch.errors)")
        try daemon.waitState("twig", "succeeded")
        #expect(try daemon.step("twig") == 200)
    }

    @Test func aBranchMayLeaveTheMomentsBehind() throws {
        let daemon = try Self.trained()
        let other = ["--set", "until=200", "--set", "optimizer={kind: sgd, rate: 0.01}"]
        let kept = try daemon.simmer(["branch", "small@last", "--name", "twig"] + other)
        #expect(kept.status == 4 && kept.errors.contains("--reset-optimizer"), "\(kept.errors)")
        let fresh = try daemon.simmer(["branch", "small@last", "--name", "twig", "--reset-optimizer"] + other)
        #expect(fresh.status == 0, "\(fresh.errors)")
        try daemon.waitState("twig", "succeeded")
        #expect(try daemon.step("twig") == 200)
        let same = try daemon.simmer(
            "branch", "small@last", "--name", "bud", "--set", "until=200", "--reset-optimizer")
        #expect(same.status == 0, "\(same.errors)")
        let plain = try daemon.simmer("branch", "small@last", "--name", "leaf", "--set", "until=200")
        #expect(plain.status == 0, "\(plain.errors)")
        try daemon.waitState("bud", "succeeded")
        try daemon.waitState("leaf", "succeeded")
        let digests = try ["bud", "leaf"].map { try daemon.json("checkpoint", "show", "\($0)@last")["digest"].string }
        #expect(digests[0] != digests[1])
    }

    @Test func damageIsFoundAndNeverUsed() throws {
        let daemon = try Self.trained()
        daemon.end(SIGTERM)
        // One bit of the newest checkpoint's bytes: found in the chunk database by reading it raw.
        let file = daemon.folder.appendingPathComponent("store/chunks.db")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 20_000] ^= 1
        try bytes.write(to: file)
        try daemon.start()
        let outcome = try daemon.simmer("checkpoint", "verify", "--all")
        #expect(outcome.status == 8, "\(outcome.output)\(outcome.errors)")
    }

    @Test func exportOpensInPythonAndComesBackTheSame() throws {
        let daemon = try Self.trained()
        let out = daemon.folder.appendingPathComponent("out.safetensors").path
        let exported = try daemon.simmer("checkpoint", "export", "small@last", "-o", out)
        #expect(exported.status == 0, "\(exported.errors)")
        let again = daemon.folder.appendingPathComponent("again.safetensors").path
        let imported = try daemon.simmer("checkpoint", "import", out, "--name", "back", "--json")
        #expect(imported.status == 0, "\(imported.errors)")
        let id = try JSON(imported.output)["checkpoint"]["id"].string
        #expect(try daemon.simmer("checkpoint", "export", id, "-o", again).status == 0)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: out)) == Data(contentsOf: URL(fileURLWithPath: again)),
            "export, import, export is byte-identical")
        guard let python = Programs.python else {
            print("SKIPPED: SIMMER_PYTHON names no Python with safetensors")
            return
        }
        let script = """
            import sys
            from safetensors.numpy import load_file
            t = load_file(sys.argv[1])
            print(sorted((k, v.shape, str(v.dtype)) for k, v in t.items()))
            """
        let opened = try Programs.run(URL(fileURLWithPath: python), ["-c", script, out])
        #expect(opened.status == 0, "\(opened.errors)")
        for tensor in [
            "('0.weight', (6, 1, 5, 5), 'float32')", "('1.running_var', (6,), 'float32')", "('6.weight', (24, 216)",
            "('9.bias', (10,), 'float32')",
        ] { #expect(opened.output.contains(tensor), "\(tensor) in \(opened.output)") }
    }
}
