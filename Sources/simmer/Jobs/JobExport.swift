import ArgumentParser
import Recipes
import Terminal
import Wire

struct JobExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a job with everything that belongs to it into one file.",
        discussion: """
            EXAMPLES:
              simmer job export mnist-cnn -o mnist-cnn.simmer
              simmer job export mnist-cnn --without-data -o mnist-cnn.simmer

            The file holds the recipe, events, log, metrics, checkpoints and data of one moment; a running job trains on, so \
            pause it first where it is to go on elsewhere. The file takes its name only when it is whole.

            The jobs that it is made of come along: the members of an ensemble, the members and the student of a squeeze (and \
            the job that is squeezed, until the squeeze has succeeded), the harvests of a trunk.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "Leave the data files out: where the job is imported they must be there, in a job of the same user.")
    var withoutData = false

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
        var result = ExportJob.Output()
        do {
            try common.daemon().stream(
                ExportJob.self,
                .init(
                    job: job, fileDescriptor: 0, withoutData: withoutData ? true : nil, requestId: Daemon.requestId()),
                descriptors: [file.descriptor], silence: 600
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
        // The daemon knows a descriptor only; the path is the user's.
        result.path = output
        result.progress = nil
        if screen.json { return try screen.put(json: result) }
        screen.put(
            "\(output.escaped()), \(Size.text(result.sizeBytes ?? 0)), \(counted(result.checkpoints ?? 0, "checkpoint")), "
                + "\(counted(result.dataFiles ?? 0, "data file")), \(result.digest ?? "")")
        if let others = result.others { screen.note("with it \(others.map { $0.escaped() }.joined(separator: ", "))") }
    }
}
