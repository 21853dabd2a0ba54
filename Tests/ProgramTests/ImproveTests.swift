import Foundation
import Testing

/// Rounds of improving a recipe, as a user asks for them.
@Suite(.serialized)
struct ImproveTests {
    private static func recipe(_ rate: String = "1e-4") -> String {
        """
        recipe: 1
        name: spirals
        data: {format: spirals, examples: 600}
        model: {layers: [{linear: 16}, relu, {linear: classes}]}
        optimizer: {kind: adam, rate: \(rate)}
        batch: 32
        until: {steps: 100000}
        """
    }

    /// A round may take hours; checks of other recipes, and so the gates of other jobs, have a row of their own.
    @Test func nobodysChecksWaitForARound() throws {
        let daemon = try PrivateDaemon()
        let path = try daemon.write("r.yaml", Self.recipe())
        let long = Process()
        long.executableURL = Programs.path("simmer")
        long.arguments = ["improve", path, "--seconds", "600", "--json"]
        long.environment = ProcessInfo.processInfo.environment.merging(["SIMMER_SOCKET": daemon.socket]) { $1 }
        long.standardOutput = FileHandle.nullDevice
        long.standardError = FileHandle.nullDevice
        try long.run()
        defer { if long.isRunning { long.terminate() } }
        try daemon.wait("the round's worker") { !daemon.workers.isEmpty }
        let checked = try JSON(try daemon.simmer("check", path, "--only", "K12", "--json").output)
        #expect(checked["results"].list.contains { $0["id"].string == "K12" })
        #expect(long.isRunning)
        // A client that goes away takes its round with it, at the next word of it.
        kill(long.processIdentifier, SIGKILL)
        try daemon.wait("the worker's end", seconds: 240) { daemon.workers.isEmpty }
    }

    @Test func aRoundAndItsLedger() throws {
        let daemon = try PrivateDaemon()
        let path = try daemon.write("r.yaml", Self.recipe())
        let round = try daemon.json(
            "improve", path, "--steps", "120", "--seeds", "2", "--only", "rate-up,rate-down,data,ensemble")
        #expect(round["outcome"]["proposal"]["kind"].string == "rate-up")
        #expect(round["learningCurve"]["seeds"].int == 3)
        #expect(round["ensemble"]["gains"].list.count == 3)
        let ledger = try daemon.simmer("improve", "--ledger")
        #expect(ledger.output.contains("rate-up") && ledger.output.contains("came"))
        // What is no kind of change is not passed over.
        let unknown = try daemon.simmer("improve", path, "--only", "drpout")
        #expect(unknown.status != 0 && unknown.errors.contains("drpout") && unknown.errors.contains("dropout"))
        // Nothing to measure by, and a student.
        for (set, word) in [("data.validation={fraction: 0.01}", "too few"), ("kind=distill", "teacher")] {
            let refused = try daemon.simmer("improve", path, "--steps", "8", "--set", set)
            #expect(refused.status != 0 && refused.errors.contains(word), "\(refused.errors)")
        }
    }
}
