import Foundation
import Testing

/// Steps of a job done again through the programs.
@Suite(.serialized)
struct ReplayTests {
    /// A run whose rate is changed in the middle, once it has come so far; the checkpoints around the change. One that
    /// finds the disk busy is left out, so none is at a step that could be named beforehand.
    private func changed(_ daemon: PrivateDaemon) throws -> (from: Int, change: Int, last: Int) {
        let recipe = SmallRecipe.convolutional(steps: 2000, every: "20")
            .replacing("keep: {last: 3, best: 1}", with: "keep: {last: 500, best: 1}")
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("some steps") { try daemon.step("small") >= 200 }
        #expect(try daemon.simmer("set", "small", "rate=5e-4").status == 0)
        try daemon.waitState("small", "succeeded", seconds: 180)
        let logs = try daemon.simmer("logs", "small").output
        let words = logs.split(separator: "Changed from step ").dropFirst().first?.prefix { $0.isNumber }
        let change = try #require(words.flatMap { Int($0) }, "\(logs)")
        let steps = try daemon.json("checkpoint", "list", "small", "--limit", "500")["checkpoints"].list
            .compactMap { $0["step"].int }.sorted()
        let from = try #require(steps.last { $0 < change }, "\(steps) around \(change)")
        let last = try #require(steps.filter { $0 > change }.prefix(2).last, "\(steps) around \(change)")
        return (from, change, last)
    }

    @Test func overAChangeTheBitsAreTheSame() throws {
        let daemon = try PrivateDaemon()
        let (from, change, last) = try changed(daemon)
        let replay = try daemon.json("replay", "small", "--from", "\(from)", "--to", "\(last)", "--trace", "6")
        #expect(replay["same"].bool == true && replay["startStep"].int == from)
        #expect(replay["changes"].list.map { $0["step"].int } == [change])
        let comparisons = replay["comparisons"].list
        #expect(comparisons.last?["step"].int == last && comparisons.count <= 3)
        for comparison in comparisons {
            let step = try #require(comparison["step"].int)
            let kept = try daemon.json("checkpoint", "show", "small@\(step)")["digest"].string
            #expect(comparison["digest"].string == kept && !kept.isEmpty && comparison["same"].bool == true)
        }
        let steps = replay["steps"].list
        #expect(steps.map { $0["step"].int } == Array(from + 1...last))
        // The rate of the update that the change came before, and of the one after.
        let before = try #require(steps.first { $0["step"].int == change }?["rate"].double)
        let after = try #require(steps.first { $0["step"].int == change + 1 }?["rate"].double)
        #expect(after < 0.6 * before)
        for step in steps {
            let layer = step["layer"]
            #expect((layer["weightNorm"].double ?? 0) > 0 && (layer["updateRatio"].double ?? 0) > 0)
            #expect((layer["zeroShare"].double ?? 0) > 0.1)
        }
        // The layer, its relu and the dropout behind it are one.
        #expect(replay["layers"].list.map(\.string) == ["6", "7", "8"])

        let table = try daemon.simmer("replay", "small", "--from", "\(from + 1)", "--to", "\(last)")
        #expect(table.status == 0 && table.output.contains("same bits: digest sha256:"), "\(table.output)")
        let first = table.output.split(separator: "\n").map { $0.split(separator: " ").first ?? "" }
        #expect(first.prefix(2) == ["STEP", "\(from + 2)"] && first.contains("\(last)"), "\(table.output)")

        // From the first weights to the end, whose evaluation is part of its state.
        let whole = try daemon.json("replay", "small", "--from", "0", "--to", "\(last)")
        #expect(whole["same"].bool == true && whole["checkpoint"].value == nil)
        let end = try daemon.json("replay", "small", "--from", "1900", "--to", "2000")
        #expect(end["same"].bool == true && end["comparisons"].list.last?["step"].int == 2000)
    }

    @Test func whatCannotBeReplayedIsSaid() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json(
            "submit", try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 150, every: "50")))
        try daemon.waitState("small", "succeeded")
        func refused(_ arguments: String...) throws -> Programs.Outcome {
            let outcome = try daemon.simmer(["replay"] + arguments)
            #expect(outcome.status != 0 && outcome.output.isEmpty, "\(arguments): \(outcome.output)")
            return outcome
        }
        #expect(try refused("nobody", "--from", "0", "--to", "10").status == 3)
        #expect(try refused("small", "--from", "10", "--to", "10").status == 2)
        #expect(try refused("small", "--from", "100", "--to", "151").errors.contains("has done 150 steps"))
        let layer = try refused("small", "--from", "100", "--to", "120", "--trace", "0.weigt")
        #expect(layer.errors.contains("no layer `0.weigt`") && layer.errors.contains("conv2d"), "\(layer.errors)")
        #expect(try daemon.simmer("replay", "small", "--from", "0", "--to", "20", "--trace", "0.weight").status == 0)
        // Before its oldest checkpoint the steps are done from the first weights, and those that were asked for are shown.
        let early = try daemon.json("replay", "small", "--from", "10", "--to", "13")
        #expect(early["startStep"].int == 0 && early["checkpoint"].value == nil)
        #expect(early["steps"].list.map { $0["step"].int } == [11, 12, 13])
        let first = try daemon.json("replay", "small", "--from", "0", "--to", "13")
        #expect(
            early["steps"].list.map { $0["loss"].double } == first["steps"].list.suffix(3).map { $0["loss"].double })
        // An ensemble has no steps of its own.
        let text = SmallRecipe.convolutional(steps: 50, name: "two") + "\nkind: ensemble\nmembers: 2\n"
        _ = try daemon.json("submit", try daemon.write("two.yaml", text), "--wait")
        let whole = try refused("two", "--from", "0", "--to", "10")
        #expect(whole.errors.contains("made of others") && whole.errors.contains("two.1, two.2"), "\(whole.errors)")
        // A branch has no first weights of its own, and its parent's checkpoint may be gone.
        #expect(try daemon.simmer("branch", "small@last", "--name", "side", "--set", "until=250", "--wait").status == 0)
        #expect(try refused("side", "--from", "50", "--to", "160").errors.contains("oldest is at step 150"))
        let side = try daemon.json("replay", "side", "--from", "150", "--to", "250")
        #expect(side["same"].bool == true && side["comparisons"].list.count >= 1)
    }

    @Test func nobodyWaitsForAReplay() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json(
            "submit", try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 4000, every: "200")))
        try daemon.waitState("small", "succeeded", seconds: 180)
        let long = Process()
        long.executableURL = Programs.path("simmer")
        long.arguments = ["replay", "small", "--from", "0", "--to", "4000", "--json"]
        long.environment = ProcessInfo.processInfo.environment.merging(["SIMMER_SOCKET": daemon.socket]) { $1 }
        long.standardOutput = FileHandle.nullDevice
        long.standardError = FileHandle.nullDevice
        try long.run()
        defer { if long.isRunning { long.terminate() } }
        try daemon.wait("the replay's worker") { !daemon.workers.isEmpty }
        #expect(try daemon.json("evaluate", "small@last")["count"].int == 100)
        // A client that goes away takes its replay with it.
        kill(long.processIdentifier, SIGKILL)
        try daemon.wait("the worker's end") { daemon.workers.isEmpty }
        #expect(try daemon.simmer("daemon", "status").status == 0)
    }
}
