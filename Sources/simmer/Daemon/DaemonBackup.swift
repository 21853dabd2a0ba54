import ArgumentParser
import Recipes
import Terminal
import Wire

struct DaemonBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the store while the daemon runs.",
        discussion: """
            EXAMPLES:
              simmer daemon backup
              simmer daemon backup before-upgrade --metadata-only

            The copy is a folder below backups/ of the state directory; its path is printed.
            """)

    @Argument(help: "Name of the folder; the time by default.")
    var name: String?

    @Flag(help: "Jobs, metrics and lineage only; no weights.")
    var metadataOnly = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let meter = Meter(screen)
        defer { meter.clear() }
        var result = BackupStore.Output()
        let input = BackupStore.Input(fileName: name, metadataOnly: metadataOnly ? true : nil)
        try common.daemon().stream(BackupStore.self, input, silence: nil) { output in
            meter.show(output.progress)
            if output.path != nil { result = output }
            return true
        }
        meter.clear()
        result.progress = nil
        if screen.json { return try screen.put(json: result) }
        screen.put("\(result.path?.escaped() ?? "")\(result.sizeBytes.map { ", \(Size.text($0))" } ?? "")")
    }
}
