import Foundation
import Testing

/// The life of jobs through the built programs.
struct JobTests {
    let daemon: PrivateDaemon

    init() throws { daemon = try PrivateDaemon() }

    @discardableResult
    func submit(_ name: String, steps: String = "{steps: 300}", _ more: String...) throws -> JSON {
        let recipe = try daemon.write("\(name).yaml", SmallRecipe.spirals(steps: steps, name: name))
        let outcome = try daemon.simmer(["submit", recipe, "--json"] + more)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSON(outcome.output)
    }

    @Test func aJobIsSubmittedTrainsAndEnds() throws {
        try submit("first")
        let outcome = try daemon.simmer("wait", "first", "--timeout", "60")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let job = try daemon.job("first")
        #expect(job["state"].string == "succeeded")
        #expect(job["progress"]["step"].int == 300)
        #expect(try daemon.json("list")["jobs"].list.count == 1)
        let text = try daemon.simmer("status", "first")
        #expect(text.status == 0)
        #expect(text.output.contains("first") && text.output.contains("300"))
        let metrics = try daemon.simmer("metrics", "first", "--csv")
        #expect(metrics.output.contains("train.loss"))
        let logs = try daemon.simmer("logs", "first")
        #expect(logs.status == 0 && !logs.output.isEmpty)
    }

    @Test func statusOfNothingIsWell() throws {
        #expect(try daemon.simmer("status").status == 0)
        #expect(try daemon.simmer("list", "--json").status == 0)
        let missing = try daemon.simmer("status", "nobody")
        #expect(missing.status == 3)
        #expect(missing.errors.contains("nobody"))
    }

    @Test func pauseResumeStopCancelDelete() throws {
        try submit("long", steps: "forever")
        try daemon.waitState("long", "running")
        #expect(try daemon.simmer("pause", "long").status == 0)
        try daemon.waitState("long", "paused")
        let held = try daemon.step("long")
        #expect(try daemon.step("long") == held)
        #expect(try daemon.simmer("resume", "long").status == 0)
        try daemon.wait("it goes on") { try daemon.step("long") > held }
        #expect(try daemon.simmer("stop", "long").status == 0)
        try daemon.waitState("long", "stopped")
        let last = try daemon.json("checkpoint", "show", "long@last")
        #expect(last["step"].int ?? 0 > held)
        // A stopped job can go on, a cancelled one cannot.
        #expect(try daemon.simmer("resume", "long").status == 0)
        try daemon.waitState("long", "running")
        #expect(try daemon.simmer("delete", "long", "--yes").status == 4)
        #expect(try daemon.simmer("cancel", "long", "--yes").status == 0)
        try daemon.waitState("long", "cancelled")
        #expect(try daemon.simmer("resume", "long").status == 4)
        #expect(try daemon.simmer("wait", "long").status == 9)
        #expect(try daemon.simmer("delete", "long", "--yes").status == 0)
        #expect(try daemon.simmer("status", "long").status == 3)
    }

    @Test func oneSlotTheQueueAndPriorities() throws {
        try submit("one", steps: "forever")
        try daemon.waitState("one", "running")
        try submit("low", "--priority", "1")
        try submit("high", "--priority", "5")
        #expect(try daemon.state("low") == "queued")
        #expect(try daemon.state("high") == "queued")
        #expect(try daemon.job("high")["queuePosition"].int == 1)
        #expect(try daemon.job("low")["queuePosition"].int == 2)
        #expect(try daemon.simmer("stop", "one").status == 0)
        try daemon.waitState("high", "succeeded")
        try daemon.waitState("low", "succeeded")
        let high = try daemon.job("high")["startedUsec"].int ?? 0
        let low = try daemon.job("low")["startedUsec"].int ?? 0
        #expect(high > 0 && high < low)
    }

    @Test func aJobWaitsForAnotherAndFailsWithIt() throws {
        try submit("base", steps: "forever")
        try submit("after", "--after", "base")
        try submit("never", "--after", "base")
        try daemon.waitState("base", "running")
        #expect(try daemon.state("after") == "queued")
        #expect(try daemon.simmer("cancel", "base", "--yes").status == 0)
        try daemon.waitState("after", "failed")
        #expect(try daemon.job("after")["reason"]["code"].string == "dependency_failed")
    }

    @Test func setAndExtendTakeEffectAtACommittedStep() throws {
        try submit("hot", steps: "{steps: 10000000}")
        try daemon.waitState("hot", "running")
        let set = try daemon.simmer("set", "hot", "rate=0.05", "priority=3", "label.who=me")
        #expect(set.status == 0, "\(set.errors)")
        let job = try daemon.job("hot")
        #expect(job["priority"].int == 3)
        #expect(job["labels"]["who"].string == "me")
        let refused = try daemon.simmer("set", "hot", "batch=64")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("batch"))
        try daemon.wait("the rate is logged") {
            try daemon.simmer("metrics", "hot", "--names", "rate", "--csv").output.contains("0.05")
        }
        #expect(try daemon.simmer("stop", "hot").status == 0)
        try daemon.waitState("hot", "stopped")

        try submit("short")
        try daemon.waitState("short", "succeeded")
        let extended = try daemon.simmer("extend", "short", "--steps", "500", "--yes")
        #expect(extended.status == 0, "\(extended.errors)")
        #expect((extended.output + extended.errors).contains("rate"))
        try daemon.wait("it trains on") { try daemon.step("short") == 500 }
        try daemon.waitState("short", "succeeded")
    }

    @Test func watchStreamsUntilTheEnd() throws {
        try submit("seen")
        let outcome = try daemon.simmer("watch", "seen", "--json")
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines { #expect(throws: Never.self) { try JSON(String(line)) } }
        // A job that ended before the watch began is told by the snapshot, whose end names no job.
        let states = lines.filter { $0.contains(#""state":"#) }
        #expect(states.last?.contains("succeeded") == true, "\(outcome.output)")
    }

    /// Ctrl-C lets go of the screen, whichever part of the command is at work; the job goes on.
    @Test(arguments: ["submit", "watch", "wait", "logs"])
    func interruptLetsGo(command: String) throws {
        // Digits take a moment to be inspected, so that a submit looks on twice.
        let text = SmallRecipe.convolutional(steps: 10_000_000, name: "on")
            .replacing("examples: 1000", with: "examples: 8000")
        let recipe = try daemon.write("on.yaml", text)
        if command != "submit" {
            _ = try daemon.json("submit", recipe)
            try daemon.waitState("on", "running")
        }
        let process = Process()
        process.executableURL = Programs.path("simmer")
        switch command {
        case "submit": process.arguments = ["submit", recipe, "--follow"]
        case "logs": process.arguments = ["logs", "on", "--follow"]
        default: process.arguments = [command, "on"]
        }
        process.environment = ProcessInfo.processInfo.environment.merging(["SIMMER_SOCKET": daemon.socket]) { $1 }
        let file = daemon.folder.appendingPathComponent("said")
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        if command == "submit" {
            // Then the second of its two parts has long been at work: the first one ends when the job is queued.
            try daemon.wait("it follows") {
                try String(contentsOf: file, encoding: .utf8).contains("running") && daemon.step("on") > 3000
            }
        } else {
            try daemon.wait("it is connected") { (try daemon.json("daemon", "status")["watchers"].int ?? 0) > 0 }
        }
        kill(process.processIdentifier, SIGINT)
        try daemon.wait("\(command) ends", seconds: 20) { !process.isRunning }
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        #expect(try String(contentsOf: file, encoding: .utf8).contains("on"))
        #expect(try daemon.state("on") == "running")
    }

    @Test func aRequestIsDoneOnce() throws {
        let recipe = try daemon.write("twice.yaml", SmallRecipe.spirals(steps: "forever", name: "twice"))
        _ = try daemon.json("submit", recipe)
        let again = try daemon.simmer("submit", recipe, "--name", "twice")
        #expect(again.status == 4, "an active job's name is taken: \(again.errors)")
        #expect(try daemon.json("list")["jobs"].list.count == 1)
    }

    @Test func noDaemonIsExitSix() throws {
        daemon.end(SIGTERM)
        let outcome = try daemon.simmer("status")
        #expect(outcome.status == 6)
        #expect(outcome.errors.contains(daemon.socket))
    }
}
