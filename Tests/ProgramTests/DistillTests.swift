import Foundation
import Testing

/// Teachers and students through the programs.
@Suite(.serialized)
struct DistillTests {
    /// A small student of the digits that the recipes of these tests draw.
    static func student(_ name: String = "student", steps: Int = 200, _ more: String = "") -> String {
        """
        recipe: 1
        name: \(name)
        seed: 7
        data: {format: digits, examples: 1000, validation: {fraction: 0.1}, augment: [shift: 1]}
        model: {layers: [flatten, {linear: 8}, relu, {dropout: 0.1}, {linear: classes}]}
        optimizer: {kind: adam, rate: 1e-3}
        batch: 32
        until: {steps: \(steps)}
        evaluate: {every: 50}
        checkpoint: {every: 25}
        \(more)
        """
    }

    /// A daemon with a trained teacher, `small`.
    private func school() throws -> PrivateDaemon {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("big.yaml", SmallRecipe.convolutional(steps: 150, every: "50")))
        try daemon.waitState("small", "succeeded")
        return daemon
    }

    private func digest(_ daemon: PrivateDaemon, _ job: String) throws -> String {
        try daemon.json("checkpoint", "show", "\(job)@last")["digest"].string
    }

    /// What becomes of the teacher is of no matter: it is pruned, and its job deleted, while the student waits.
    @Test func aStudentOutlivesItsTeachersAndItsWorkers() throws {
        let daemon = try school()
        let file = try daemon.write("s.yaml", Self.student(steps: 4000))
        let reply = try daemon.json("distill", file, "--teacher", "small@best", "small@50", "--set", "temperature=3")
        let said = reply["findings"].list.map { $0["message"].string }
        #expect(said.contains { $0.hasPrefix("The teacher `small@50` is small@50, checkpoint ") }, "\(said)")
        try daemon.waitState("student", "succeeded", seconds: 180)
        let whole = try digest(daemon, "student")

        // The same recipe as a file says it; killed on the way, on other threads, with its teachers gone.
        let more = "kind: distill\nteachers: [small@best, small@50]\ntemperature: 3\nresources: {threads: 2}"
        _ = try daemon.json("submit", try daemon.write("t.yaml", Self.student("twin", steps: 4000, more)), "--paused")
        #expect(try daemon.simmer("delete", "small", "--yes").status == 0)
        _ = try daemon.json("daemon", "scrub")
        _ = try daemon.json("resume", "twin")
        var kills = 0
        for step in [100, 900, 2000] {
            try daemon.wait("step \(step)") { try daemon.step("twin") >= step }
            guard let worker = daemon.workers.first, try daemon.state("twin") != "succeeded" else { continue }
            if step == 900 {
                daemon.end(SIGKILL)
                try daemon.start()
            } else {
                kill(worker, SIGKILL)
            }
            kills += 1
        }
        try daemon.waitState("twin", "succeeded", seconds: 180)
        #expect(kills >= 2)
        #expect(try digest(daemon, "twin") == whole)
        #expect(try daemon.json("evaluate", "twin@last")["count"].int == 100)

        // A branch goes on with the same teachers, and cannot take others.
        #expect(try daemon.simmer("branch", "twin@last", "--set", "until=4050", "--wait").status == 0)
        let other = try daemon.simmer("branch", "twin@last", "--set", "teachers=[twin@last]")
        #expect(other.status != 0 && other.errors.contains("keeps its kind and its teachers"), "\(other.errors)")
    }

    @Test func whatDoesNotFitIsSaid() throws {
        let daemon = try school()
        func refusal(_ text: String, _ more: String...) throws -> (status: Int32, errors: String) {
            let outcome = try daemon.simmer(["distill", try daemon.write("bad.yaml", text)] + more)
            return (outcome.status, outcome.errors)
        }
        let good = Self.student()
        let nobody = try refusal(good, "--teacher", "nobody@best")
        #expect(nobody.status == 3 && nobody.errors.contains("nobody"), "\(nobody.errors)")
        let cold = try refusal(good, "--teacher", "small@best", "--set", "temperature=0")
        #expect(cold.status == 8 && cold.errors.contains("temperature"), "\(cold.errors)")
        #expect(try refusal(good).status == 2)

        let raw = good.replacing("augment: [shift: 1]", with: "normalize: none")
        let otherwise = try refusal(raw, "--teacher", "small@best")
        #expect(otherwise.status == 8 && otherwise.errors.contains("normalises"), "\(otherwise.errors)")
        let spirals = try refusal(SmallRecipe.spirals(), "--teacher", "small@best")
        #expect(spirals.status == 8 && spirals.errors.contains("[1, 28, 28]"), "\(spirals.errors)")
        let checked = try daemon.simmer(
            "check", try daemon.write("check.yaml", raw + "\nkind: distill\nteachers: [small@best]"))
        #expect(checked.status == 8 && checked.errors.contains("normalises"), "\(checked.errors)")

        // Larger than its teacher: queued, and said.
        let large = good.replacing("{linear: 8}", with: "{linear: 80}")
        let warned = try daemon.simmer(
            "distill", try daemon.write("large.yaml", large), "--teacher", "small@best", "--wait")
        #expect(warned.status == 0 && warned.errors.contains("its largest teacher"), "\(warned.errors)")
    }
}
