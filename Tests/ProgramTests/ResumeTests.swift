import Foundation
import Testing

/// The promise: killed at any moment, any number of times, a run ends with the same digest.
@Suite(.serialized)
struct ResumeTests {
    static func undisturbed(steps: Int, threads: Int) throws -> String {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write(
            "r.yaml", SmallRecipe.convolutional(steps: steps, threads: threads, every: "100"))
        _ = try daemon.json("submit", recipe)
        try daemon.waitState("small", "succeeded", seconds: 180)
        #expect(try daemon.json("status", "small")["resources"]["cpuThreads"].int == threads)
        return try daemon.json("checkpoint", "show", "small@last")["digest"].string
    }

    @Test func threadsDoNotChangeTheBits() throws {
        let one = try Self.undisturbed(steps: 1500, threads: 1)
        #expect(one.count > 20)
        #expect(try Self.undisturbed(steps: 1500, threads: 2) == one)
        #expect(try Self.undisturbed(steps: 1500, threads: 3) == one)
    }

    /// Worker killed, daemon killed, both, SIGTERM, pause and resume: at random moments, drawn from a fixed seed.
    @Test func killsDoNotChangeTheBits() throws {
        let steps = 8000
        let expected = try Self.undisturbed(steps: steps, threads: 1)
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("r.yaml", SmallRecipe.convolutional(steps: steps, threads: 2, every: "25"))
        _ = try daemon.json("submit", recipe)
        var random = SplitMix64(state: 20240607)
        var landed: [String: Int] = [:]
        var last = -1
        for round in 0..<60 where landed.values.reduce(0, +) < 14 {
            // A kill only counts when it finds the job running and further than at the kill before.
            var ended = false
            try daemon.wait("the job runs") {
                let job = try daemon.job("small")
                ended = job["state"].string == "succeeded"
                return ended || (job["state"].string == "running" && (job["progress"]["step"].int ?? 0) > last)
            }
            if ended { break }
            usleep(UInt32(random.next() % 60_000))
            last = try daemon.step("small")
            // Near the end the job could end before a pause reaches it.
            guard last < steps - 2000, let worker = daemon.workers.first else { continue }
            let kind = ["worker", "daemon", "both", "term", "pause"][round % 5]
            switch kind {
            case "worker":
                kill(worker, SIGKILL)
            case "daemon":
                daemon.end(SIGKILL)
                try daemon.start()
            case "both":
                kill(worker, SIGKILL)
                daemon.end(SIGKILL)
                try daemon.start()
            case "term":
                #expect(daemon.end(SIGTERM) == 0)
                try daemon.start()
            default:
                _ = try daemon.json("pause", "small")
                try daemon.waitState("small", "paused")
                _ = try daemon.json("resume", "small")
            }
            landed[kind, default: 0] += 1
        }
        try daemon.waitState("small", "succeeded", seconds: 180)
        let total = landed.values.reduce(0, +)
        print("kills that landed: \(landed.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
        #expect(total >= 10, "only \(total) kills landed")
        #expect(try daemon.json("checkpoint", "show", "small@last")["digest"].string == expected)
    }
}

/// Steele, Lea, Flood 2014: enough to draw moments from a seed.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
