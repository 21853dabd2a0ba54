import Foundation
import Testing

/// Jobs that another version of simmer has written, and damaged ones: they are told of, and the others go on.
@Suite struct UnreadableJobTests {
    @Test func aStoreWithJobsThatCannotBeReadIsUsed() throws {
        let daemon = try PrivateDaemon(configuration: "slots: 1\n")
        func submit(_ name: String, steps: String = "{steps: 100}", _ options: String...) throws -> Int {
            let file = try daemon.write("\(name).yaml", SmallRecipe.spirals(steps: steps, name: name))
            let outcome = try daemon.simmer(["submit", file, "--json"] + options)
            return try #require(try JSON(outcome.output)["job"]["id"].int, "\(outcome.errors)")
        }
        let odd = try submit("odd")
        try daemon.waitState("odd", "succeeded")
        let rate = try daemon.json("status", "odd")["checkpointCount"].int
        let newer = try submit("newer", "--paused")
        let broken = try submit("broken", "--paused")
        let lost = try submit("lost", "--paused")
        try daemon.waitState("lost", "paused")
        _ = try submit("busy", steps: "forever")
        try daemon.waitState("busy", "running")
        let waits = try submit("waits")
        _ = try submit("next")
        daemon.end(SIGKILL)

        for job in [odd, waits] {
            try StoredRow.change(
                daemon, "job_input", StoredRow.input, id: job, "recipe", replacing: "optimizer: {",
                with: "optimizer: {dream: 3, ")
        }
        try StoredRow.change(
            daemon, "job", StoredRow.job, id: newer, "body", replacing: "\"kind\":\"train\"",
            with: "\"kind\":\"dream\"")
        try StoredRow.change(
            daemon, "job", StoredRow.job, id: broken, "body", replacing: "\"generation\"", with: "\"genera",
            isWhole: false)
        try StoredRow.change(
            daemon, "job_input", StoredRow.input, id: lost, "recipe", replacing: "name", with: "game", isWhole: false)
        try daemon.start()

        // The one that ran goes on; the one that waits fails with what cannot be read, and the next has its turn.
        try daemon.waitState("busy", "running")
        _ = try daemon.simmer("cancel", "busy", "--yes")
        try daemon.waitState("next", "succeeded")
        let reason = try daemon.job("waits")["reason"]["message"].string
        #expect(try daemon.state("waits") == "failed" && reason.contains("dream"), "\(reason)")

        let list = try daemon.simmer("list", "--all")
        #expect(list.status == 0, "\(list.errors)")
        for name in ["odd", "newer", "broken", "lost", "waits", "next"] { #expect(list.output.contains(name)) }
        for (job, code, word) in [
            ("odd", "recipe_unreadable", "dream"), ("newer", "row_unreadable", "'kind'"),
            ("broken", "row_damaged", "is damaged"), ("lost", "recipe_damaged", "is damaged"),
        ] {
            let detail = try daemon.json("status", job)
            let finding = try #require(detail["warnings"].list.last { $0["code"].string == code }, "\(job): \(detail)")
            #expect(finding["severity"].string == "error" && finding["message"].string.contains(word), "\(finding)")
            let screen = try daemon.simmer("status", job)
            #expect(screen.status == 0 && screen.output.contains(code), "\(screen.output)\(screen.errors)")
            let log = try daemon.simmer("logs", job)
            #expect(log.status == 0, "\(log.errors)")
            // To have it run again is refused with the same words.
            let again = try daemon.simmer("resume", job)
            #expect(again.status != 0 && again.errors.contains(word), "\(job): \(again)")
        }
        #expect(try daemon.json("status", "odd")["checkpointCount"].int == rate)
        #expect(try !daemon.simmer("logs", "odd").output.isEmpty)
        // What can be read whole can go elsewhere; what is damaged cannot, and says why.
        #expect(try daemon.simmer("job", "export", "odd", "-o", daemon.folder.path + "/odd.simmer").status == 0)
        for job in ["newer", "broken", "lost"] {
            let export = try daemon.simmer("job", "export", job, "-o", daemon.folder.path + "/\(job).simmer")
            #expect(export.status != 0 && export.errors.lowercased().contains("job "), "\(job): \(export)")
        }
        for job in [odd, newer, broken] {
            let outcome = try daemon.simmer("delete", "\(job)", "--yes")
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try daemon.simmer("cancel", "lost", "--yes").status == 0)
        #expect(try daemon.simmer("delete", "lost", "--yes").status == 0)
        let left = try daemon.json("list", "--all")["jobs"].list.map { $0["name"].string }
        #expect(left.sorted() == ["busy", "next", "waits"], "\(left)")
    }

    /// Damages a job's row, and mends it again.
    private func damage(_ daemon: PrivateDaemon, _ job: Int, mend: Bool = false) throws {
        let texts = ["\"generation\"", "\"genera\""]
        try StoredRow.change(
            daemon, "job", StoredRow.job, id: job, "body", replacing: texts[mend ? 1 : 0], with: texts[mend ? 0 : 1],
            isWhole: false)
    }

    private func submit(
        _ daemon: PrivateDaemon, _ name: String, steps: String = "{steps: 100}", _ options: String...
    ) throws -> Int {
        let file = try daemon.write("\(name).yaml", SmallRecipe.spirals(steps: steps, name: name))
        let outcome = try daemon.simmer(["submit", file, "--json"] + options)
        return try #require(try JSON(outcome.output)["job"]["id"].int, "\(outcome.errors)")
    }

    /// The row is damaged while the worker trains: who deletes the job ends it, and needs no restart.
    @Test func oneThatTrainsCanBeDeleted() throws {
        let daemon = try PrivateDaemon(configuration: "slots: 1\n")
        let lost = try submit(daemon, "lost", steps: "forever")
        try daemon.wait("it trains") { try daemon.step("lost") > 0 }
        _ = try submit(daemon, "waits", "--after", "lost")
        let worker = try #require(daemon.workers.first)
        try damage(daemon, lost)
        let refused = try daemon.simmer("stop", "lost")
        #expect(refused.status != 0 && refused.errors.contains("simmer delete \(lost)"), "\(refused)")

        // Whatever the daemon does next, it finds the row as it is.
        _ = try submit(daemon, "next")
        try daemon.wait("what waits for it says so") {
            try daemon.job("waits")["reason"]["code"].string == "dependency_unreadable"
        }
        #expect(try daemon.state("waits") == "queued")
        let list = try daemon.simmer("list")
        #expect(list.output.contains("Job lost, which this one waits for, cannot be read: `simmer status \(lost)`"))
        #expect(try daemon.simmer("status", "waits").output.contains("[dependency_unreadable]"))

        #expect(try daemon.simmer("delete", "lost", "--dry-run").status == 0)
        #expect(daemon.workers.contains(worker))
        let deleted = try daemon.simmer("delete", "lost", "--yes")
        #expect(deleted.status == 0, "\(deleted.errors)")
        try daemon.wait("its worker is gone") { !daemon.workers.contains(worker) }
        // The slot is free, and what waited for it knows.
        try daemon.waitState("next", "succeeded")
        try daemon.waitState("waits", "failed")
        #expect(try daemon.job("waits")["reason"]["message"].string.contains("was deleted"))
        #expect(!daemon.log.contains("the end of a run of job lost failed"), "\(daemon.log)")
    }

    /// Its worker ends by itself: nothing can be written of that, and nothing is tried again and again.
    @Test func oneWhoseWorkerEndsIsLeftToAPerson() throws {
        let daemon = try PrivateDaemon()
        let lost = try submit(daemon, "lost", steps: "forever")
        try daemon.wait("it trains") { try daemon.step("lost") > 0 }
        let worker = try #require(daemon.workers.first)
        try damage(daemon, lost)
        kill(worker, SIGKILL)
        try daemon.wait("its end is told") { daemon.log.contains("the worker of job lost has ended") }
        #expect(!daemon.log.contains("the end of a run of job lost failed"), "\(daemon.log)")
        #expect(try daemon.simmer("delete", "lost", "--yes").status == 0)
    }

    /// What goes by other jobs' rows says which it could not read.
    @Test func whatPassesOneOverSaysSo() throws {
        let daemon = try PrivateDaemon()
        let lost = try submit(daemon, "spirals")
        try daemon.waitState("spirals", "succeeded")
        _ = try submit(daemon, "waits", "--after", "spirals", "--paused")
        try daemon.waitState("waits", "paused")
        try damage(daemon, lost)
        func verdict() throws -> (verdict: String, message: String) {
            let results = try daemon.json("check", daemon.folder.path + "/spirals.yaml")["results"].list
            let found = try #require(results.first { $0["id"].string == "P2" })
            return (found["verdict"].string, found["message"].string)
        }
        let alone = try verdict()
        #expect(
            alone.verdict == "skip" && alone.message.contains("Job \(lost) of this name cannot be read"), "\(alone)")

        _ = try daemon.json("resume", "waits")
        try daemon.wait("it says what it waits for") {
            try daemon.job("waits")["reason"]["code"].string == "dependency_unreadable"
        }
        let pruned = try daemon.json("checkpoint", "prune", "--dry-run")
        #expect(pruned["passedOver"].list.map(\.int) == [lost], "\(pruned)")
        for options in [["--dry-run"], ["--yes"]] {
            let told = try daemon.simmer(["checkpoint", "prune"] + options)
            #expect(told.status == 0 && told.errors.contains("passes over job \(lost)"), "\(told)")
        }

        // Mended, as from a backup: nothing is passed over any more, and what waited has its turn.
        try damage(daemon, lost, mend: true)
        let older = try submit(daemon, "spirals")
        try daemon.waitState("waits", "succeeded")
        #expect(try daemon.json("checkpoint", "prune", "--dry-run")["passedOver"].value == nil)
        try daemon.waitState("spirals-2", "succeeded")
        #expect(
            try verdict().message == "Nothing has changed since job \(older), the last of its name that ended well.")
        // Only what came after the one that is looked at is passed over.
        try damage(daemon, lost)
        #expect(try !verdict().message.contains("cannot be read"))
        try damage(daemon, older)
        try damage(daemon, lost, mend: true)
        let since = try verdict().message
        #expect(since.contains("since job \(lost)") && since.contains("Passed over: Job \(older)"), "\(since)")
    }
}
