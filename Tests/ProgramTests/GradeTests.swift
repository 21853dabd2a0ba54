import Foundation
import Testing

/// Students held against their twins, transfer sets, kept answers, sweeps and generations through the programs.
@Suite(.serialized)
struct GradeTests {
    /// A daemon with a trained teacher, `small`, and one that has learned next to nothing, `dunce`.
    private func school() throws -> PrivateDaemon {
        let daemon = try PrivateDaemon()
        for (name, steps) in [("small", 200), ("dunce", 2)] {
            // One checkpoint on the way and one at the end: a quick run may leave out what comes closer together.
            let text = SmallRecipe.convolutional(steps: steps, every: "100", name: name)
                .replacing("schedule: [{warmup: 20}, {cosine: 60 %}]", with: "")
                .replacing("evaluate: {every: 50}", with: "evaluate: {every: 100}")
            _ = try daemon.json("submit", try daemon.write("\(name).yaml", text))
            try daemon.waitState(name, "succeeded")
        }
        return daemon
    }

    private func student(_ daemon: PrivateDaemon, _ name: String, _ more: String...) throws {
        let file = try daemon.write("\(name).yaml", DistillTests.student(name, steps: 300))
        let outcome = try daemon.simmer(["distill", file, "--wait", "--teacher"] + more)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func digest(_ daemon: PrivateDaemon, _ job: String) throws -> String {
        try daemon.json("checkpoint", "show", "\(job)@last")["digest"].string
    }

    @Test func aStudentIsHeldAgainstItsTwin() throws {
        let daemon = try school()
        try student(daemon, "student", "small@last", "small@100")
        let alone = try daemon.json("grade", "student")
        #expect(alone["networks"].list.map { $0["role"].string } == ["student", "teacher", "teacher", "teachers"])
        #expect(alone["verdict"].value == nil && alone["split"].string == "test" && alone["count"].int == 100)

        // The twin is the plain recipe's job, bit for bit.
        let graded = try daemon.simmer("grade", "student", "--train-twin", "--json")
        #expect(graded.status == 0 || graded.status == 8, "\(graded.errors)")
        let grade = try JSON(graded.output)
        let plain = try daemon.write("plain.yaml", DistillTests.student("plain", steps: 300))
        _ = try daemon.json("submit", plain, "--wait")
        #expect(try digest(daemon, "student-twin") == digest(daemon, "plain"))
        let networks = grade["networks"].list
        #expect(networks.map { $0["role"].string } == ["student", "twin", "teacher", "teacher", "teachers"])
        for (place, name) in ["student", "plain", "small"].enumerated() {
            let own = try daemon.json("evaluate", "\(name)@last", "--split", "test", "--calibrate")
            #expect(networks[place]["scores"]["accuracy"].double == own["accuracy"].double)
            #expect(networks[place]["scores"]["nll"].double == own["classes"]["nll"].double)
            #expect(networks[place]["calibration"]["temperature"].double == own["calibration"]["temperature"].double)
            let parameters = try daemon.json("status", name)["parameterCount"].int
            #expect(networks[place]["parameterCount"].int == parameters && parameters != nil)
        }
        #expect(networks.allSatisfy { ($0["answersPerSecond"].double ?? 0) > 0 })
        // The teachers normalise batches: what they keep of that is no size of theirs, here as in a squeeze.
        #expect(networks.allSatisfy { $0["sizeBytes"].int == 4 * ($0["parameterCount"].int ?? 0) })
        let verdict = grade["verdict"]
        let (better, worse) = (verdict["better"].int ?? -1, verdict["worse"].int ?? -1)
        #expect(networks[1]["comparison"]["better"].int == better && networks[1]["comparison"]["worse"].int == worse)
        #expect(
            abs(
                Double(better - worse) / 100 - (networks[0]["scores"]["accuracy"].double ?? 0)
                    + (networks[1]["scores"]["accuracy"].double ?? 0)) < 1e-9)
        #expect((graded.status == 8) == (verdict["outcome"].string == "fail"))
        let places = grade["agreements"].list.map { "\($0["role"].string) \($0["split"].string)" }
        #expect(
            places == [
                "student training", "student validation", "student test", "twin training", "twin validation",
                "twin test",
            ])
        #expect(grade["classes"].list.map { $0["name"].string } == (0..<10).map(String.init))
        #expect(grade["classes"].list.reduce(0) { $0 + ($1["count"].int ?? 0) } == 100)
        // A student that shares its teachers' view is nearer to them than its twin.
        let apart = grade["agreements"].list.map { $0["divergence"].double ?? 9 }
        #expect(apart[0] < apart[3], "\(apart)")
        let words = try daemon.simmer("grade", "student@last", "--twin", "student-twin")
        #expect(
            words.status == graded.status && words.output.contains("points (") && words.output.contains("RECOVERED"))

        // Whose teacher knows nothing fails.
        try student(daemon, "fool", "dunce@last", "--set", "hard_weight=0")
        let failed = try daemon.simmer("grade", "fool", "--twin", "plain")
        #expect(failed.status == 8 && failed.output.contains("fail: "), "\(failed.output)\(failed.errors)")
        let short = try daemon.simmer("grade", "fool@last", "--twin", "small@100")
        #expect(short.errors.contains("another") && short.errors.contains("`model`"), "\(short.errors)")
        #expect(short.errors.contains("small@100` at 100"), "\(short.errors)")

        for (arguments, word) in [
            (["small"], "not a student"), (["nobody"], "nobody"), (["student", "--twin", "fool"], "teachers itself"),
        ] {
            let refused = try daemon.simmer(["grade"] + arguments)
            #expect(refused.status != 0 && refused.status != 8 || refused.errors.contains("error"), "\(refused.errors)")
            #expect(refused.errors.contains(word), "\(arguments): \(refused.errors)")
        }
        #expect(try daemon.simmer("grade", "student", "--twin", "plain", "--train-twin").status == 2)
    }

    @Test func answersThatAreKeptMakeTheSameStudent() throws {
        let daemon = try school()
        let text = DistillTests.student("live", steps: 300).replacing(", augment: [shift: 1]", with: "")
        let file = try daemon.write("live.yaml", text)
        #expect(try daemon.simmer("distill", file, "--teacher", "small@last", "small@100", "--wait").status == 0)
        let kept = try daemon.simmer(
            "distill", file, "--name", "kept", "--set", "targets=cached", "--wait", "--teacher", "small@last",
            "small@100")
        #expect(kept.status == 0, "\(kept.errors)")
        #expect(try digest(daemon, "kept") == digest(daemon, "live"))
        #expect(try daemon.simmer("branch", "kept@last", "--set", "until=320", "--wait").status == 0)
        let seeded = try daemon.simmer("branch", "live@last", "--set", "targets=cached")
        #expect(seeded.status != 0 && seeded.errors.contains("answers"), "\(seeded.errors)")

        let moved = try daemon.write("moved.yaml", DistillTests.student("moved", steps: 300))
        let refused = try daemon.simmer("distill", moved, "--set", "targets=cached", "--teacher", "small@last")
        #expect(refused.status == 8 && refused.errors.contains("`data.augment` in line 4"), "\(refused.errors)")
    }

    @Test func temperaturesAreCompared() throws {
        let daemon = try school()
        let file = try daemon.write("s.yaml", DistillTests.student("s", steps: 300))
        let swept = try daemon.json(
            "distill", file, "--teacher", "small@last", "--sweep-temperature", "1,4,20", "--steps", "60")
        #expect(swept["students"].list.map { $0["job"].string } == ["s-t1", "s-t4", "s-t20"])
        let accuracies = swept["students"].list.compactMap { $0["accuracy"].double }
        #expect(accuracies.count == 3)
        let chosen = swept["students"].list.first { $0["temperature"].double == swept["chosen"].double }
        #expect(chosen?["accuracy"].double == accuracies.max())
        for name in ["s-t1", "s-t4", "s-t20"] { #expect(try daemon.step(name) == 60) }
        #expect(try daemon.json("evaluate", "s-t4@last")["accuracy"].double == accuracies[1])
        // One that cannot be keeps all from being queued.
        let bad = try daemon.simmer("distill", file, "--teacher", "small@last", "--sweep-temperature", "2,0")
        #expect(bad.status == 8 && bad.errors.contains("temperature"), "\(bad.errors)")
        #expect(try daemon.simmer("status", "s-t2").status == 3)
        #expect(try daemon.simmer("distill", file, "--teacher", "a@last", "--sweep-temperature", "2,x").status == 2)
    }

    @Test func eachGenerationTeachesTheNext() throws {
        let daemon = try school()
        let file = try daemon.write("s.yaml", DistillTests.student("born", steps: 100))
        let queued = try daemon.json("distill", file, "--teacher", "small@last", "--generations", "3")
        #expect(queued["jobs"].list.map { $0["name"].string } == ["born-g1", "born-g2", "born-g3"])
        try daemon.waitState("born-g3", "succeeded")
        let warnings = try daemon.json("status", "born-g3")["warnings"].list.map { $0["message"].string }
        #expect(warnings.contains { $0.contains("is born-g2@100, checkpoint") }, "\(warnings)")
        // The same as one that was submitted when its teacher was there.
        _ = try daemon.json("distill", file, "--teacher", "born-g2@last", "--name", "again", "--wait")
        #expect(try digest(daemon, "again") == digest(daemon, "born-g3"))
        #expect(try digest(daemon, "again") != digest(daemon, "born-g2"))

        // One that waits for a teacher that does not come fails with it; one that keeps answers cannot wait.
        _ = try daemon.json("submit", file, "--name", "late", "--paused", "--set", "until=50")
        _ = try daemon.json("distill", file, "--teacher", "late@last", "--after", "late", "--name", "pupil")
        let cached = try daemon.simmer(
            "distill", file, "--teacher", "late@last", "--after", "late", "--set", "targets=cached", "--set",
            "data.augment=[]")
        #expect(cached.status == 8 && cached.errors.contains("still to be trained"), "\(cached.errors)")
        #expect(try daemon.state("pupil") == "queued")
        daemon.end(SIGTERM)
        try daemon.start()
        _ = try daemon.json("resume", "late")
        try daemon.waitState("pupil", "succeeded")
        #expect(try daemon.json("grade", "pupil")["networks"].list.count == 2)
    }

    @Test func aDigitThatWasNeverSeenIsTold() throws {
        let daemon = try school()
        let text = DistillTests.student("blind", steps: 400)
            .replacing("augment: [shift: 1]", with: "without: [3]").replacing("rate: 1e-3", with: "rate: 3e-3")
        let file = try daemon.write("blind.yaml", text)
        _ = try daemon.json("submit", file, "--wait")
        let adjusted = try daemon.json("evaluate", "blind@last", "--split", "test", "--adjust-bias", "3", "--calibrate")
        let three = adjusted["adjustment"]["classes"].list[0]
        #expect(three["name"].string == "3" && three["before"].double == 0)
        #expect(try #require(three["bias"].double) > 3)
        #expect(three["after"].double != nil)
        #expect(adjusted["adjustment"]["scores"]["nll"].double ?? 9 < adjusted["classes"]["nll"].double ?? 0)
        #expect(adjusted["calibration"]["scores"]["nll"].double ?? 9 < adjusted["classes"]["nll"].double ?? 0)
        // A teacher that knows the digit sees its student's inputs as the student does.
        let taught = try daemon.simmer("distill", file, "--name", "taught", "--wait", "--teacher", "small@last")
        #expect(taught.status == 0, "\(taught.errors)")
        #expect(try #require(daemon.json("grade", "taught")["classes"].list[3]["count"].int) > 0)
        let all = try daemon.json("evaluate", "blind@last", "--adjust-bias", "all")["adjustment"]["classes"].list
        #expect(all.count == 10 && abs(all.reduce(0) { $0 + ($1["bias"].double ?? 9) }) < 1e-6)
        #expect(try daemon.simmer("evaluate", "blind@last", "--adjust-bias", "33").errors.contains("no class '33'"))
        #expect(try daemon.simmer("evaluate", "blind@last", "--adjust-bias", "3").output.contains("biases fitted"))
        let wrong = try daemon.simmer(
            "distill", file, "--set", "data.without=[ten]", "--teacher", "small@last", "--wait")
        #expect(wrong.status == 8 && wrong.errors.contains("'ten'"), "\(wrong.errors)")
    }
}
