import Foundation
import Recipes
import Testing

/// The repository's files that are printed from the key tables. `SIMMER_RECORD=1` writes them anew, and fails.
@Suite struct ManualTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func check(_ path: String, becomes generated: (String) throws -> String) throws {
        let file = Self.root.appendingPathComponent(path)
        let committed = try String(contentsOf: file, encoding: .utf8)
        let text = try generated(committed)
        if ProcessInfo.processInfo.environment["SIMMER_RECORD"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("\(path) was written; run again without SIMMER_RECORD.")
        } else {
            #expect(committed == text, "\(path) is not what the key table says: run with SIMMER_RECORD=1.")
        }
    }

    private func replacing(_ name: String, in page: String, with text: String) throws -> String {
        let begin = try #require(page.range(of: ".\\\" begin \(name)\n"))
        let end = try #require(page.range(of: ".\\\" end \(name)\n"))
        return page[..<begin.upperBound] + text + page[end.lowerBound...]
    }

    @Test func theRecipesPageHasEveryKey() throws {
        try check("man/simmer-recipe.5") { page in
            var page = try replacing("keys", in: page, with: KeyTable.recipe.mdoc())
            page = try replacing("layers", in: page, with: KeyTable.mdoc(KeyTable.recipe.layers))
            page = try replacing("presets", in: page, with: KeyTable.mdoc(KeyTable.recipe.presets))
            page = try replacing(
                "augmentations", in: page, with: KeyTable.mdoc(KeyTable.recipe.augmentations))
            return try replacing("segments", in: page, with: KeyTable.mdoc(KeyTable.recipe.segments))
        }
    }

    @Test func theChecksPageHasEveryCheck() throws {
        try check("man/simmer-checks.7") { page in
            try CheckSuite.allCases.reduce(page) { page, suite in
                try replacing(suite.rawValue, in: page, with: CheckCatalogue.mdoc(suite))
            }
        }
        try check("docs/CHECKS.md") { page in
            let begin = try #require(page.range(of: "<!-- checks: begin -->\n"))
            let end = try #require(page.range(of: "<!-- checks: end -->"))
            return page[..<begin.upperBound] + CheckCatalogue.markdown() + page[end.lowerBound...]
        }
    }

    @Test func theConfigurationsPageHasEveryKey() throws {
        try check("man/simmerd.conf.5") { try replacing("keys", in: $0, with: KeyTable.configuration.mdoc()) }
    }

    @Test func theConfigurationFileHasEveryKey() throws {
        try check("config/simmerd.yaml") { _ in
            "# The configuration of simmerd; simmerd.conf(5) explains it. Every line shows the default.\n\n"
                + KeyTable.configuration.yaml()
        }
    }

    /// Defaults as printed are defaults as read: the printed file changes nothing, commented out or not.
    @Test func theConfigurationFileIsTheDefaults() throws {
        let text = KeyTable.configuration.yaml()
        #expect(Configuration.read(text).configuration == Configuration())
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") || line.hasPrefix("#  ")
                ? String(line.dropFirst()) : String(line)
        }
        let (configuration, findings) = Configuration.read(lines.joined(separator: "\n"))
        #expect(findings == [])
        #expect(configuration == Configuration())
        #expect(lines.contains("slots: 1") && lines.contains("  queued_jobs: 100"))
    }

    @Test(arguments: KeyTable.recipe.entries) func everyKeyIsExplained(_ entry: KeyEntry) throws {
        let text = try #require(KeyTable.recipe.explain(entry.path))
        #expect(text.contains(entry.help))
        #expect(entry.help.hasSuffix("."), "\(entry.path)")
        #expect(entry.required || entry.initial != nil || entry.path == "data.train", "\(entry.path) has no default")
    }

    @Test func namesAreExplained() throws {
        #expect(try #require(KeyTable.recipe.explain("rate")).hasPrefix("optimizer.rate: number, 1e-12 to 100"))
        #expect(try #require(KeyTable.recipe.explain("conv2d")).contains("kernel"))
        #expect(try #require(KeyTable.recipe.explain("checkpoint.keep")).contains("checkpoint.keep.weekly"))
        #expect(KeyTable.recipe.explain("optimizer.rat") == nil)
        #expect(KeyTable.recipe.nearest(to: "optimizer.rat") == "optimizer.rate")
    }
}
