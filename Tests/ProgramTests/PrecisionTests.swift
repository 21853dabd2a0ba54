import Foundation
import Testing

/// `precision: bfloat16`, from the recipe to the checkpoint.
@Suite(.serialized)
struct PrecisionTests {
    private static func recipe(threads: Int = 1) -> String {
        SmallRecipe.convolutional(steps: 300, threads: threads) + "\nprecision: bfloat16\n"
    }

    /// A processor without the instruction, as far as the worker knows.
    @Test(arguments: ["base", "v3"]) func isRefusedWhereItCannotRun(_ level: String) throws {
        let daemon = try PrivateDaemon(environment: ["SIMMER_CPU_LEVEL": level])
        let recipe = try daemon.write("r.yaml", Self.recipe())
        for command in ["check", "submit"] {
            let outcome = try daemon.simmer(command, recipe)
            #expect(outcome.status != 0, "\(outcome.output)")
            let said = outcome.output + outcome.errors
            for word in ["AVX512-BF16", "precision: float32", level, "r.yaml:25"] {
                #expect(said.contains(word), "\(word) in: \(said)")
            }
        }
        #expect(try daemon.json("list")["jobs"].list.allSatisfy { $0["state"].string == "failed" })
    }

    /// A run that would have to go on where there is no such instruction does not begin, and says why.
    @Test func aCheckpointFromElsewhereIsRefused() throws {
        let daemon = try PrivateDaemon(environment: ["SIMMER_CPU_LEVEL": "v3"])
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 60)))
        try daemon.waitState("small", "succeeded")
        // The checkpoint's level stays that of the run.
        daemon.environment = [:]
        #expect(daemon.end(SIGTERM) == 0)
        try daemon.start()
        _ = try daemon.simmer(
            "branch", "small@last", "--name", "rounded", "--set", "precision=bfloat16", "--set", "until=90")
        try daemon.waitState("rounded", "failed")
        let reason = try daemon.job("rounded")["reason"]
        #expect(reason["code"].string == "unsupported")
        let message = reason["message"].string
        for word in ["AVX512-BF16", "v3", "--set precision=float32"] {
            #expect(message.contains(word), "\(word) in: \(message)")
        }
        #expect(daemon.isRunning)
    }

    @Test func killsAndThreadsDoNotChangeTheBits() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("r.yaml", Self.recipe(threads: 2))
        let check = try daemon.simmer("check", recipe)
        guard !(check.output + check.errors).contains("AVX512-BF16") else { return }  // none here, which was said
        _ = try daemon.json("submit", recipe)
        try daemon.wait("a checkpoint") { try daemon.step("small") > 60 }
        if let worker = daemon.workers.first { kill(worker, SIGKILL) }
        try daemon.waitState("small", "succeeded", seconds: 120)
        let checkpoint = try daemon.json("checkpoint", "show", "small@last")
        #expect(!(try daemon.simmer("logs", "small").output.contains("goes on with another")))
        #expect(try daemon.json("status", "small")["environment"]["precision"].string == "bfloat16")

        let other = try PrivateDaemon()
        _ = try other.json("submit", try other.write("r.yaml", Self.recipe(threads: 1)))
        try other.waitState("small", "succeeded", seconds: 120)
        #expect(try other.json("checkpoint", "show", "small@last")["digest"].string == checkpoint["digest"].string)

        // The same weights go on without rounding as a branch, and the log says that its bits differ.
        _ = try daemon.json(
            "branch", "small@last", "--name", "exact", "--set", "precision=float32", "--set", "until=320")
        try daemon.waitState("exact", "succeeded", seconds: 120)
        #expect(try daemon.simmer("logs", "exact").output.contains("precision (bfloat16 before, float32 now)"))
    }
}
