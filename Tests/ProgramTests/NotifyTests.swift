import Foundation
import Testing

/// What people are told, by programs and by mail.
@Suite(.serialized)
struct NotifyTests {
    /// A daemon whose command appends what it reads to `told`, and whose sendmail appends mails to `mails`.
    private static func daemon(_ more: String = "", command: String = "cat >> told") throws -> PrivateDaemon {
        let daemon = try PrivateDaemon()
        try script(daemon, "tell", command)
        try script(daemon, "sendmail", "echo \"$@\" >> mails; cat >> mails")
        try configure(daemon, more)
        return daemon
    }

    private static func script(_ daemon: PrivateDaemon, _ name: String, _ text: String) throws {
        let path = try daemon.write(name, "#!/bin/sh\ncd '\(daemon.folder.path)'\n\(text)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    private static func configure(_ daemon: PrivateDaemon, _ more: String) throws {
        _ = try daemon.write(
            "simmerd.yaml",
            """
            notify:
              command: [\(daemon.folder.path)/tell]
              sendmail: \(daemon.folder.path)/sendmail
              \(more)
            """)
        _ = try daemon.json("daemon", "reload")
    }

    private static func read(_ daemon: PrivateDaemon, _ name: String) -> String {
        (try? String(contentsOf: daemon.folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }

    private static func told(_ daemon: PrivateDaemon) throws -> [JSON] {
        try read(daemon, "told").split(separator: "\n").map { try JSON(String($0)) }
    }

    @Test func theEndOfAJobIsToldByCommandAndMail() throws {
        let daemon = try Self.daemon("mail: someone@example.org")
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals()))
        try daemon.waitState("spirals", "succeeded")
        try daemon.wait("both arrive") {
            try daemon.json("daemon", "status")["notificationsSent"].int == 2
        }
        let told = try Self.told(daemon)
        #expect(told.count == 1)
        #expect(told[0]["event"].string == "finished" && told[0]["job"].string == "spirals")
        #expect(told[0]["state"].string == "succeeded" && told[0]["step"].int == 300 && told[0]["id"].int == 1)
        #expect(told[0]["metrics"]["validation.loss"].double != nil)
        #expect(told[0]["time"].string.hasSuffix("Z") && told[0]["message"].string.contains("step 300"))
        let mail = Self.read(daemon, "mails")
        #expect(mail.hasPrefix("-t -oi\nTo: someone@example.org\nSubject: simmer: job spirals: finished\n"), "\(mail)")
        #expect(mail.contains("\n\nJob spirals has reached its end at step 300.\n"))
        // Told is told: nothing is left for the next daemon.
        daemon.end(SIGTERM)
        try daemon.start()
        _ = try daemon.json("submit", try daemon.write("n.yaml", SmallRecipe.spirals(name: "next")))
        try daemon.wait("the next one is told") { try Self.told(daemon).last?["job"].string == "next" }
        #expect(try Self.told(daemon).map { $0["job"].string } == ["spirals", "next"])
    }

    /// The daemon is killed while the command runs: the next one tells it again, once.
    @Test func aCrashRepeatsAndLosesNothing() throws {
        let daemon = try Self.daemon(command: "cat >> told; test -e gate || sleep 20")
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals()))
        try daemon.wait("the command has read it") { try Self.told(daemon).count == 1 }
        daemon.end(SIGKILL)
        _ = try daemon.write("gate", "")
        try daemon.start()
        try daemon.wait("it is told again") { try Self.told(daemon).count == 2 }
        let told = try Self.told(daemon)
        #expect(told[0]["notice"].string == told[1]["notice"].string && told[0]["notice"].string.hasPrefix("1."))
        try daemon.wait("it is done") { try daemon.json("daemon", "status")["notificationsSent"].int == 1 }
        daemon.end(SIGKILL)
        try daemon.start()
        _ = try daemon.json("submit", try daemon.write("n.yaml", SmallRecipe.spirals(name: "next")))
        try daemon.wait("the next one is told") { try Self.told(daemon).last?["job"].string == "next" }
        #expect(try Self.told(daemon).map { $0["job"].string } == ["spirals", "spirals", "next"])
    }

    @Test func failuresAreToldCountedAndBlockNothing() throws {
        let daemon = try Self.daemon("mail: someone@example.org", command: "echo no luck; exit 3")
        try FileManager.default.removeItem(at: daemon.folder.appendingPathComponent("sendmail"))
        _ = try daemon.json("daemon", "reload")
        let missing = try daemon.json("daemon", "status")["degraded"].list
        #expect(missing.map { $0["code"].string } == ["notify-missing"])
        let bad = SmallRecipe.spirals(name: "bad")
            .replacingOccurrences(
                of: "{format: spirals, examples: 600}", with: "{format: csv, train: x.csv, target: y}")
        _ = try daemon.write("x.csv", "a,y\n1,one\n")
        _ = try daemon.simmer("submit", try daemon.write("r.yaml", bad))
        try daemon.waitState("bad", "failed")
        try daemon.wait("both have failed") { try daemon.json("daemon", "status")["notificationsFailed"].int == 2 }
        #expect(daemon.log.contains("says: no luck") && daemon.log.contains("it exited with status 3"), "\(daemon.log)")
        let codes = try daemon.json("daemon", "status")["degraded"].list.map { $0["code"].string }
        #expect(codes == ["notify-failed", "notify-failed"], "\(codes)")

        let tried = try daemon.simmer("daemon", "notify", "--test")
        #expect(tried.status == 8 && tried.output.contains("needs-person"), "\(tried.output)\(tried.errors)")
        try Self.script(daemon, "tell", "cat >> told")
        try Self.script(daemon, "sendmail", "cat >> mails")
        let again = try daemon.json("daemon", "notify", "--test")["deliveries"].list
        #expect(again.count == 10 && again.allSatisfy { $0["ok"].bool == true })
        let told = try Self.told(daemon)
        #expect(told.map { $0["event"].string } == ["failed", "finished", "needs-person", "harvest", "disk"])
        #expect(told.allSatisfy { $0["test"].bool == true })
        #expect(try daemon.json("daemon", "status")["degraded"].list.isEmpty)
        #expect(try daemon.simmer("daemon", "notify").status == 2)
    }

    /// A recipe's own command and words, and a command that never ends beside it.
    @Test func aRecipeAddsItsOwn() throws {
        let daemon = try Self.daemon("on: [failed]", command: "sleep 30")
        try Self.script(daemon, "own", "cat >> told")
        let own = "\nnotify: {command: [\(daemon.folder.path)/own], on: [harvest, finished]}\n"
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals() + own))
        try daemon.waitState("spirals", "succeeded")
        try daemon.wait("the recipe's is told") { try Self.told(daemon).count == 1 }
        #expect(try Self.told(daemon)[0]["event"].string == "finished")
        let refused = try daemon.simmer(
            "submit", try daemon.write("r.yaml", SmallRecipe.spirals() + "\nnotify: {command: beep}"))
        #expect(refused.status == 8 && refused.errors.contains("without a shell"), "\(refused.errors)")
    }

    /// A cooldown's end is a harvest, and no job's end; a failure with a checkpoint needs a person.
    @Test func eachOccasionHasItsWord() throws {
        let daemon = try Self.daemon("on: [needs-person, harvest]")
        let trunk = SmallRecipe.spirals(steps: "{steps: 4000}", name: "trunk") + "\nharvest: {every: 3x, first: 500}\n"
        _ = try daemon.json("submit", try daemon.write("r.yaml", trunk))
        try daemon.waitState("trunk", "succeeded")
        try daemon.wait("every harvest is told") {
            let branches = try daemon.json("list", "--all")["jobs"].list.filter { $0["name"].string != "trunk" }
            guard !branches.isEmpty, branches.allSatisfy({ $0["state"].string == "succeeded" }) else { return false }
            return try Self.told(daemon).count == branches.count
        }
        for notice in try Self.told(daemon) {
            #expect(notice["event"].string == "harvest" && notice["job"].string.hasPrefix("trunk-cooldown-"))
        }
        let before = try Self.told(daemon).count
        let high = SmallRecipe.spirals(steps: "forever", name: "high")
        _ = try daemon.json("submit", try daemon.write("r.yaml", high))
        try daemon.wait("it has a checkpoint") { try daemon.job("high")["lastCheckpoint"].string != "" }
        // Killed before it gets any further than the time before, three times.
        try daemon.wait("it has failed") {
            for worker in daemon.workers { kill(worker, SIGSEGV) }
            return try daemon.state("high") == "failed"
        }
        try daemon.wait("it is told") { try Self.told(daemon).last?["state"].string == "failed" }
        let told = try Self.told(daemon)
        #expect(told.count > before && told.dropFirst(before).allSatisfy { $0["event"].string == "needs-person" })
    }

    /// A worker that somebody has stopped says nothing; where the recipe wants no more it is told once, and the worker goes on
    /// as if nothing had been.
    @Test func aSilentWorkerIsTold() throws {
        let daemon = try Self.daemon("silence: 2 seconds")
        let recipe = SmallRecipe.spirals(steps: "forever") + "\nwatch: {W9: warn}\n"
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("it trains") { try daemon.step("spirals") > 50 }
        let worker = try #require(daemon.workers.first)
        kill(worker, SIGSTOP)
        try daemon.wait("it is told") { try Self.told(daemon).count == 1 }
        // Looks are half a second apart: that none of them tells it again has no event to await.
        usleep(1_500_000)
        kill(worker, SIGCONT)
        let told = try Self.told(daemon)
        #expect(told.count == 1 && told[0]["event"].string == "needs-person" && told[0]["state"].string == "running")
        #expect(told[0]["message"].string.contains("pid \(worker)"))
        let step = try daemon.step("spirals")
        try daemon.wait("it goes on") { try daemon.step("spirals") > step }
    }

    /// Somebody else's command would run as the daemon's user.
    @Test(.enabled(if: geteuid() == 0)) func othersNameNoCommands() throws {
        let daemon = try PrivateDaemon(configuration: "roles: {user_group: none}\n")
        for path in [daemon.folder.path, daemon.socket] { chmod(path, 0o777) }
        let recipe = try daemon.write(
            "r.yaml", SmallRecipe.spirals() + "\nnotify: {command: [/bin/true], mail: someone@example.org}\n")
        chmod(recipe, 0o644)
        func other(_ arguments: String...) throws -> Programs.Outcome {
            try Programs.run(
                URL(fileURLWithPath: "/usr/bin/setpriv"),
                ["--reuid=65534", "--regid=65534", "--clear-groups", Programs.path("simmer").path] + arguments,
                environment: ["SIMMER_SOCKET": daemon.socket], folder: daemon.folder)
        }
        let refused = try other("submit", recipe)
        #expect(refused.status == 8 && refused.errors.contains("may name commands"), "\(refused)")
        let checked = try other("check", "--static", recipe)
        #expect(checked.status == 8 && checked.errors.contains("may name commands"), "\(checked)")
        #expect(try other("submit", recipe, "--set", "notify.command=[]").status == 0)
        #expect(try daemon.simmer("submit", recipe, "--name", "mine").status == 0)
    }
}
