import ArgumentParser
import Recipes
import Terminal
import Wire

struct JobImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take a job that was exported into this store.",
        discussion: """
            EXAMPLES:
              simmer job import mnist-cnn.simmer
              simmer job import mnist-cnn.simmer --name mnist-from-desk

            Every byte is checked before anything is kept. The job is paused then, or ended as it was; `simmer resume` lets it \
            go on with the same bits. So do the jobs that it is made of, which come with it.
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(name: [.short, .long], help: "A name for the job; its own otherwise, with -2 and so on where it is taken.")
    var name: String?

    @Option(help: ArgumentHelp("Refuse the file unless its digest is this one (sha256:…).", valueName: "digest"))
    var digest: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let opened = try OpenFile(reading: file)
        let meter = Meter(screen)
        defer { meter.clear() }
        var result: ImportJob.Output?
        do {
            try common.daemon().stream(
                ImportJob.self,
                .init(fileDescriptor: 0, name: name, expectedDigest: digest, requestId: Daemon.requestId()),
                descriptors: [opened.descriptor], silence: 600
            ) { output in
                meter.show(output.progress)
                if output.job != nil { result = output }
                return true
            }
        } catch SimmerError.badFile(let message, let findings) {
            let hint = findings.first { $0.code == "hint" }?.message
            throw Complaint(
                "\(file): \(message)", hint: hint, findings: findings.filter { $0.code != "hint" }, file: file)
        }
        meter.clear()
        guard var result, let job = result.job else {
            throw Complaint("the daemon ended the import without a job", file: file)
        }
        result.progress = nil
        if screen.json { return try screen.put(json: result) }
        let canGoOn = !job.state.hasEnded && job.reason?.code == "imported"
        let next = canGoOn ? "; `simmer resume \(job.name.escaped())` lets it go on" : ""
        screen.put(
            "job \(job.id) '\(job.name.escaped())' was imported from \(file.escaped()), \(job.state.rawValue), "
                + "step \(job.progress?.step ?? 0)\(next)")
        if let others = result.others { screen.note("with it \(others.map { $0.escaped() }.joined(separator: ", "))") }
        if let reason = job.reason, !job.state.hasEnded, !canGoOn { screen.note(reason.message.escaped()) }
    }
}
