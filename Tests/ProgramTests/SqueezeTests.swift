import Foundation
import Testing

/// From one job to one small network.
@Suite(.serialized)
struct SqueezeTests {
    private static func job(_ name: String = "small", steps: Int = 300) -> String {
        SmallRecipe.convolutional(steps: steps, name: name)
    }

    /// The daemon is killed again and again while the parts follow each other; what comes out is what comes out of a
    /// daemon that nobody killed.
    @Test func aSqueezeComesToItsEndWhateverDies() throws {
        func squeezed(killing: Bool) throws -> (digest: String, report: JSON, daemon: PrivateDaemon) {
            let daemon = try PrivateDaemon(configuration: "slots: 2")
            _ = try daemon.json("submit", try daemon.write("r.yaml", Self.job()))
            try daemon.waitState("small", "succeeded")
            let made = try daemon.json("squeeze", "small", "--members", "2", "--detach", "--set", "until=400")
            #expect(made["name"].string == "small-squeezed")
            if killing {
                var seen: Set<String> = []
                // Each time that another part is there, and once more when a part has ended.
                try daemon.wait("the squeeze ends", seconds: 180) {
                    let jobs = try daemon.json("list", "--all")["jobs"].list
                    let whole = jobs.first { $0["name"].string == "small-squeezed" }
                    if whole?["state"].string == "succeeded" { return true }
                    guard whole?["state"].string != "failed" else {
                        throw NotInTime(description: "\(whole?["reason"]["message"].string ?? "")\(daemon.log)")
                    }
                    // The inspection of its data is the squeeze's own, and ends with the daemon.
                    guard whole?["state"].string != "preparing" else { return false }
                    let now = Set(jobs.map { "\($0["name"].string) \($0["state"].string)" })
                    guard !now.isSubset(of: seen) else { return false }
                    seen.formUnion(now)
                    daemon.end(SIGKILL)
                    try daemon.start()
                    return false
                }
                #expect(seen.count > 8, "\(seen)")
            } else {
                try daemon.waitState("small-squeezed", "succeeded", seconds: 180)
            }
            let detail = try daemon.json("status", "small-squeezed")
            #expect(detail["kind"].string == "squeeze")
            return (
                try daemon.json("checkpoint", "show", "small-squeezed.student@last")["digest"].string,
                detail["squeeze"], daemon
            )
        }
        let (expected, calm, _) = try squeezed(killing: false)
        let (digest, report, daemon) = try squeezed(killing: true)
        #expect(digest == expected && digest.count > 20)
        let members = report["ensemble"]["members"].list.map { $0["name"].string.prefix { $0 != "@" } }
        #expect(members == ["small", "small-squeezed.1", "small-squeezed.2"])
        #expect(report["source"].string == "small" && report["student"].string == "small-squeezed.student")
        let speeds = report["ensemble"]["members"].list.map { $0["answersPerSecond"].double ?? 0 }
        #expect(speeds.allSatisfy { $0 > 0 } && (report["evaluation"]["answersPerSecond"].double ?? 0) > 0)
        let nll = report["evaluation"]["calibration"]["scores"]["nll"].double
        #expect(nll != nil && nll == calm["evaluation"]["calibration"]["scores"]["nll"].double)
        // conv 6 to 3, linear 24 to 12, with a quarter of the weights where both sides are half as wide.
        let student = try #require(report["studentParameters"].int)
        #expect(student * 3 < (report["memberParameters"].int ?? 0) / 3 * 2, "\(student)")

        // Named again it waits for nothing, prints, and writes the student with its temperature.
        let shown = try daemon.simmer("squeeze", "small-squeezed", "-o", daemon.folder.path + "/s.onnx")
        #expect(shown.status == 0 && shown.output.contains("all 3 together"), "\(shown.errors)")
        #expect(shown.output.contains("small-squeezed.student") && shown.output.contains("A SECOND"))
        #expect(shown.errors.contains("times smaller"))
        let file = try Data(contentsOf: daemon.folder.appendingPathComponent("s.onnx"))
        #expect(file.range(of: Data("temperature".utf8)) != nil)
        let weights = try daemon.simmer(
            "squeeze", "small-squeezed", "-o", daemon.folder.path + "/s.safetensors", "--json")
        #expect(weights.status == 0, "\(weights.errors)")
        let text = String(
            decoding: try Data(contentsOf: daemon.folder.appendingPathComponent("s.safetensors")).prefix(4_000),
            as: UTF8.self)
        #expect(text.contains("\"temperature\":\""), "\(text.prefix(300))")
        #expect(try daemon.simmer("status", "small-squeezed").output.contains("all 3 together"))

        // Everything goes with the whole, and the source stays.
        #expect(try daemon.simmer("delete", "small-squeezed", "--yes").status == 0)
        #expect(try daemon.json("list", "--all")["jobs"].list.map { $0["name"].string } == ["small"])
    }

    @Test func anEnsembleIsSqueezedIntoARecipeOfItsOwn() throws {
        let daemon = try PrivateDaemon(configuration: "slots: 2")
        let text = Self.job("two", steps: 200) + "\nkind: ensemble\nmembers: 2\n"
        _ = try daemon.json("submit", try daemon.write("r.yaml", text))
        try daemon.wait("a member has a checkpoint") {
            try daemon.simmer("checkpoint", "show", "two.1@last").status == 0
        }
        // The ensemble may still train: its squeeze waits for it.
        let student = try daemon.write("s.yaml", DistillTests.student("tiny", steps: 100))
        let done = try daemon.simmer(
            "squeeze", "two", "--student", student, "--set", "temperature=3", "-o", daemon.folder.path + "/t.onnx")
        #expect(done.status == 0 && done.output.contains("all 2 together"), "\(done.errors)")
        #expect(FileManager.default.fileExists(atPath: daemon.folder.path + "/t.onnx"))
        #expect(try daemon.step("two-squeezed.student") == 100)
    }

    @Test func whatCannotBeSqueezedIsSaid() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", Self.job(steps: 100)))
        try daemon.waitState("small", "succeeded")
        func refusal(_ arguments: String...) throws -> String {
            let outcome = try daemon.simmer(["squeeze"] + arguments)
            #expect(outcome.status != 0, "\(arguments): \(outcome.output)")
            return outcome.errors
        }
        #expect(try refusal("small").contains("--members 3"))
        #expect(try refusal("nobody", "--members", "2").contains("nobody"))
        #expect(try refusal("small", "--members", "0").contains("1 to 63"))
        #expect(try refusal("small", "--members", "2", "--shrink", "1").contains("below 1"))
        #expect(try refusal("small", "--members", "2", "-o", "x.txt").contains("not a known format"))
        let endless = try daemon.write("e.yaml", DistillTests.student("endless"))
        #expect(
            try refusal("small", "--members", "2", "--student", endless, "--set", "until=forever").contains("for ever"))
        let other = try daemon.write("o.yaml", SmallRecipe.spirals())
        #expect(try refusal("small", "--members", "2", "--student", other).contains("[1, 28, 28]"))
        #expect(try daemon.json("list", "--all")["jobs"].list.filter { $0["state"].string != "failed" }.count == 1)

        // Its members would train by its own recipe, whatever is said of the student's.
        let trunk = try daemon.write("t.yaml", SmallRecipe.spirals(steps: "forever", name: "trunk"))
        _ = try daemon.json("submit", trunk)
        try daemon.wait("it has a checkpoint") {
            try daemon.simmer("checkpoint", "show", "trunk@last").status == 0
        }
        let forever = try refusal("trunk", "--members", "2", "--set", "until=100")
        #expect(forever.contains("squeeze.forever") && forever.contains("2 new members"), "\(forever)")
        #expect(forever.contains("simmer cooldown trunk"), "\(forever)")
        let jobs = try daemon.json("list", "--all")["jobs"].list
        #expect(!jobs.contains { $0["name"].string.hasPrefix("trunk-squeezed") || $0["partOf"].int != nil })
        #expect(try daemon.simmer("cancel", "trunk", "--yes").status == 0)

        let nested = Self.job("nested", steps: 50).replacing(
            "    - linear: 24", with: "    - residual: [{linear: 216}]\n    - linear: 24")
        _ = try daemon.json("submit", try daemon.write("n.yaml", nested), "--wait")
        #expect(try refusal("nested", "--members", "2").contains("--student FILE"))
    }

    /// Its members and its student come along, and the job that is squeezed where it has still to be asked.
    @Test func oneFromAnotherStoreIsWholeAndGoesOn() throws {
        let here = try PrivateDaemon(configuration: "slots: 2")
        let there = try PrivateDaemon()
        func send(_ name: String) throws -> Programs.Outcome {
            let file = here.folder.path + "/\(name).simmer"
            _ = try here.json("job", "export", name, "-o", file)
            return try there.simmer("job", "import", file)
        }
        _ = try here.json("submit", try here.write("r.yaml", Self.job(steps: 100)), "--wait")
        _ = try here.json("squeeze", "small", "--members", "1", "--set", "until=100")
        let known = try here.json("status", "small-squeezed")["squeeze"]
        // Another, whose members are measured and whose student is on its way.
        _ = try here.json(
            "squeeze", "small", "--members", "1", "--name", "half", "--detach", "--set", "until=10000000")
        try here.wait("its student learns", seconds: 120) {
            try here.simmer("status", "half.student").status == 0 && here.step("half.student") > 0
        }
        _ = try here.json("stop", "half", "--wait")

        let sent = try send("small-squeezed")
        #expect(sent.status == 0 && sent.errors.contains("small-squeezed.1, small-squeezed.student"), "\(sent)")
        #expect(try there.state("small-squeezed") == "succeeded")
        let arrived = try there.json("status", "small-squeezed")["squeeze"]
        #expect(arrived["student"].string == "small-squeezed.student")
        #expect(arrived["evaluation"]["checkpoint"].string == known["evaluation"]["checkpoint"].string)
        #expect(arrived["ensemble"]["members"].list.count == 2)
        let shown = try there.simmer("squeeze", "small-squeezed", "-o", there.folder.path + "/s.onnx")
        #expect(shown.status == 0 && shown.output.contains("all 2 together"), "\(shown)")
        #expect(try there.simmer("evaluate", "small-squeezed.student@best").status == 0)
        #expect(try there.simmer("status", "small").status == 3, "it has nothing more to be asked")

        let half = try send("half")
        #expect(half.status == 0 && half.output.contains("simmer resume half"), "\(half)")
        #expect(try there.state("half") == "paused" && there.state("small") == "succeeded")
        let step = try there.step("half.student")
        _ = try there.json("resume", "half")
        try there.wait("its student goes on", seconds: 120) { try there.step("half.student") > step }
        #expect(step > 0)
        #expect(try there.state("half") == "running")
        #expect(try there.json("status", "half")["squeeze"]["ensemble"]["members"].list.count == 2)
    }
}
