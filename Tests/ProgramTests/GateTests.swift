import Foundation
import Testing

/// A long run is left alone only when its checks are green.
@Suite(.serialized)
struct GateTests {
    private static let gate = "checks:\n  gate: on\n  smoke: 1 second\n"

    /// Spirals have no pictures and few numbers: the whole suite takes seconds.
    private func recipe(name: String, more: String = "") -> String {
        """
        recipe: 1
        name: \(name)
        expect: {metric: validation.accuracy, above: 0.6}
        data: {format: spirals, examples: 600}
        model: {layers: [{linear: 32}, relu, {linear: 32}, relu, {linear: classes}]}
        optimizer: {kind: adam, rate: 3e-3}
        until: forever
        checkpoint: {every: 2000}
        evaluate: {every: 2000}
        \(more)
        """
    }

    @Test func aRunThatIsNotSoundStandsStill() throws {
        let daemon = try PrivateDaemon(configuration: Self.gate)
        // So large a decay leaves nothing to learn with.
        let faulty = recipe(name: "faulty").replacing("rate: 3e-3}", with: "rate: 3e-3, decay: 8}")
        _ = try daemon.json("submit", try daemon.write("r.yaml", faulty))
        try daemon.wait("the gate holds the job", seconds: 300) {
            let job = try daemon.job("faulty")
            return job["state"].string == "paused" && job["reason"]["code"].string == "checks"
        }
        // Until the suite has ended, it says that it is being run.
        try daemon.wait("the checks have said something", seconds: 300) {
            let report = try daemon.simmer("check", "faulty", "--json")
            return report.output.contains("\"verdict\":\"fail\"") || report.output.contains("\"verdict\":\"warn\"")
        }
        let step = try daemon.step("faulty")
        let refused = try daemon.simmer("resume", "faulty")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("--force"), "\(refused.errors)")
        #expect(try daemon.state("faulty") == "paused")

        let forced = try daemon.simmer("resume", "faulty", "--force")
        #expect(forced.status == 0 && !forced.output.contains("nothing to change"), "\(forced.output)")
        try daemon.wait("the job goes on") { try daemon.step("faulty") > step + 100 }
        let status = try daemon.simmer("status", "faulty")
        #expect(status.output.contains("forced"))
        let report = try JSON(try daemon.simmer("check", "faulty", "--json").output)
        #expect(report["forced"].bool == true)
        _ = try daemon.simmer("cancel", "faulty")
    }

    /// What was found once serves every job of the same recipe and data; a reason given later opens the gate by itself.
    @Test func aSoundRunGoesOnByItself() throws {
        let daemon = try PrivateDaemon(configuration: Self.gate)
        let path = try daemon.write("r.yaml", recipe(name: "sound"))
        let checked = try JSON(try daemon.simmer("check", path, "--json").output)
        let verdicts = checked["results"].list.map { ($0["id"].string, $0["verdict"].string, $0["message"].string) }
        #expect(verdicts.count > 10)
        #expect(verdicts.filter { $0.1 == "fail" }.isEmpty, "\(verdicts.filter { $0.1 == "fail" })")
        let warned = verdicts.filter { $0.1 == "warn" }.map(\.0)
        #expect(warned.count <= 1, "\(verdicts.filter { $0.1 == "warn" })")
        let reasons = warned.flatMap { ["--acknowledge", "\($0)=known"] }
        #expect(try daemon.simmer(["submit", path] + reasons).status == 0)
        // Past the smoke budget it trains on.
        try daemon.wait("the job trains on", seconds: 120) {
            let job = try daemon.job("sound")
            return (job["activeUsec"].int ?? 0) > 2_500_000 && job["state"].string == "running"
        }
        _ = try daemon.simmer("cancel", "sound")
    }
}
