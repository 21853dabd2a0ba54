import Foundation
import Testing

/// Each fault is a clear finding with file, line or row, before the job is queued, and nothing is left behind.
@Suite(.serialized)
struct BadInputTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var change: @Sendable (String) -> String
        var says: [String]
        var testDescription: String { name }
    }

    static let faults: [Fault] = [
        Fault(
            name: "misspelt key", change: { $0.replacing("batch:", with: "bacth:") }, says: ["bacth", "batch", ":7:"]),
        Fault(name: "wrong type", change: { $0.replacing("batch: 32", with: "batch: many") }, says: ["batch", "many"]),
        Fault(name: "out of range", change: { $0.replacing("batch: 32", with: "batch: 0") }, says: ["batch"]),
        Fault(name: "unknown layer", change: { $0.replacing("tanh", with: "tahn") }, says: ["tahn", "tanh"]),
        Fault(
            name: "layer that does not fit",
            change: { $0.replacing("{linear: 32}", with: "{conv2d: {channels: 4, kernel: 3}}") },
            says: ["conv2d"]),
        Fault(
            name: "layer with the wrong number of outputs",
            change: { $0.replacing("{linear: classes}", with: "{linear: 7}") },
            says: ["7", "3"]),
        Fault(
            name: "missing file",
            change: {
                $0.replacing("{format: spirals, examples: 600}", with: "{format: csv, train: {inputs: nowhere.csv}}")
            }, says: ["nowhere.csv"]),
        Fault(name: "no YAML", change: { _ in "recipe: [1" }, says: ["line"]),
        Fault(name: "anchors", change: { $0 + "\nacknowledge: &a {x: *a}\n" }, says: []),
    ]

    /// What reading the recipe finds is not said again by the worker that reads it with the data.
    @Test func aWarningIsSaidOnce() throws {
        let daemon = try PrivateDaemon()
        let recipe = """
            recipe: 1
            name: fast
            data: {format: spirals, examples: 600}
            model: {layers: [{linear: 8}, tanh, {linear: classes}]}
            optimizer: {kind: sgd, rate: 2}
            until: {steps: 50}
            """
        let path = try daemon.write("r.yaml", recipe)
        func times(_ findings: JSON) -> Int { findings.list.count { $0["code"].string == "optimizer.rate" } }
        #expect(times(try daemon.json("check", path)["findings"]) == 1)
        #expect(times(try daemon.json("check", path, "--suite", "cheap", "--only", "P1")["findings"]) == 1)
        _ = try daemon.json("submit", path, "--wait")
        #expect(times(try daemon.json("status", "fast")["warnings"]) == 1)
    }

    /// Such a run would end in three hundred thousand years: more microseconds than a number holds.
    @Test func aRunWithoutAnEndInSightEndsNoDaemon() throws {
        let daemon = try PrivateDaemon()
        let recipe = """
            recipe: 1
            name: long
            data: {format: digits, examples: 500}
            model: {layers: [{conv2d: {channels: 32, kernel: 5}}, relu, flatten, {linear: 64}, relu, {linear: classes}]}
            optimizer: {kind: sgd, rate: 0.01}
            batch: 256
            until: {steps: 1000000000000000}
            """
        _ = try daemon.json("submit", try daemon.write("r.yaml", recipe))
        try daemon.wait("its end is foretold") {
            try #require(daemon.isRunning, "\(daemon.log)")
            return try daemon.job("long")["progress"]["etaUsec"].int != nil
        }
        #expect(try daemon.job("long")["progress"]["etaUsec"].int ?? .max <= 9_000_000_000_000_000)
    }

    @Test(arguments: faults)
    func recipeFaultIsRefused(fault: Fault) throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("bad.yaml", fault.change(SmallRecipe.spirals()))
        let outcome = try daemon.simmer("submit", recipe)
        #expect(outcome.status != 0)
        for word in fault.says { #expect(outcome.errors.contains(word), "\(word) in: \(outcome.errors)") }
        #expect(try daemon.json("list")["jobs"].list.filter { $0["state"].string != "failed" }.isEmpty)
        #expect(try daemon.simmer("check", recipe, "--static").status != 0 || fault.name.hasPrefix("layer"))
        #expect(daemon.isRunning)
    }

    /// Too little memory even to begin: the worker ends at once, wherever the daemon is in talking to it.
    @Test func tooLittleMemoryIsSaid() throws {
        let daemon = try PrivateDaemon()
        for size in ["16MiB", "17MiB"] {
            let recipe = try daemon.write(
                "small.yaml", SmallRecipe.spirals() + "\nresources: {memory: \(size)}\n")
            for command in ["submit", "check"] {
                let outcome = try daemon.simmer(command, recipe)
                let said = outcome.errors + outcome.output
                #expect(outcome.status != 0, "\(command) \(size): \(said)")
                #expect(said.contains("resources.memory"), "\(command) \(size): \(said)")
                #expect(said.contains(size.replacing("MiB", with: " MiB")), "\(command) \(size): \(said)")
                for raw in ["recvmsg", "sendmsg", "Broken pipe", "reset by peer"] {
                    #expect(!said.contains(raw), "\(command) \(size): \(said)")
                }
            }
        }
        #expect(daemon.isRunning)
    }

    static func csv(_ rows: [String]) -> String { (["x,y,label"] + rows).joined(separator: "\n") + "\n" }
    static let good = (0..<40).map { "\($0).5,\(40 - $0),\($0 % 2 == 0 ? "a" : "b")" }

    static let dataFaults: [(String, String, [String])] = [
        ("NaN", csv(good + ["nan,1,a"]), ["42", "nan"]),
        ("not a number", csv(good + ["1,what,a"]), ["42", "what"]),
        ("too few columns", csv(good + ["1,a"]), ["42"]),
        ("empty", "", ["empty"]),
        ("binary", "PK\u{3}\u{4}0000", ["zip"]),
    ]

    @Test(arguments: dataFaults)
    func dataFaultIsFound(fault: (String, String, [String])) throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.write("d.csv", fault.1)
        let recipe = try daemon.write(
            "bad.yaml",
            SmallRecipe.spirals().replacing(
                "{format: spirals, examples: 600}", with: "{format: csv, train: {inputs: d.csv}}"))
        let outcome = try daemon.simmer("submit", recipe)
        #expect(outcome.status != 0, "\(outcome.output)")
        for word in fault.2 {
            #expect(outcome.errors.lowercased().contains(word.lowercased()), "\(word): \(outcome.errors)")
        }
        #expect(outcome.errors.contains("d.csv"))
        #expect(daemon.isRunning)
    }

    /// An IDX file whose header promises more than the file holds, and labels outside the classes.
    @Test func idxFaultsAreFound() throws {
        let daemon = try PrivateDaemon()
        func idx(_ magic: [UInt8], _ sizes: [Int], _ body: [UInt8]) -> Data {
            var data = Data(magic)
            for size in sizes { data.append(contentsOf: withUnsafeBytes(of: UInt32(size).bigEndian) { Array($0) }) }
            data.append(contentsOf: body)
            return data
        }
        let images = daemon.folder.appendingPathComponent("i")
        let labels = daemon.folder.appendingPathComponent("l")
        let recipe = try daemon.write(
            "idx.yaml",
            """
            recipe: 1
            name: idx
            data: {format: idx, classes: 4, train: {inputs: i, targets: l}}
            model: {layers: [flatten, {linear: classes}]}
            until: {steps: 10}
            """)
        func submitted() throws -> String {
            let outcome = try daemon.simmer("submit", recipe)
            #expect(outcome.status != 0, "\(outcome.output)")
            return outcome.errors
        }
        let body = [UInt8](repeating: 7, count: 40 * 4)
        try idx([0, 0, 8, 3], [1_000_000, 2, 2], body).write(to: images)
        try idx([0, 0, 8, 1], [40], (0..<40).map { UInt8($0 % 4) }).write(to: labels)
        #expect(
            try submitted().contains("1000000") || submitted().contains("1,000,000") || submitted().contains("header"))
        try idx([0, 0, 8, 3], [40, 2, 2], body).write(to: images)
        try idx([0, 0, 8, 1], [40], (0..<40).map { $0 == 17 ? 9 : UInt8($0 % 4) }).write(to: labels)
        let text = try submitted()
        #expect(text.contains("9") && text.contains("17") || text.contains("18"), "\(text)")
        try idx([0, 0, 8, 1], [39], (0..<39).map { UInt8($0 % 4) }).write(to: labels)
        let counts = try submitted()
        #expect(counts.contains("40") && counts.contains("39"), "\(counts)")
    }

    /// An answer that did not fit is no answer.
    @Test func fullOutputIsAFailure() throws {
        let daemon = try PrivateDaemon()
        let client = Programs.path("simmer").path
        for command in ["list --json", "--help", "metrics j --csv"] {
            let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 20}", name: "j"))
            if command.hasPrefix("metrics") { _ = try daemon.json("submit", recipe, "--wait") }
            let outcome = try Programs.run(
                URL(fileURLWithPath: "/bin/sh"),
                ["-c", "SIMMER_SOCKET=\(daemon.socket) \(client) \(command) > /dev/full"])
            #expect(outcome.status == 1, "\(command)")
            #expect(outcome.errors.contains("No space left on device"), "\(outcome.errors)")
        }
    }

    @Test func refusedNumbersAndNamesSayTheirRule() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 60}", name: "j"))
        _ = try daemon.json("submit", recipe, "--wait")
        for (arguments, rule) in [
            (["set", "j", "name=a b"], "63 letters"), (["set", "j", "priority=1000000000000"], "-1000 to 1000"),
            (["checkpoint", "tag", "j@last", "a b"], "63 letters"),
        ] {
            let outcome = try daemon.simmer(arguments)
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.errors.contains(rule), "\(outcome.errors)")
        }
        let less = try daemon.simmer("extend", "j", "--steps", "10", "--yes")
        #expect(less.status == 8 && less.errors.contains("has done 60 steps, and 10 in all"), "\(less.errors)")
        let past = try daemon.simmer("branch", "j@last", "--name", "past", "--set", "until=10")
        #expect(past.status != 0 && past.errors.contains("nothing to do"), "\(past.errors)")
        let much = try daemon.simmer("extend", "j", "--add", String(Int.max), "--dry-run")
        #expect(much.status == 2, "\(much.errors)")
    }

    /// An end behind the run would be one at once. One that lies ahead is taken, and nothing of what was refused is kept.
    @Test func anEndBehindTheRunIsNoEnd() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("j.yaml", SmallRecipe.spirals(steps: "forever", name: "j")))
        try daemon.wait("it trains", seconds: 120) { try daemon.step("j") > 100 }
        for arguments in [
            ["set", "j", "until=10"], ["set", "j", "until.steps=10"], ["set", "j", "until=1 epochs"],
            ["extend", "j", "--steps", "10", "--yes"],
        ] {
            let refused = try daemon.simmer(arguments)
            #expect(refused.status == 8 && refused.errors.contains("steps, and 1"), "\(arguments): \(refused.errors)")
            #expect(refused.errors.contains("`simmer stop j`"), "\(refused.errors)")
        }
        let before = try daemon.step("j")
        try daemon.wait("it trains on", seconds: 120) { try daemon.step("j") > before }
        #expect(try daemon.state("j") == "running")
        #expect(try daemon.simmer("set", "j", "until=1 hour").status == 0)
        let end = try daemon.step("j") + 50_000_000
        #expect(try daemon.simmer("set", "j", "until=\(end)").status == 0)
        #expect(try daemon.simmer("stop", "j").status == 0)
        try daemon.waitState("j", "stopped")
        let stopped = try daemon.simmer("set", "j", "until=10")
        #expect(stopped.status == 8 && !stopped.errors.contains("simmer stop"), "\(stopped.errors)")
    }

    @Test func aJobThatHasNotBegunHasATotal() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 60}", name: "j"))
        _ = try daemon.json("submit", recipe, "--paused")
        try daemon.waitState("j", "paused")
        let plan = try daemon.simmer("extend", "j", "--add", "10", "--dry-run")
        #expect(plan.status == 0 && plan.errors.contains("step 0 of 60; new total 70"), "\(plan.errors)")
    }

    /// However many updates it does between two questions.
    @Test func aJobWithoutATotalHasNothingToAddTo() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.json("submit", try daemon.write("j.yaml", SmallRecipe.spirals(steps: "forever", name: "j")))
        try daemon.wait("it trains", seconds: 120) { try daemon.step("j") > 10 }
        let refused = try daemon.simmer("extend", "j", "--add", "10", "--dry-run")
        #expect(refused.status == 4 && refused.errors.contains("no total to add to"), "\(refused.errors)")
    }

    @Test func whoWaitsIsToldOfAStandstill() throws {
        let daemon = try PrivateDaemon()
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 60}", name: "j"))
        _ = try daemon.json("submit", recipe, "--paused")
        try daemon.waitState("j", "paused")
        let waited = try daemon.simmer("wait", "j", "--timeout", "1")
        #expect(waited.errors.contains("is paused; still waiting"), "\(waited.errors)")
    }

    /// A check of nothing must not find it well, and leave a store behind.
    @Test func noStoreIsNoSoundStore() throws {
        let folder = "/tmp/simmer-nothing-\(UUID().uuidString.prefix(8))"
        defer { _ = try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try Programs.run(Programs.path("simmerd"), ["fsck", "--state-dir", folder])
        #expect(outcome.status != 0 && outcome.errors.contains("no store in"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
