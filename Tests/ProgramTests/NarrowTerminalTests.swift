import Foundation
import Testing

/// Tables on a terminal of 80 columns, with names as long as they may be.
@Suite struct NarrowTerminalTests {
    @Test func tablesFit() throws {
        let daemon = try PrivateDaemon()
        func long(_ end: String) -> String { String(repeating: "a-long-name-", count: 5) + end }
        for (end, steps) in [("one", "{steps: 200}"), ("two", "forever")] {
            let recipe = try daemon.write("\(end).yaml", SmallRecipe.spirals(steps: steps, name: long(end)))
            _ = try daemon.json(
                "submit", recipe, "--priority", "-3", "--label", "experiment=\(long(end))", "--label", "who=me")
        }
        try daemon.waitState(long("one"), "succeeded")
        try daemon.wait("the other trains") { try daemon.step(long("two")) > 0 }
        for job in ["one", "two"] {
            _ = try daemon.json("checkpoint", "create", long(job), "--tag", "a-tag-of-many-letters-\(job)")
        }
        for command in [
            ["list", "--all"], ["status"], ["checkpoint", "list"],
            ["check", "--list"], ["recipe", "explain"], ["metrics", long("one")],
        ] {
            let (status, lines) = try ProgramTerminal.run(
                Programs.path("simmer"), command, columns: 80, environment: ["SIMMER_SOCKET": daemon.socket])
            #expect(status == 0 && !lines.isEmpty, "\(command): \(lines)")
            for line in lines { #expect(line.unicodeScalars.count <= 80, "\(command): \(line)") }
            // Whoever reads them from a pipe gets all of it.
            guard command[0] != "recipe", command[0] != "check" else { continue }
            let whole = try daemon.simmer(command).output
            #expect(!whole.contains("…"), "\(command): \(whole)")
        }
    }
}
