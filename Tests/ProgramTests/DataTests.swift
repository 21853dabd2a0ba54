import Foundation
import Recipes
import Testing

/// Looking at examples through the programs: what is found, what is drawn, what is kept.
@Suite(.serialized)
struct DataTests {
    private func recipe(_ daemon: PrivateDaemon) throws -> String {
        try daemon.write("small.yaml", SmallRecipe.convolutional(steps: 60, every: "20"))
    }

    /// A folder hides no job; a file that is called like one is told from it by a slash and an id.
    @Test func aWordThatIsAFileAndAJob() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let id = try #require(try daemon.json("submit", file, "--paused")["job"]["id"].int)
        try daemon.waitState("small", "paused")
        let place = daemon.folder.appendingPathComponent("small")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        #expect(try daemon.json("data", "show", "small")["count"].int == 1100)
        #expect(try daemon.simmer("check", "small").status == 0)

        try FileManager.default.removeItem(at: place)
        _ = try daemon.write("small", text.replacing("examples: 1000", with: "examples: 500"))
        for command in [["data", "show"], ["data", "find"], ["check"]] {
            let both = try daemon.simmer(command + ["small"])
            #expect(both.status == 2 && both.errors.contains("'small' is a file here, and a job"), "\(both)")
            #expect(both.errors.contains("'./small'") && both.errors.contains("'\(id)'"), "\(both.errors)")
        }
        #expect(try daemon.json("data", "show", "./small")["count"].int == 550)
        #expect(try daemon.json("data", "show", "\(id)")["count"].int == 1100)
        // A file that no job is called like is a recipe, whatever its name.
        _ = try daemon.write("other", text.replacing("examples: 1000", with: "examples: 500"))
        #expect(try daemon.json("data", "show", "other")["count"].int == 550)
    }

    @Test func showFindAndCount() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        let shown = try daemon.json("data", "show", file)
        #expect(shown["count"].int == 1100)
        #expect(shown["splits"]["training"].int == 900 && shown["splits"]["test"].int == 100)
        let names = shown["columns"].list.map { $0["name"].string }
        #expect(Set(["split", "position", "label", "ink"]).isSubset(of: Set(names)))
        let ink = shown["columns"].list.first { $0["name"].string == "ink" }
        #expect((ink?["minimum"].double ?? 1) < (ink?["maximum"].double ?? 0))

        let found = try daemon.json("data", "find", file, "label = 7 and ink > 0.1 order by ink desc limit 5")
        let inks = found["examples"].list.compactMap { $0["numbers"]["ink"].double }
        #expect(inks.count == 5 && inks == inks.sorted(by: >) && inks.allSatisfy { $0 > 0.1 })
        #expect(found["examples"].list.allSatisfy { $0["words"]["label"].string == "7" })
        #expect((found["count"].int ?? 0) > 5)
        let counted = try daemon.simmer("data", "find", file, "label = 7", "--count")
        #expect(counted.output == "110\n")
        // More than one reply.
        let all = try daemon.json("data", "find", file, "--limit", "2000", "--columns", "label")
        #expect(all["examples"].list.count == 1100)

        // A question that says how many is taken at its word, and --limit only takes away; 100 where nobody says it.
        for (question, options, count) in [
            ("limit 250", [], 250), ("split = 'training' limit 700", [], 700), ("limit 250", ["--limit", "5"], 5),
            ("limit 5", ["--limit", "250"], 5), ("label in (1, 2)", [], 100),
            ("label in (1, 2)", ["--limit", "150"], 150),
        ] as [(String, [String], Int)] {
            let outcome = try daemon.simmer(["data", "find", file, question, "--json"] + options)
            #expect(try JSON(outcome.output)["examples"].list.count == count, "\(question) \(options)")
            let table = try daemon.simmer(["data", "find", file, question, "--no-header"] + options)
            #expect(table.output.split(separator: "\n").count == count, "\(question) \(options)")
        }

        let wrong = try daemon.simmer("data", "find", file, "label = 7 and inc > 0.3")
        #expect(wrong.status == 2 && wrong.errors.contains("there is no column 'inc': did you mean ink?"))
        #expect(wrong.errors.contains("\n                  ^\n"))
        let deep = try daemon.simmer("data", "find", file, String(repeating: "(", count: 9_000))
        #expect(deep.status == 2 && deep.errors.contains("deep"))

        let bars = try daemon.simmer("data", "histogram", file, "label")
        #expect(bars.status == 0 && bars.output.split(separator: "\n").count == 11, "\(bars.output)")
        let chart = daemon.folder.appendingPathComponent("ink.svg")
        let drawn = try daemon.simmer("data", "histogram", file, "ink", "--bins", "7", "-o", chart.path)
        #expect(drawn.status == 0, "\(drawn.errors)")
        #expect(try String(contentsOf: chart, encoding: .utf8).contains("</svg>"))
        let none = try daemon.simmer("data", "histogram", file, "colour")
        #expect(none.status == 2 && none.errors.contains("no column 'colour'"), "\(none)")
        #expect(none.errors.components(separatedBy: "no column 'colour'").count == 2, "\(none.errors)")
        let other = try daemon.simmer("data", "find", file, "--columns", "colour")
        #expect(other.status == 2 && other.errors.components(separatedBy: "no column 'colour'").count == 2, "\(other)")
    }

    @Test func sheetsAndNotes() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        let folder = daemon.folder.appendingPathComponent("sheets").path
        let first = try daemon.json("data", "look", file, "--pages", "3", "-o", folder)
        #expect(first["result"]["id"].string == "D2" && first["result"]["verdict"].string == "skip")
        let files = first["files"].list.map(\.string)
        #expect(files.map { $0.split(separator: "/").last } == ["stratified-1.png", "random-1.png", "extremes-1.png"])
        for file in files {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(bytes.prefix(8).elementsEqual([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        }
        // What was seen before counts; a note makes it a pass.
        let second = try daemon.json("data", "look", file, "--pages", "6", "-o", folder, "--note", "clean")
        #expect(second["result"]["verdict"].string == "pass", "\(second["result"]["message"].string)")
        #expect(second["result"]["places"][0].string.hasSuffix(": clean"))
        let shown = second["result"]["numbers"].list.first { $0["name"].string == "shown" }
        #expect(shown?["value"].double == min(1100, Double((first["shown"].int ?? 0) + (second["shown"].int ?? 0))))

        let sheet = daemon.folder.appendingPathComponent("found.png").path
        let drawn = try daemon.simmer("data", "find", file, "label in (4, 9) limit 32", "-o", sheet)
        #expect(drawn.status == 0 && FileManager.default.fileExists(atPath: sheet), "\(drawn.errors)")

        // A job with the same data knows of it, whatever it learns.
        _ = try daemon.json("submit", file, "--wait")
        let report = try daemon.json("check", "small")
        #expect(report["results"].list.contains { $0["id"].string == "D2" && $0["verdict"].string == "pass" })
    }

    @Test func answersOfACheckpoint() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        _ = try daemon.json("submit", file, "--wait")
        let found = try daemon.json(
            "data", "find", file, "split = 'validation' order by loss desc", "--checkpoint", "small@last")
        let losses = found["examples"].list.compactMap { $0["numbers"]["loss"].double }
        #expect(losses.count == 100 && losses == losses.sorted(by: >))
        let own = try daemon.json("evaluate", "small@last")
        let mean = losses.reduce(0, +) / Double(max(losses.count, 1))
        #expect(abs(mean - (own["loss"].double ?? -1)) < 1e-4)
        let right = try daemon.simmer(
            "data", "find", "small", "split = 'validation' and prediction = label", "--checkpoint", "small@last",
            "--count")
        #expect(Double(right.output.dropLast()) == (own["accuracy"].double ?? -1) * 100)
        // Other examples are others' to answer for.
        let other = try daemon.write(
            "other.yaml", SmallRecipe.convolutional(steps: 60, every: "20").replacing("seed: 7", with: "seed: 8"))
        let refused = try daemon.simmer("data", "find", other, "--checkpoint", "small@last")
        #expect(refused.status != 0 && refused.errors.contains("other examples"), "\(refused.errors)")
    }

    @Test func quiz() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        // The truth, found as a person could not: the same seed shows the same examples.
        let blank = try daemon.write("blank.txt", String(repeating: "3 looks round\n", count: 10))
        let first = try daemon.json("data", "quiz", file, "--count", "10", "--seed", "5", "--answers", blank)
        let truths = first["marks"].list.map { $0["truth"].string }
        #expect(truths.count == 10 && first["score"]["right"].int == truths.count { $0 == "3" })
        let remarks = first["results"].list.first { $0["id"].string == "D9" }
        #expect(remarks?["places"][0].string.hasSuffix(": looks round") == true)

        let answers = try daemon.write("answers.txt", truths.dropLast().joined(separator: "\n") + "\n\n")
        let second = try daemon.json("data", "quiz", file, "--count", "10", "--seed", "5", "--answers", answers)
        #expect(second["score"]["right"].int == 9 && second["score"]["count"].int == 9)
        // Wilson: 9 / (9 + 1.96²) for nine of nine.
        #expect(abs((second["score"]["low"].double ?? 0) - 9 / (9 + 3.841458820694124)) < 1e-6)

        // Labelled twice: the first sitting said 3 to all, the second the truth, but for the last that it passed.
        let again = second["results"].list.first { $0["id"].string == "K19" }
        #expect(again?["verdict"].string == "skip", "nine shared examples are too few")
        let all = try daemon.write("all.txt", truths.joined(separator: "\n") + "\n")
        let third = try daemon.json("data", "quiz", file, "--count", "10", "--seed", "5", "--answers", all)
        let twice = third["results"].list.first { $0["id"].string == "K19" }
        func number(_ name: String) -> Double? {
            twice?["numbers"].list.first { $0["name"].string == name }?["value"].double
        }
        #expect(twice?["verdict"].string == "pass" && number("labelled twice") == 10, "\(String(describing: twice))")
        #expect(number("agreement") == Double(truths.count { $0 == "3" }) / 10)
        #expect(abs((number("kappa") ?? 1)) < 1e-9, "who always says 3 agrees by chance")

        let unknown = try daemon.write("unknown.txt", "1\nsquid\n")
        let refused = try daemon.simmer("data", "quiz", file, "--count", "10", "--seed", "5", "--answers", unknown)
        #expect(refused.status == 8 && refused.errors.contains("unknown.txt:2") && refused.errors.contains("squid"))
        let unseeded = try daemon.simmer("data", "quiz", file, "--answers", answers)
        #expect(unseeded.status == 2)
    }

    /// A damaged table is made again, and that is said; a daemon killed while it is made leaves nothing in the way.
    @Test func damageAndDeath() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        _ = try daemon.json("data", "show", file)
        let folder = daemon.folder.appendingPathComponent("store/examples")
        func tables() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".db") }
        }
        #expect(try tables().count == 1)
        for name in try tables() {
            let path = folder.appendingPathComponent(name)
            var bytes = try Data(contentsOf: path)
            for place in bytes.count / 3..<bytes.count { bytes[place] = 0x5A }
            // Another file, as a restored backup would be: the daemon has read the one that it knows.
            try bytes.dropLast(4096).write(to: path, options: .atomic)
        }
        let again = try daemon.simmer("data", "find", file, "label = 1", "--count")
        #expect(again.status == 0 && again.output == "110\n" && again.errors.contains("made again"), "\(again.errors)")

        for name in try tables() { try FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
        let asking = Process()
        asking.executableURL = Programs.path("simmer")
        asking.arguments = ["data", "show", file]
        asking.environment = ProcessInfo.processInfo.environment.merging(["SIMMER_SOCKET": daemon.socket]) { $1 }
        asking.standardOutput = FileHandle.nullDevice
        asking.standardError = FileHandle.nullDevice
        try asking.run()
        try daemon.wait("a worker reads") { !daemon.workers.isEmpty || !asking.isRunning }
        daemon.end(SIGKILL)
        try daemon.start()
        asking.terminate()
        asking.waitUntilExit()
        #expect(try daemon.json("data", "show", file)["count"].int == 1100)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasPrefix(".partial") })
    }

    @Test func manyAskAtOnce() throws {
        let daemon = try PrivateDaemon()
        let file = try recipe(daemon)
        let results = Locked<[String]>([])
        let socket = daemon.socket
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            let output: String
            do {
                output = try Programs.run(
                    Programs.path("simmer"), ["data", "find", file, "label = 1", "--count"],
                    environment: ["SIMMER_SOCKET": socket]
                ).output
            } catch {
                output = "\(error)"
            }
            results.withLock { $0.append(output) }
        }
        #expect(results.value == ["110\n", "110\n", "110\n", "110\n"])
    }

    /// Others than images.
    @Test func tablesAndText() throws {
        let daemon = try PrivateDaemon()
        let spirals = try daemon.write("spirals.yaml", SmallRecipe.spirals())
        let look = try daemon.simmer("data", "look", spirals, "--pages", "1")
        #expect(look.status == 0 && look.output.contains("training"), "\(look.errors)")
        // Pages of two kinds have examples in common, of which each is shown once.
        let few = try daemon.write(
            "few.yaml", SmallRecipe.spirals().replacing("examples: 600", with: "examples: 300"))
        let count = try #require(try daemon.json("data", "show", few)["count"].int)
        let pages = try daemon.json("data", "look", few, "--pages", "2")
        let places = Set(
            pages["examples"].list.map { "\($0["place"]["split"].string) \($0["place"]["position"].int ?? -1)" })
        #expect(pages["examples"].list.count > count && places.count <= count, "\(count)")
        #expect(pages["shown"].int == places.count)
        let sheet = daemon.folder.appendingPathComponent("none.png").path
        let drawn = try daemon.simmer("data", "find", spirals, "limit 3", "-o", sheet)
        #expect(drawn.status == 0 && drawn.errors.contains("not images"))

        let words = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "charlotte", "amelia", "harper", "evelyn"]
        let lines = (0..<20).map { words[$0 % 10] + String(repeating: "a", count: $0 / 10) }
        _ = try daemon.write("names.txt", lines.joined(separator: "\n") + "\n")
        let names = try daemon.write(
            "names.yaml",
            """
            recipe: 1
            name: names
            data: {format: text, documents: lines, window: 8, train: names.txt, validation: {fraction: 0.2}}
            model: {layers: [{embedding: 4}, flatten, {linear: classes}]}
            optimizer: {kind: adam, rate: 1e-2}
            until: {steps: 20}
            checkpoint: {every: 10}
            """)
        let shown = try daemon.json("data", "show", names)
        #expect(shown["count"].int == 20)
        let read = try daemon.simmer("data", "look", names, "--pages", "1", "--kind", "random")
        #expect(
            read.status == 0 && lines.allSatisfy { read.output.contains(": \($0)\n") }, "\(read.output)\(read.errors)")
        _ = try daemon.json("submit", names, "--wait")
        let losses = try daemon.json("data", "find", names, "order by loss", "--checkpoint", "names@last")
        #expect(losses["examples"].list.count == 20)
        #expect(losses["examples"].list.allSatisfy { ($0["numbers"]["loss"].double ?? -1) > 0 })
        let quiz = try daemon.simmer("data", "quiz", names, "--seed", "1")
        #expect(quiz.status == 8 && quiz.errors.contains("no class"))
    }
}
