import Foundation
import Testing

/// Jobs that give way by the clock.
@Suite(.serialized)
struct PoliteTests {
    /// Hours that contain this moment with an hour on either side.
    private static var now: String {
        func text(_ offset: Double) -> String {
            let parts = Calendar.current.dateComponents([.hour, .minute], from: Date().addingTimeInterval(offset))
            return String(format: "%02d:%02d", parts.hour ?? 0, parts.minute ?? 0)
        }
        return "\(text(-3_600))-\(text(3_600))"
    }

    private static func reload(_ daemon: PrivateDaemon, _ configuration: String) throws {
        _ = try daemon.write("simmerd.yaml", configuration)
        #expect(try daemon.json("daemon", "reload")["changed"].list.map(\.string) == ["polite"])
    }

    /// Parked in the middle, killed while parked, started in quiet hours: it goes on by itself in the end, with the bits
    /// of a run that nobody disturbed.
    @Test func quietHoursParkAndLetGo() throws {
        let daemon = try PrivateDaemon()
        let recipe = SmallRecipe.convolutional(steps: 1_500)
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("it trains") { try daemon.step("small") > 50 }
        try Self.reload(daemon, "polite: {hours: \"\(Self.now)\"}\n")
        try daemon.waitState("small", "paused")
        let step = try daemon.step("small")
        #expect(step < 1_500)
        let reason = try daemon.job("small")["reason"]
        #expect(reason["code"].string == "polite" && reason["message"].string.contains("quiet hours until"))
        #expect(try daemon.simmer("status", "small").output.contains("quiet hours until"))
        #expect(try daemon.json("daemon", "status")["parked"].string.hasPrefix("quiet hours until"))
        #expect(daemon.workers.count == 1)
        // Whoever comes now waits too, and says so.
        _ = try daemon.json("submit", try daemon.write("s.yaml", SmallRecipe.spirals()))
        try daemon.waitState("spirals", "queued")
        // That nothing happens has no event to await.
        usleep(500_000)
        #expect(try daemon.step("small") == step && daemon.state("spirals") == "queued")

        daemon.end(SIGKILL)
        try daemon.start()
        // Both rows say so from before: that nothing is started has no event to await.
        usleep(500_000)
        #expect(daemon.workers.isEmpty)
        #expect(try daemon.job("small")["reason"]["code"].string == "polite")
        #expect(try daemon.job("spirals")["reason"]["code"].string == "polite")

        try Self.reload(daemon, "")
        try daemon.waitState("small", "succeeded", seconds: 120)
        try daemon.waitState("spirals", "succeeded")
        #expect(try daemon.json("daemon", "status")["parked"].value == nil)
        let alone = try PrivateDaemon()
        _ = try alone.json("submit", try alone.write("r.yaml", recipe))
        try alone.waitState("small", "succeeded", seconds: 120)
        #expect(
            try daemon.json("checkpoint", "show", "small@last")["digest"].string
                == alone.json("checkpoint", "show", "small@last")["digest"].string)
    }

    /// A parked worker goes on from its memory, and what a person wants goes before.
    @Test func aParkedWorkerGoesOn() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.spirals(steps: "forever")))
        try daemon.wait("it trains") { try daemon.step("spirals") > 50 }
        let worker = daemon.workers
        for round in 1...2 {
            try Self.reload(daemon, "polite: {hours: \"\(Self.now)\"}\n")
            try daemon.waitState("spirals", "paused")
            let step = try daemon.step("spirals")
            if round == 2 { _ = try daemon.json("set", "spirals", "rate=0.05") }
            try Self.reload(daemon, "")
            try daemon.waitState("spirals", "running")
            try daemon.wait("it goes on") { try daemon.step("spirals") > step }
        }
        #expect(daemon.workers == worker)
        #expect(try daemon.job("spirals")["reason"].value == nil)

        try Self.reload(daemon, "polite: {hours: \"\(Self.now)\"}\n")
        try daemon.waitState("spirals", "paused")
        _ = try daemon.json("pause", "spirals")
        try Self.reload(daemon, "")
        // That it does not go on has no event to await.
        usleep(300_000)
        #expect(try daemon.state("spirals") == "paused")
        _ = try daemon.json("resume", "spirals")
        try daemon.waitState("spirals", "running")
        try Self.reload(daemon, "polite: {hours: \"\(Self.now)\", load: 1000}\n")
        try daemon.waitState("spirals", "paused")
        _ = try daemon.json("stop", "spirals")
        try daemon.waitState("spirals", "stopped")
    }

    /// Where nobody can reach the limit nobody is parked, and the machine's figures can be read.
    @Test func aLimitOutOfReachParksNobody() throws {
        let limit = ProcessInfo.processInfo.processorCount + 1
        let daemon = try PrivateDaemon(configuration: "polite: {load: \(limit)}\n")
        _ = try daemon.json("submit", try daemon.write("r.yaml", SmallRecipe.convolutional(steps: 300)))
        try daemon.waitState("small", "succeeded")
        #expect(try daemon.json("daemon", "status")["degraded"].list.isEmpty)
        #expect(!daemon.log.contains("parked"))
    }
}
