import Foundation
import Testing

/// What becomes of runs that watchers end, and the proof that a job can be resumed.
@Suite(.serialized)
struct WatchTests {
    /// A table with one row whose number is so large that its square is none: every epoch comes by it.
    private func poisoned(_ daemon: PrivateDaemon, _ watch: String) throws -> String {
        let rows = (0..<4_000).map { "\($0 == 777 ? "1e30" : "\($0 % 7)"),\($0 % 5),\($0 % 3)\n" }
        _ = try daemon.write("t.csv", "a,b,y\n" + rows.joined())
        _ = try daemon.write("clean.csv", "a,b,y\n" + rows.prefix(700).joined())
        let recipe = """
            recipe: 1
            name: wild
            seed: 3
            data: {format: csv, train: {inputs: t.csv}, target: y, normalize: none}
            model: {layers: [{linear: 8}, {linear: classes}]}
            loss: mse
            optimizer: {kind: sgd, rate: 0.001}
            batch: 16
            until: {steps: 1000}
            evaluate: {every: 100}
            checkpoint: {every: 10}
            watch: \(watch)
            """
        return try daemon.write("r.yaml", recipe)
    }

    private func verdict(_ daemon: PrivateDaemon, _ job: String, _ id: String) throws -> JSON {
        let report = try daemon.simmer("check", job, "--json").output
        return try JSON(report)["results"].list.first { $0["id"].string == id } ?? JSON("{}")
    }

    @Test func whatComesAgainIsTheRecipe() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try poisoned(daemon, "{W1: stop}"))
        try daemon.waitState("wild", "failed")
        let reason = try daemon.job("wild")["reason"]
        #expect(reason["code"].string == "nan_loss")
        #expect(reason["message"].string.contains("came again"), "\(reason["message"].string)")
        let logs = try daemon.simmer("logs", "wild").output
        #expect(logs.contains("W1 fail: Update"), "\(logs)")
        let result = try verdict(daemon, "wild", "W1")
        #expect(result["verdict"].string == "fail" && result["places"].list.count > 0)
        #expect(result["places"][0].string.hasPrefix("t.csv row 777 "), "\(result["places"][0].string)")
    }

    /// Training never comes by it, and the loss that it trains by is sound.
    @Test func aValidationLossThatIsNoNumberIsSaid() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.write("v.csv", "a,b,y\n1,2,0\n3,1e30,1\n2,2,2\n")
        _ = try daemon.json(
            "submit", try poisoned(daemon, "{W1: rollback}"), "--wait", "--set", "data.train.inputs=clean.csv", "--set",
            "data.validation.inputs=v.csv", "--set", "optimizer.rate=1e-3")
        let result = try verdict(daemon, "wild", "W1")
        #expect(
            result["verdict"].string == "fail" && result["message"].string.contains("1 of 3"),
            "\(result["message"].string)")
        #expect(result["places"][0].string.hasPrefix("validation row 1"), "\(result["places"][0].string)")
    }

    @Test func rollbacksAreCountedAndEnd() throws {
        let daemon = try PrivateDaemon()
        // Which checkpoints are durable when a rollback comes is a matter of time, and so is where the best ones lie: all stay.
        _ = try daemon.json(
            "submit", try poisoned(daemon, "{W1: rollback, rollbacks: 2}"), "--set", "checkpoint.keep.last=200")
        try daemon.waitState("wild", "paused")
        let detail = try daemon.json("status", "wild")
        #expect(detail["summary"]["reason"]["code"].string == "watch")
        #expect(detail["summary"]["reason"]["message"].string.contains("2 times"))
        let changes = detail["changes"].list
        #expect(changes.count == 2)
        let skipped = changes.compactMap { Int($0["values"]["watch.skip"].string) }
        #expect(skipped.count == 2 && skipped[0] >= 200 && skipped[1] >= skipped[0] + 200, "\(skipped)")
        // A daemon that is killed forgets none of it.
        daemon.end(SIGKILL)
        try daemon.start()
        #expect(try daemon.state("wild") == "paused")
        #expect(try daemon.json("status", "wild")["changes"].list.count == 2)
        // More of them: to the end, without the row.
        #expect(try daemon.simmer("set", "wild", "watch.rollbacks=20").status == 0)
        #expect(try daemon.simmer("resume", "wild").status == 0)
        try daemon.waitState("wild", "succeeded")
        #expect(try verdict(daemon, "wild", "W1")["verdict"].string == "warn")
        // Its last steps, done again, are the same.
        let replay = try daemon.json("replay", "wild", "--from", "600", "--to", "1000")
        #expect(replay["same"].bool == true)
    }

    @Test func aJobIsProvenResumable() throws {
        let daemon = try PrivateDaemon(configuration: "proofs: {every: 1 second}\n")
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 150, every: "50")))
        try daemon.waitState("small", "succeeded")
        try daemon.wait("the proof") { try daemon.json("status", "small")["proof"]["step"].int == 150 }
        let proof = try daemon.json("status", "small")["proof"]
        #expect(proof["same"].bool == true && (proof["fromStep"].int ?? 0) < 150)
        let screen = try daemon.simmer("status", "small").output
        #expect(screen.contains("proven at step 150"), "\(screen)")
        #expect(try verdict(daemon, "small", "W12")["verdict"].string == "pass")
        // It stays known, and is not tried again for the same checkpoint.
        let time = try #require(proof["timeUsec"].int)
        daemon.end(SIGTERM)
        try daemon.start()
        // Two turns at least: that none of them proves it again has no event to await.
        usleep(2_500_000)
        #expect(try daemon.json("status", "small")["proof"]["timeUsec"].int == time)
    }

    /// Killed and replaced once; the second time the job stands still until a person has it go on, which gives it another.
    @Test func aSilentWorkerIsReplacedOnce() throws {
        let daemon = try PrivateDaemon(configuration: "notify: {silence: 2 seconds}\n")
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals(steps: "forever")))
        func silence() throws -> pid_t {
            let step = try daemon.step("spirals")
            try daemon.wait("it trains") { try daemon.step("spirals") > step + 100 }
            let worker = try #require(daemon.workers.first)
            kill(worker, SIGSTOP)
            return worker
        }
        let first = try silence()
        try daemon.wait("another worker") { daemon.workers.first.map { $0 != first } ?? false }
        try daemon.wait("it runs") { try daemon.state("spirals") == "running" }
        let result = try verdict(daemon, "spirals", "W9")
        #expect(result["verdict"].string == "fail" && result["message"].string.contains("stopped by a signal"))
        #expect(result["places"].list.count > 0)
        let last = try daemon.job("spirals")["lastCheckpoint"].string
        #expect(last != "")
        _ = try silence()
        try daemon.waitState("spirals", "paused")
        #expect(daemon.workers.isEmpty)
        let reason = try daemon.job("spirals")["reason"]
        #expect(
            reason["code"].string == "watch" && reason["message"].string.contains("has reported nothing"), "\(reason)")
        #expect(try daemon.simmer("resume", "spirals").status == 0)
        let third = try silence()
        try daemon.wait("another worker") { daemon.workers.first.map { $0 != third } ?? false }
    }

    /// And what else is measured of a run.
    @Test func aStallIsShownUntilTheNextStep() throws {
        let daemon = try PrivateDaemon(configuration: "notify: {silence: 12 seconds}\n")
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals(steps: "forever")))
        try daemon.wait("it trains") { try daemon.step("spirals") > 500 }
        let detail = try daemon.json("status", "spirals")
        #expect(try #require(detail["resources"]["memoryPeakBytes"].int) > 1 << 20)
        #expect(try #require(detail["medianStepsPerSecond"].double) > 0)
        #expect(try #require(detail["atRiskUsec"].int) >= 0)
        let worker = try #require(daemon.workers.first)
        kill(worker, SIGSTOP)
        try daemon.wait("the stall") { try daemon.job("spirals")["progress"]["stalledForUsec"].int != nil }
        let screen = try daemon.simmer("status", "spirals").output
        #expect(screen.contains("no step for"), "\(screen)")
        kill(worker, SIGCONT)
        try daemon.wait("the next step") { try daemon.job("spirals")["progress"]["stalledForUsec"].int == nil }
        #expect(daemon.workers == [worker])
    }

    @Test func changedDataIsNotUsed() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.write(
            "t.csv", "a,b,y\n" + (0..<200).map { "\($0 % 7),\($0 % 5),\($0 % 2 == 0 ? "x" : "z")\n" }.joined())
        let recipe = """
            recipe: 1
            name: table
            data: {format: csv, train: {inputs: t.csv}, target: y}
            model: {layers: [{linear: 8}, relu, {linear: classes}]}
            optimizer: {kind: sgd, rate: 0.01}
            batch: 16
            until: {steps: 100000000}
            checkpoint: {every: 50}
            """
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("some steps") { try daemon.step("table") > 100 }
        #expect(try daemon.simmer("stop", "table").status == 0)
        try daemon.waitState("table", "stopped")
        daemon.end(SIGTERM)
        let folder = daemon.folder.appendingPathComponent("store/datasets")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let file = folder.appendingPathComponent(try #require(files.first { $0.count == 64 }))
        var bytes = try Data(contentsOf: file)
        bytes[100] = bytes[100] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try bytes.write(to: file)
        try daemon.start()
        #expect(try daemon.simmer("resume", "table").status == 0)
        try daemon.waitState("table", "paused")
        let reason = try daemon.job("table")["reason"]
        #expect(reason["code"].string == "watch" && reason["message"].string.contains("t.csv"), "\(reason)")
        #expect(try verdict(daemon, "table", "W10")["verdict"].string == "fail")
    }
}
