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
        var result =
            try FreshFile.export(
                ExportJob.self,
                .init(
                    job: job, fileDescriptor: 0, withoutData: withoutData ? true : nil, requestId: Daemon.requestId()),
                to: output, force: force, common, progress: \.progress, isResult: { $0.sizeBytes != nil })
            ?? ExportJob.Output()
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
