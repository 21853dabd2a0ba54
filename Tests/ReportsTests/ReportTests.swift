import Foundation
import FoundationXML
import Recipes
import Testing

@testable import Reports

@Suite struct ReportTests {
    /// Elements of a text that is well-formed XML, with their attributes; throws where it is not.
    final class Elements: NSObject, XMLParserDelegate {
        var all: [(name: String, attributes: [String: String])] = []
        var words = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) { all.append((name, attributes)) }

        func parser(_ parser: XMLParser, foundCharacters string: String) { words += string }

        static func read(_ text: String) throws -> Elements {
            let elements = Elements()
            let parser = XMLParser(data: Data(text.utf8))
            parser.delegate = elements
            guard parser.parse() else {
                throw try #require(parser.parserError, "line \(parser.lineNumber) column \(parser.columnNumber)")
            }
            return elements
        }

        func named(_ name: String) -> [[String: String]] { all.filter { $0.name == name }.map(\.attributes) }
    }

    /// What every page keeps to: XML, nothing fetched, nothing that runs, pictures with words.
    static func expectSelfContained(_ page: String, at place: SourceLocation = #_sourceLocation) throws {
        let elements = try Elements.read(page)
        #expect(elements.named("script").isEmpty, sourceLocation: place)
        for forbidden in ["link", "iframe", "object", "embed", "form", "base"] {
            #expect(elements.named(forbidden).isEmpty, "\(forbidden)", sourceLocation: place)
        }
        #expect(!page.contains("http:") && !page.contains("https:"), sourceLocation: place)
        #expect(!page.contains("url(") && !page.contains("@import"), sourceLocation: place)
        for (name, attributes) in elements.all {
            for (key, value) in attributes {
                #expect(!key.lowercased().hasPrefix("on"), "\(name) \(key)", sourceLocation: place)
                if key == "href" { #expect(value.hasPrefix("#"), sourceLocation: place) }
                if key == "src" { #expect(value.hasPrefix("data:image/png;base64,"), sourceLocation: place) }
            }
        }
        for image in elements.named("img") { #expect(image["alt"]?.isEmpty == false, sourceLocation: place) }
        for drawing in elements.named("svg") {
            #expect(drawing["role"] == "img" && drawing["aria-label"]?.isEmpty == false, sourceLocation: place)
        }
        // Every place that the contents name is there, once.
        let ids = elements.all.compactMap { $0.attributes["id"] }
        #expect(Set(ids).count == ids.count, sourceLocation: place)
        for link in elements.named("a") {
            #expect(ids.contains(String(link["href"]?.dropFirst() ?? "")), sourceLocation: place)
        }
    }

    @Test func aPageNeedsNothingElse() throws {
        let page = Specimen.report().page
        try Self.expectSelfContained(page)
        if let path = ProcessInfo.processInfo.environment["SIMMER_SPECIMEN"] {
            try Data(page.utf8).write(to: URL(fileURLWithPath: path))
        }
    }

    /// A job called `<script>` is shown as what it is called, and what turns text round is written out.
    @Test func namesAreNotMarkup() throws {
        let page = Specimen.report().page
        let elements = try Elements.read(page)
        #expect(elements.words.contains("<script>alert(1)</script>"))
        #expect(!page.contains("<script"))
        #expect(!page.contains("\u{202e}") && elements.words.contains("\\u{202e}"))
        #expect("a\u{1}b\u{FFFF}'\"".markup == "a\\u{1}b\\u{ffff}&#39;&quot;")
    }

    /// What is wrong comes before what is right, what must hold exactly before what is likely.
    @Test func verdictsComeInTheirOrder() throws {
        let page = Specimen.report().page
        let places = ["class=\"badge fail\"", "class=\"badge warn\"", "class=\"badge skip\"", "class=\"badge pass\""]
            .map { page.firstRange(of: $0)?.lowerBound }
        let found = places.compactMap { $0 }
        #expect(found.count == 4 && found == found.sorted())
        let forced = try #require(page.firstRange(of: "submitted with K12 failing"))
        #expect(forced.lowerBound < found[0])
        #expect(page.contains("the imbalance is &lt;real&gt;"))
        let ordered = VerdictSection.ordered([
            CheckResult("A", .pass, .invariant, ""), CheckResult("B", .fail, .curve, ""),
            CheckResult("C", .fail, .invariant, ""),
        ])
        #expect(ordered.map(\.id) == ["C", "B", "A"])
        #expect(
            VerdictSection.summary(Specimen.results).hasPrefix("Of 6 checks: 1 fails, 1 warns, 1 was skipped, 3 pass"))
    }

    /// Of each matrix a strip; in a comparison those of both jobs beside each other, named. Not once more among the pictures.
    @Test func histogramsHaveTheirSection() throws {
        func report(_ name: String, id: Int, _ matrices: [String]) -> Report {
            var report = Specimen.report(name, id: id)
            report.pictures += matrices.flatMap { matrix in
                ["gradients", "updates"].map { kind in
                    let cells = (0..<12).map { row in (0..<32).map { Double((row * 5 + $0) % 17) } }
                    return CheckPicture(
                        id: "W3",
                        Picture(
                            "\(kind).\(matrix)", caption: "\(kind) of \(matrix) <x>",
                            chart: Chart(
                                .map, x: "step", y: "size", labels: (1...32).map { "\($0 * 100)" },
                                rowLabels: (0..<12).map { "2^-\($0)" }, cells: cells)))
                }
            }
            return report
        }
        let first = report("<a>", id: 1, ["0.weight", "2.weight"])
        try Self.expectSelfContained(first.page)
        #expect(first.page.components(separatedBy: "updates of 2.weight &lt;x&gt;</figcaption>").count == 2)
        let page = Comparison(first, report("b", id: 2, ["0.weight"]), measured: nil).page
        try Self.expectSelfContained(page)
        #expect(page.contains("&lt;a&gt;: gradients of 0.weight") && page.contains("b: gradients of 0.weight"))
        #expect(HistogramSection(first).elements.count == 5 && HistogramSection(Specimen.report()).elements.isEmpty)
    }

    /// Pixels that are not base64 would end an attribute.
    @Test func pixelsThatAreNoneAreLeftOut() throws {
        var report = Specimen.report()
        report.pictures = [CheckPicture(id: "R16", Picture("x", caption: "x", png: "\" onload=\"x"))]
        try Self.expectSelfContained(report.page)
        #expect(!report.page.contains("onload"))
    }

    @Test func aJobThatHasNothingYetHasAPage() throws {
        var job = Specimen.job()
        job.ensemble = nil
        job.runs = nil
        let page = Report(job: job, recipe: nil, printed: "now", version: "1").page
        try Self.expectSelfContained(page)
        #expect(page.contains("No check has been run") && page.contains("Nothing has been measured yet"))
    }

    @Test func theLedgerCountsWhatIsKnown() {
        let section = LedgerSection(entries: Specimen.report().ledger, job: "young")
        // Wilson's interval for 1 of 2, from statsmodels: 0.0945 to 0.9055.
        #expect(section.summary == "1 of 2 came as expected: 50 % (95 % interval 9 % to 91 %).")
    }

    /// More data comes before the table of changes, and what was measured beside them after it.
    @Test func aRoundIsShown() throws {
        let words = try Elements.read(Specimen.report().page).words
        let places = [
            "More data first", "dropout <0.5>", "lay in the interval", "<first> … last", "seeds of their own",
        ]
        .map { words.firstRange(of: $0)?.lowerBound }
        let found = places.compactMap { $0 }
        #expect(found.count == 5 && found == found.sorted(), "\(places)")
        #expect(words.contains("60 <made> examples (R5): loss 0.2000 with the real ones alone, 0.4000 with both"))
        #expect(words.contains("made data does harm"))
    }

    @Test func twoJobsBesideEachOther() throws {
        let (first, second) = (Specimen.report("<a>", id: 1), Specimen.report("<a>", id: 2))
        let page = Comparison(first, second, measured: Specimen.ensemble).page
        try Self.expectSelfContained(page)
        #expect(page.contains("&lt;a&gt; #2 is better than &lt;a&gt; #1 beyond chance"))
        // (220 - 120) / 10 000, and 1.96 sqrt(340 - 100^2 / 10^4) / 10^4.
        #expect(page.contains("1.00 % of the answers for &lt;a&gt; #2, 95 % interval 0.64 % to 1.36 %"))
        let refused = Comparison(first, second, measured: nil, refusals: ["Another seed split them."]).page
        try Self.expectSelfContained(refused)
        #expect(refused.contains("There is no paired test") && refused.contains("Another seed split them."))
    }

    @Test func withinChanceNeitherIsBetter() {
        let paired = PairedComparison(better: 12, worse: 8, pValue: 0.503)
        #expect(PairedSection.verdict(paired, "a", "b").hasPrefix("Neither is better beyond chance"))
        let worse = PairedComparison(better: 8, worse: 40, pValue: 3e-6)
        #expect(PairedSection.verdict(worse, "a", "b").hasPrefix("a is better than b"))
    }
}
