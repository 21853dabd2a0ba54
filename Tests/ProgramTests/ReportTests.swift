import Foundation
import FoundationXML
import Testing

/// Reports and plots through the programs: what a user gets of a run on the built-in digits.
@Suite(.serialized)
struct ReportTests {
    /// Whether a text is well-formed XML.
    private func isXML(_ text: String) -> Bool { XMLParser(data: Data(text.utf8)).parse() }

    private func read(_ daemon: PrivateDaemon, _ name: String) throws -> String {
        try String(contentsOf: daemon.folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func aJobIsReportedAndPlotted() throws {
        let daemon = try PrivateDaemon()
        let text =
            SmallRecipe.convolutional(steps: 150, name: "small")
            + "\nexpect: {metric: validation.accuracy, above: 0.05}\n"
        for (name, seed) in [("small", 7), ("other", 8)] {
            _ = try daemon.json(
                "submit", try daemon.write("\(name).yaml", text), "--name", name, "--set", "seed=\(seed)", "--set",
                "data.seed=1")
            try daemon.waitState(name, "succeeded")
        }

        let made = try daemon.simmer("report", "small", "-o", "small.html")
        #expect(made.status == 0, "\(made.errors)\(daemon.log)")
        let page = try read(daemon, "small.html")
        #expect(isXML(page))
        #expect(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"))
        for words in [
            "the whole validation split", "data:image/png;base64,", "validation.accuracy", "as expected",
            "best constant",
            "above 0.05",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        // What lies there is not written over by accident.
        #expect(try daemon.simmer("report", "small", "-o", "small.html").status == 4)
        #expect(try daemon.simmer("report", "small", "-o", "small.html", "--kept", "--force").status == 0)

        let both = try daemon.simmer("report", "--compare", "small", "other", "-o", "both.html", "--json")
        #expect(both.status == 0, "\(both.errors)")
        let comparison = try read(daemon, "both.html")
        #expect(isXML(comparison) && comparison.contains("exact test"))
        #expect(comparison.contains("beyond chance"))

        let plot = try daemon.simmer("plot", "small", "validation.loss", "train.loss")
        #expect(plot.status == 0 && plot.output.contains("⠤") || plot.output.contains("⠒"), "\(plot.output)")
        #expect(!plot.output.contains("\u{1b}"))
        #expect(plot.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(plot.output)")
        #expect(plot.output.contains("best constant"))
        #expect(try daemon.simmer("plot", "small", "-o", "small.svg", "--log-x").status == 0)
        let drawing = try read(daemon, "small.svg")
        #expect(isXML(drawing))
        let unknown = try daemon.simmer("plot", "small", "validation.los")
        #expect(unknown.status == 3 && unknown.errors.contains("validation.loss"))
        #expect(try daemon.simmer("plot", "small", "-o", "small.png").status == 2)
    }

    /// Jobs that split their examples by different seeds have no fair test, and the page says why.
    @Test func anUnfairComparisonIsRefused() throws {
        let daemon = try PrivateDaemon()
        for (name, seed) in [("one", 1), ("two", 2)] {
            _ = try daemon.json(
                "submit", try daemon.write("\(name).yaml", SmallRecipe.convolutional(steps: 50, name: name)), "--set",
                "seed=\(seed)")
            try daemon.waitState(name, "succeeded")
        }
        #expect(try daemon.simmer("report", "--compare", "one", "two", "-o", "both.html").status == 0)
        let page = try read(daemon, "both.html")
        #expect(page.contains("There is no paired test"))
        #expect(page.contains("another seed or fraction split them off") || page.contains("normalises them"))
        #expect(try daemon.simmer("report", "--compare", "one", "one", "-o", "x.html").status == 2)
    }
}
