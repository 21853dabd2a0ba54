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
}
