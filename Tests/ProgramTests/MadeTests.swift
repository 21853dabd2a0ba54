import Foundation
import Testing

/// Made data (`data.made`) through the programs: a job that learns from it, its examples, its check and its round.
@Suite(.serialized)
struct MadeTests {
    /// Two noisy numbers that tell sweet from sour together, and eight that say nothing.
    private static func table(_ count: Int, seed: UInt64, wrong: Bool = false, far: Bool = false) -> String {
        var random = SplitMix64(state: seed)
        func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }
        func bell() -> Double { (0..<12).reduce(-6) { sum, _ in sum + unit() } }
        let rows = (0..<count).map { _ -> String in
            let isSour = unit() < 0.5
            let shift = isSour ? 0.8 : -0.8
            let label = isSour != wrong ? "sour" : "sweet"
            let noise = (0..<8).map { _ in "\(bell())" }.joined(separator: ",")
            return "\(shift + bell() + (far ? 9 : 0)),\(shift + bell()),\(noise),\(label)"
        }
        return "size,weight,a,b,c,d,e,f,g,h,taste\n" + rows.joined(separator: "\n") + "\n"
    }

    private static func recipe(steps: Int = 600) -> String {
        """
        recipe: 1
        name: taste
        data: {format: csv, train: t.csv, made: m.csv, validation: {fraction: 0.9}, target: taste}
        model: {layers: [{linear: 64}, tanh, {linear: classes}]}
        optimizer: {kind: adam, rate: 1e-2}
        batch: 16
        until: {steps: \(steps)}
        checkpoint: {every: 50}
        """
    }

    private func write(_ daemon: PrivateDaemon, steps: Int = 600, wrong: Bool = false, far: Bool = false) throws
        -> String
    {
        _ = try daemon.write("t.csv", Self.table(240, seed: 1))
        _ = try daemon.write("m.csv", Self.table(900, seed: 2, wrong: wrong, far: far))
        return try daemon.write("r.yaml", Self.recipe(steps: steps))
    }

    /// The files are the store's own; a run that is killed goes on with the same bits, and the split knows nothing of them.
    @Test func aJobKeepsThemAndGoesOn() throws {
        func digest(steps: Int, killed: Bool) throws -> String {
            let daemon = try PrivateDaemon()
            let path = try write(daemon, steps: steps)
            _ = try daemon.json("submit", path)
            for name in ["t.csv", "m.csv"] {
                try FileManager.default.removeItem(at: daemon.folder.appendingPathComponent(name))
            }
            if killed {
                try daemon.wait("it runs") { try daemon.step("taste") > 100 }
                daemon.end(SIGKILL)
                try daemon.start()
            }
            try daemon.waitState("taste", "succeeded", seconds: 120)
            return try daemon.json("checkpoint", "show", "taste@last")["digest"].string
        }
        let whole = try digest(steps: 20_000, killed: false)
        #expect(whole.count > 20)
        #expect(try digest(steps: 20_000, killed: true) == whole)
    }

    @Test func examplesSayWhereTheyComeFrom() throws {
        let daemon = try PrivateDaemon()
        let path = try write(daemon)
        #expect(try daemon.simmer("data", "find", path, "made = 1", "--count").output == "900\n")
        #expect(try daemon.simmer("data", "find", path, "made = 1 and split <> 'training'", "--count").output == "0\n")
        #expect(
            try daemon.simmer("data", "find", path, "made = 0 and split = 'validation'", "--count").output == "216\n")
        let found = try daemon.json("data", "find", path, "made = 1 order by size desc limit 3")
        #expect(found["examples"].list.allSatisfy { $0["words"]["file"].string == "m.csv" })
        let shown = try daemon.json("data", "show", path)
        #expect(shown["splits"]["training"].int == 924 && shown["splits"]["validation"].int == 216)
        // The very same real examples validate without them, and there is no such column.
        func held() throws -> [Double] {
            let reply = try daemon.json(
                "data", "find", path, "split = 'validation' order by size", "--limit", "500", "--columns",
                "size")
            return reply["examples"].list.compactMap { $0["numbers"]["size"].double }
        }
        let with = try held()
        let plain = Self.recipe().replacingOccurrences(of: "made: m.csv, ", with: "")
        _ = try daemon.write("r.yaml", plain)
        let without = try held()
        #expect(with.count == 216 && without == with)
        let none = try daemon.simmer("data", "find", path, "made = 1", "--count")
        #expect(none.status == 2 && none.errors.contains("no column 'made'"), "\(none.errors)")
    }

    @Test func theCheckAndTheRound() throws {
        let daemon = try PrivateDaemon()
        let path = try write(daemon)
        func check() throws -> JSON {
            let reply = try JSON(
                try daemon.simmer(
                    "check", path, "--only", "R5", "--set", "data.validation={fraction: 0.5}", "--json"
                ).output)
            return try #require(reply["results"].list.first { $0["id"].string == "R5" })
        }
        #expect(try check()["verdict"].string == "pass")
        func round() throws -> JSON {
            try daemon.json("improve", path, "--steps", "600", "--seeds", "2", "--only", "made")
        }
        #expect(try round()["made"]["verdict"].string == "better")
        _ = try write(daemon, wrong: true, far: true)
        let told = try check()
        #expect(told["verdict"].string == "warn" && told["message"].string.contains("'size' alone"), "\(told)")
        _ = try write(daemon, wrong: true)
        #expect(try round()["made"]["verdict"].string == "worse")
        let words = try daemon.simmer("improve", path, "--steps", "400", "--seeds", "1", "--only", "made")
        #expect(words.output.contains("worse: the network is better off without them"), "\(words.output)")
        #expect(words.output.contains("--set data.made=none"))
        let ledger = try daemon.simmer("improve", "--ledger").output
        #expect(ledger.contains("made") && ledger.contains("worse") && ledger.contains("better"), "\(ledger)")
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let daemon = try PrivateDaemon()
        let path = try write(daemon)
        _ = try daemon.write(
            "m.csv",
            "size,weight,a,b,c,d,e,f,g,h,taste\n" + ["sweet", "bitter"].map { "1,2,3,4,5,6,7,8,9,0,\($0)\n" }.joined())
        let refused = try daemon.simmer("check", path, "--only", "R5")
        #expect(refused.status != 0 && (refused.errors + refused.output).contains("m.csv:3"), "\(refused)")
        let submitted = try daemon.simmer("submit", path)
        #expect(submitted.status != 0 && submitted.errors.contains("m.csv:3"), "\(submitted)")
    }
}
