import ArgumentParser
import Recipes
import Terminal
import Wire

struct DaemonBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the store into a file while the daemon runs.",
        discussion: """
            EXAMPLES:
              simmer daemon backup -o simmer-backup.db
              simmer daemon backup --metadata-only -o jobs.db
            """)

    @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "Jobs, metrics and lineage only; no weights.")
    var metadataOnly = false

    @Flag(name: [.short, .long], help: "Replace the file if it exists.")
    var force = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let file = try FreshFile(output, force: force)
        let interruption = Interruption(
            note: "simmer: nothing was written to \(output.escaped())", cleanUp: file.discarding)
        defer { interruption.end() }
        let meter = Meter(screen)
        defer { meter.clear() }
        var result = BackupStore.Output()
        do {
            try common.daemon().stream(
                BackupStore.self, .init(fileDescriptor: 0, metadataOnly: metadataOnly ? true : nil),
                descriptors: [file.descriptor], silence: nil
            ) { output in
                meter.show(output.progress)
                if output.sizeBytes != nil { result = output }
                return true
            }
            try file.publish()
        } catch {
            file.discard()
            throw error
        }
        meter.clear()
        result.path = output
        result.progress = nil
        if screen.json { return try screen.put(json: result) }
        screen.put("\(output.escaped())\(result.sizeBytes.map { ", \(Size.text($0))" } ?? "")")
    }
}
