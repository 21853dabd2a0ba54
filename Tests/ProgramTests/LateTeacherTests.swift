import Foundation
import Testing

/// Students that wait for their teachers (docs/decisions/0039).
@Suite(.serialized)
struct LateTeacherTests {
    private func digest(_ daemon: PrivateDaemon, _ job: String) throws -> String {
        try daemon.json("checkpoint", "show", "\(job)@last")["digest"].string
    }

    private func said(_ daemon: PrivateDaemon, _ job: String) throws -> [String] {
        try daemon.json("status", job)["warnings"].list.map { $0["message"].string }
    }

    /// The recipe of a teacher, `small`, with a checkpoint long before its end.
    private func teacher(steps: Int = 150) -> String { SmallRecipe.convolutional(steps: steps, every: "50") }

    /// The daemon dies between the teachers' ends and the students' starts. A job's name alone is its best checkpoint,
    /// an ensemble's its members' best, and those that were there from the beginning are as they were then.
    @Test func theTeachersAreWhatTheirJobsHaveComeTo() throws {
        let daemon = try PrivateDaemon(configuration: "slots: 3")
        _ = try daemon.json(
            "submit", try daemon.write("first.yaml", SmallRecipe.convolutional(steps: 60, name: "first")))
        try daemon.waitState("first", "succeeded")
        _ = try daemon.json("submit", try daemon.write("big.yaml", teacher(steps: 2_000)))
        let five = SmallRecipe.convolutional(steps: 400, every: "50", name: "two") + "\nkind: ensemble\nmembers: 2\n"
        _ = try daemon.json("submit", try daemon.write("two.yaml", five))
        // Both have checkpoints already, which are not meant.
        try daemon.wait("there are checkpoints", seconds: 120) {
            try daemon.step("small") > 50 && daemon.step("two.2") > 50
        }
        #expect(try daemon.simmer("pause", "small", "two").status == 0)
        let file = try daemon.write("s.yaml", DistillTests.student(steps: 100))
        let reply = try daemon.json(
            "distill", file, "--name", "one", "--after", "small", "--teacher", "first@last", "small@last")
        _ = try daemon.json("distill", file, "--name", "bare", "--after", "small", "--teacher", "small")
        let findings = reply["findings"].list.map { $0["message"].string }
        #expect(findings.contains { $0.hasPrefix("The teacher `first@last` is first@60, checkpoint ") }, "\(findings)")
        #expect(findings.contains { $0.contains("`small@last` is still to be trained") }, "\(findings)")
        _ = try daemon.json("distill", file, "--name", "many", "--after", "two", "--teacher", "two")
        _ = try daemon.json("distill", file, "--name", "member", "--after", "two", "--teacher", "two.2@last")
        // Nobody needs it any more.
        _ = try daemon.simmer("delete", "first", "--yes")

        // Running jobs come to their ends, and none begins.
        #expect(try daemon.simmer("resume", "small", "two").status == 0)
        _ = try daemon.simmer("daemon", "drain")
        try daemon.wait("the teachers have ended", seconds: 240) {
            try ["small", "two"].allSatisfy { try daemon.state($0) == "succeeded" }
        }
        let waiting = ["one", "bare", "many", "member"]
        for name in waiting { #expect(try daemon.state(name) == "queued") }
        daemon.end(SIGKILL)
        try daemon.start()
        for name in waiting { try daemon.waitState(name, "succeeded", seconds: 120) }

        let one = try said(daemon, "one")
        #expect(one.contains { $0.hasPrefix("The teacher `first@last` is first@60, checkpoint ") }, "\(one)")
        #expect(one.contains { $0.hasPrefix("The teacher `small@last` is small@2000, checkpoint ") }, "\(one)")
        let best = try #require(try daemon.json("checkpoint", "show", "small@best")["step"].int)
        #expect(try said(daemon, "bare").contains { $0.hasPrefix("The teacher `small` is small@\(best), checkpoint ") })
        #expect(!one.contains { $0.contains("still to be trained") }, "\(one)")
        #expect(try daemon.json("grade", "one")["networks"].list.count == 4)
        let many = try said(daemon, "many").filter { $0.hasPrefix("The teacher `two.") }
        #expect(many.count == 2 && many[1].hasPrefix("The teacher `two.2@best` is two.2@"), "\(many)")
        #expect(try said(daemon, "member").contains { $0.hasPrefix("The teacher `two.2@last` is two.2@400, ") })

        // The same as those that were submitted when their teachers were there.
        _ = try daemon.json("distill", file, "--name", "many-again", "--teacher", "two", "--wait")
        #expect(try digest(daemon, "many-again") == digest(daemon, "many"))
    }

    /// By the time that the student starts another job has the teacher's name.
    @Test func theTeacherIsTheJobThatWasWaitedFor() throws {
        let daemon = try PrivateDaemon()
        let path = try daemon.write("big.yaml", teacher(steps: 400))
        _ = try daemon.json("submit", path)
        _ = try daemon.json(
            "distill", try daemon.write("s.yaml", DistillTests.student(steps: 60)), "--teacher", "small@last",
            "--after", "small", "--paused")
        try daemon.waitState("small", "succeeded")
        _ = try daemon.json("submit", path, "--name", "small", "--set", "until=60", "--wait")
        _ = try daemon.json("resume", "student")
        try daemon.waitState("student", "succeeded")
        let said = try said(daemon, "student")
        #expect(said.contains { $0.hasPrefix("The teacher `small@last` is small@400, checkpoint ") }, "\(said)")
    }

    @Test func whatCanBeKnownIsSaidAtOnce() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("big.yaml", teacher(steps: 100_000)))
        func refusal(_ text: String, _ more: String...) throws -> (status: Int32, errors: String) {
            let outcome = try daemon.simmer(["distill", try daemon.write("bad.yaml", text), "--after", "small"] + more)
            return (outcome.status, outcome.errors)
        }
        let good = DistillTests.student()
        let nobody = try refusal(good, "--teacher", "small@last", "nobody@best")
        #expect(nobody.status == 3 && nobody.errors.contains("nobody"), "\(nobody.errors)")
        let cold = try refusal(good, "--teacher", "small@last", "--set", "temperature=0")
        #expect(cold.status == 8 && cold.errors.contains("temperature"), "\(cold.errors)")
        let raw = good.replacing("augment: [shift: 1]", with: "normalize: none")
        let otherwise = try refusal(raw, "--teacher", "small@last")
        #expect(otherwise.status == 8 && otherwise.errors.contains("normalises"), "\(otherwise.errors)")
        let spirals = try refusal(SmallRecipe.spirals(), "--teacher", "small")
        #expect(spirals.status == 8 && spirals.errors.contains("[1, 28, 28]"), "\(spirals.errors)")
        let five = SmallRecipe.convolutional(steps: 50, name: "two") + "\nkind: ensemble\nmembers: 2\n"
        _ = try daemon.json("submit", try daemon.write("two.yaml", five))
        let best = try refusal(good, "--after", "two", "--teacher", "two@best")
        #expect(best.status == 8 && best.errors.contains("Write `two`"), "\(best.errors)")
    }

    /// The teacher is given up, or has nothing that its student could learn from: the student says so, and goes on when
    /// that has been seen to.
    @Test func aTeacherThatComesToNothingIsSaid() throws {
        let daemon = try PrivateDaemon()
        let path = try daemon.write("big.yaml", teacher(steps: 60))
        let student = try daemon.write("s.yaml", DistillTests.student(steps: 60))
        _ = try daemon.json("submit", path, "--paused")
        _ = try daemon.json(
            "distill", student, "--name", "tagged", "--teacher", "small:chosen", "--after", "small")
        _ = try daemon.json("distill", student, "--name", "orphan", "--teacher", "small@last", "--after", "small")
        _ = try daemon.json("resume", "small")
        try daemon.waitState("tagged", "failed")
        let failed = try daemon.json("status", "tagged")
        #expect(failed["summary"]["reason"]["code"].string == "dependency_failed")
        let said = failed["summary"]["reason"]["message"].string
        #expect(said.hasPrefix("The teacher `small:chosen`, which was waited for, cannot be used: "), "\(said)")
        let finding = try #require(failed["warnings"].list.first { $0["severity"].string == "error" })
        #expect(finding["path"].string == "/teachers/0" && finding["hint"].string.contains("simmer resume tagged"))
        _ = try daemon.json("checkpoint", "tag", "small@last", "chosen")
        _ = try daemon.json("resume", "tagged")
        try daemon.waitState("tagged", "succeeded")
        #expect(try daemon.json("status", "tagged")["warnings"].list.allSatisfy { $0["severity"].string != "error" })
        try daemon.waitState("orphan", "succeeded")

        _ = try daemon.json("submit", path, "--name", "never", "--paused")
        _ = try daemon.json("distill", student, "--name", "left", "--teacher", "never", "--after", "never")
        _ = try daemon.json("cancel", "never", "--yes")
        try daemon.waitState("left", "failed")
        let left = try daemon.job("left")["reason"]["message"].string
        #expect(left == "Job never, which this one waits for, was cancelled. Submit this one again without it.")
    }
}
