import Foundation
import Testing

/// A run is held against the earlier ones of its model on its data.
@Suite(.serialized)
struct ReferenceBandTests {
    @Test func aRunThatEndsWorseIsTold() throws {
        let daemon = try PrivateDaemon()
        let path = try daemon.write("r.yaml", SmallRecipe.spirals())
        func run(_ name: String, _ set: String...) throws -> String {
            let more = set.flatMap { ["--set", $0] }
            #expect(try daemon.simmer(["submit", path, "--name", name, "--set", "data.seed=1"] + more).status == 0)
            try daemon.waitState(name, "succeeded")
            let report = try JSON(try daemon.simmer("check", name, "--json").output)
            return report["report"]["results"].list.first { $0["id"].string == "S11" }?["verdict"].string
                ?? report["results"].list.first { $0["id"].string == "S11" }?["verdict"].string ?? "none"
        }
        // Five runs make a band; before that nothing is said.
        for seed in 1...5 { #expect(try run("s\(seed)", "seed=\(seed)") == "none") }
        #expect(try run("same", "seed=6") == "pass")
        #expect(try run("worse", "seed=7", "optimizer.rate=1e-4") == "warn")
    }
}
