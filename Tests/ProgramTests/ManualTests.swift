import Foundation
import Testing

/// The committed manual pages say what the programs say of themselves.
struct ManualTests {
    @Test func pagesAreThoseOfTheHelp() throws {
        let outcome = try Programs.run(
            Programs.package.appendingPathComponent("man/generate.py"), [Programs.folder.path, "--check"])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsArePrinted(shell: String) throws {
        let outcome = try Programs.run(Programs.path("simmer"), ["completion", shell])
        #expect(outcome.status == 0, "\(outcome.errors)")
        for word in ["submit", "checkpoint", "evaluate", "---completion"] { #expect(outcome.output.contains(word)) }
    }

    @Test func usageIsExitTwo() throws {
        #expect(try Programs.run(Programs.path("simmer"), ["frobnicate"]).status == 2)
        #expect(try Programs.run(Programs.path("simmer"), ["list", "--sort", "colour"]).status == 2)
        let help = try Programs.run(Programs.path("simmer"), ["submit", "--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("EXAMPLES"))
    }

    @Test func aMissingDataFileIsSaidBeforeAnyDaemonIsAsked() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { _ = try? FileManager.default.removeItem(at: folder) }
        let text = SmallRecipe.spirals().replacing(
            "{format: spirals, examples: 600}", with: "{format: csv, train: {inputs: nowhere.csv}}")
        try Data(text.utf8).write(to: folder.appendingPathComponent("r.yaml"))
        let outcome = try Programs.run(
            Programs.path("simmer"), ["submit", "r.yaml"], environment: ["SIMMER_SOCKET": "/nonexistent/socket"],
            folder: folder)
        #expect(outcome.status == 8, "\(outcome.errors)")
        let line = try #require(
            text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("nowhere") })
        #expect(outcome.errors.contains("r.yaml:\(line + 1): error: "))
        #expect(outcome.errors.contains("nowhere.csv"))
        #expect(!outcome.errors.contains("no daemon"))
    }

    @Test func namesCannotDriveTheTerminal() throws {
        let outcome = try Programs.run(
            Programs.path("simmer"), ["status", "\u{1b}]0;owned\u{7}"],
            environment: ["SIMMER_SOCKET": "/nonexistent/\u{1b}[31m"])
        #expect(outcome.status == 6)
        #expect(!outcome.errors.contains("\u{1b}"))
        #expect(outcome.errors.contains("\\x1b[31m"))
    }
}
