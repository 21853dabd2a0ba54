import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take a file of weights into the store as a checkpoint.",
        discussion: """
            EXAMPLES:
              simmer checkpoint import mnist.safetensors --name mnist-torch
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(name: [.short, .long], help: "A name for what is imported.")
    var name: String?

    @Option(help: ArgumentHelp("Refuse the file unless its digest is this one (sha256:…).", valueName: "digest"))
    var digest: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let opened = try OpenFile(reading: file)
        let meter = Meter(screen)
        defer { meter.clear() }
        var result: ImportCheckpoint.Output?
        do {
            try common.daemon().stream(
                ImportCheckpoint.self,
                .init(
                    format: .safetensors, fileDescriptor: 0, name: name, expectedDigest: digest,
                    requestId: Daemon.requestId()
                ),
                descriptors: [opened.descriptor], silence: 600
            ) { output in
                meter.show(output.progress)
                if output.checkpoint != nil || output.findings != nil { result = output }
                return true
            }
        } catch SimmerError.badFile(let message, let findings) {
            throw Complaint(
                "\(file): \(message)", hint: "simmer reads .safetensors files; others can be converted with PyTorch.",
                findings: findings, file: file)
        }
        meter.clear()
        guard var result, let checkpoint = result.checkpoint else {
            throw Complaint(
                "the daemon ended the import without a checkpoint", findings: result?.findings ?? [], file: file)
        }
        result.progress = nil
        if screen.json { return try screen.put(json: result) }
        screen.note(FindingText.lines(result.findings ?? [], file: file))
        try screen.say(checkpoint, "was imported from \(file)")
    }
}
