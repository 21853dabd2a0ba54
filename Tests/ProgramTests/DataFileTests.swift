import Foundation
import Recipes
import Testing
import Wire

/// Looking into single data files through the programs.
@Suite(.serialized)
struct DataFileTests {
    private static let table = "length,kind,width\n1,x,2\n2,y,\n3,x,2\n6,y\n"

    @Test func aTableIsShown() throws {
        let daemon = try PrivateDaemon()
        let file = try daemon.write("t.csv", Self.table)
        let shown = try daemon.json("data", "show", file, "--samples", "2")
        #expect(shown["format"].string == "csv" && shown["rows"].int == 4)
        #expect(shown["sizeBytes"].int == Self.table.utf8.count)
        let sum = try Programs.run(URL(fileURLWithPath: "/usr/bin/sha256sum"), [file])
        #expect(shown["digest"].string == "sha256:" + sum.output.prefix(64))
        let length = shown["columns"][0]
        #expect(length["name"].string == "length" && length["dtype"].string == "number" && length["count"].int == 3)
        #expect(length["mean"].double == 2 && length["min"].double == 1 && length["distinct"].int == 3)
        #expect(shown["samples"].list.count == 2 && shown["samples"][1]["kind"].string == "y")
        #expect(Set(shown["findings"].list.map { $0["code"].string }) == ["D.shape", "D.nan"])

        let screen = try daemon.simmer("data", "show", file)
        #expect(screen.status == 0, "\(screen.errors)")
        let lines = screen.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "t.csv: csv, 4 rows, 39 B", "\(screen.output)")
        #expect(lines.contains { $0.hasPrefix("COLUMN") && $0.hasSuffix("STD") }, "\(screen.output)")
        #expect(lines.contains { $0.hasPrefix("kind") && $0.contains("category") }, "\(screen.output)")
        #expect(screen.errors.contains("t.csv:5: error: 2 fields; the header has 3"), "\(screen.errors)")
        #expect(screen.errors.contains("1 of 3 values are missing, on line 3"), "\(screen.errors)")
    }

    /// A name without a slash, a name that says nothing, and what goes with recipes only.
    @Test func whichWordsAreDataFiles() throws {
        let daemon = try PrivateDaemon()
        _ = try daemon.write("t.csv", Self.table)
        _ = try daemon.write("measured", Self.table)
        #expect(try daemon.json("data", "show", "t.csv")["rows"].int == 4)
        #expect(try daemon.json("data", "show", "measured", "--format", "csv")["rows"].int == 4)
        #expect(try daemon.json("data", "show", "measured", "--format", "text")["rows"].int == 5)
        // Without a word for it, a file is a recipe.
        #expect(try daemon.simmer("data", "show", "measured").status == 8)
        let recipe = try daemon.write("small.yaml", SmallRecipe.spirals(steps: "{steps: 1}", name: "small"))
        #expect(try daemon.json("data", "show", recipe)["count"].int != nil)
        let odd = try daemon.simmer("data", "show", recipe, "--samples", "2")
        #expect(odd.status == 2 && odd.errors.contains("--format, --samples and --max-rows"), "\(odd.errors)")
        let set = try daemon.simmer("data", "show", "t.csv", "--set", "seed=1")
        #expect(set.status == 2 && set.errors.contains("is a data file"), "\(set.errors)")
        for options in [["--samples", "101"], ["--max-rows", "0"], ["--format", "xml"]] {
            #expect(try daemon.simmer(["data", "show", "t.csv"] + options).status == 2)
        }
        let absent = try daemon.simmer("data", "show", "./no.csv")
        #expect(absent.status == 1 && absent.errors.contains("No such file"), "\(absent.errors)")
        // A job that is called like the file.
        let file = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 1}", name: "t.csv"))
        #expect(try daemon.simmer("submit", file, "--paused").status == 0)
        let both = try daemon.simmer("data", "show", "t.csv")
        #expect(both.status == 2 && both.errors.contains("is a file here, and a job"), "\(both.errors)")
        #expect(try daemon.json("data", "show", "./t.csv")["rows"].int == 4)
    }

    @Test func whatCannotBeReadIsAnError() throws {
        let daemon = try PrivateDaemon()
        for (name, text, words) in [
            ("empty.csv", "", "the file is empty"), ("t.npy", Self.table, "this is not an npy file"),
            ("t.csv.gz", "\u{1f}", "this is not a csv file"), ("t.png", Self.table, "neither PNG nor JPEG"),
        ] {
            let outcome = try daemon.simmer("data", "show", try daemon.write(name, text))
            #expect(outcome.status == 1 && outcome.output.isEmpty, "\(name): \(outcome)")
            #expect(outcome.errors.contains(name) && outcome.errors.contains(words), "\(outcome.errors)")
        }
        // The daemon has taken none of it amiss.
        #expect(try daemon.json("data", "show", try daemon.write("t.csv", Self.table))["rows"].int == 4)
    }

    /// What another client than ours may send.
    @Test func parametersAreChecked() throws {
        let daemon = try PrivateDaemon()
        let file = try daemon.write("t.csv", Self.table)
        let descriptor = open(file, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let client = try VarlinkClient(candidates: [daemon.socket], timeout: 60)
        func refused(_ parameter: String, _ change: (inout InspectData.Input) -> Void) {
            var input = InspectData.Input(source: "t.csv", fileDescriptor: 0)
            change(&input)
            #expect(throws: StandardError.invalidParameter(parameter: parameter)) {
                _ = try client.call(InspectData.self, input, descriptors: [descriptor])
            }
        }
        // A path is opened for nobody, whatever it names.
        refused("fileDescriptor") { $0 = .init(source: file) }
        refused("source") { $0.source = "" }
        refused("source") { $0.source = String(repeating: "a", count: 1_025) }
        refused("format") { $0.format = "xml" }
        refused("sampleRows") { $0.sampleRows = 101 }
        refused("sampleRows") { $0.sampleRows = -1 }
        refused("maxRows") { $0.maxRows = 0 }
        #expect(throws: SimmerError.self) {
            _ = try client.call(
                InspectData.self, .init(source: "t.csv", fileDescriptor: 1), descriptors: [descriptor])
        }
        let folder = open("/tmp", O_RDONLY)
        defer { close(folder) }
        #expect(throws: SimmerError.self) {
            _ = try client.call(InspectData.self, .init(source: "t.csv", fileDescriptor: 0), descriptors: [folder])
        }
        let most = try client.call(
            InspectData.self, .init(source: "t.csv", fileDescriptor: 0, sampleRows: 0, maxRows: .max),
            descriptors: [descriptor])
        #expect(most.rows == 4 && most.samples.isEmpty)
    }
}
