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
              simmer daemon backup --keep 3

            The copy is a folder below backups/ of the state directory; its path is printed. simmer-backup.timer makes one a day, \
            where it is enabled: simmerd(8).
            """)

    @Argument(help: "Name of the folder; the time by default.")
    var name: String?

    @Flag(help: "Jobs, metrics and lineage only; no weights.")
    var metadataOnly = false

    @Option(
        help: ArgumentHelp(
            "Then remove the oldest of those named by the time, keeping this many.", valueName: "n"))
    var keep: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let keep, !(1...10_000).contains(keep) { throw ValidationError("--keep takes 1 to 10000.") }
        if name != nil, keep != nil { throw ValidationError("--keep counts backups without a name; name none.") }
    }

    func run() throws {
        let screen = common.screen
        let meter = Meter(screen)
        defer { meter.clear() }
        var result = BackupStore.Output()
        let input = BackupStore.Input(fileName: name, metadataOnly: metadataOnly ? true : nil, keep: keep)
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
