import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a checkpoint's weights into a file.",
        discussion: """
            EXAMPLES:
              simmer checkpoint export mnist-cnn@best -o mnist.safetensors
              simmer checkpoint export mnist-cnn@last --average ema-0.999 -o mnist.onnx

            Weights have PyTorch's names and layouts. An ONNX file holds the whole network: its input is the data as the \
            job's files have it, [batch, channels, height, width] or [batch, features], normalised inside, or, for text, token ids, [batch, \
            positions]; its outputs are the logits and, for classes, their probabilities. The file takes its name only when it is whole.
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: "The file's format; by its ending otherwise.")
    var format: Format?

    @Option(
        help: ArgumentHelp(
            "An average of the weights, like ema-0.999 or swa; the raw weights by default.", valueName: "name"))
    var average: String?

    @Option(
        help: ArgumentHelp(
            "What the logits are divided by for their probabilities, as 'evaluate --calibrate' found it: inside an ONNX "
                + "file, and in the metadata of both.", valueName: "t"))
    var temperature: Double?

    @Flag(help: "safetensors: the optimiser's moments too.")
    var full = false

    @Flag(name: [.short, .long], help: "Replace the file if it exists.")
    var force = false

    @OptionGroup var common: CommonOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case safetensors, onnx }

    private var chosen: Format? { format ?? Format.allCases.first { output.hasSuffix(".\($0.rawValue)") } }

    func validate() throws {
        guard let chosen else {
            throw ValidationError(
                "The ending of '\(output)' is not a known format; name it .safetensors or .onnx, or give --format.")
        }
        if let temperature, !(0.05...20).contains(temperature) {
            throw ValidationError("--temperature is 0.05 to 20.")
        }
        if full, chosen == .onnx || temperature != nil || average != nil {
            throw ValidationError("--full writes all that the checkpoint holds, as safetensors.")
        }
    }

    func run() throws {
        let screen = common.screen
        var result =
            try FreshFile.export(
                ExportCheckpoint.self,
                .init(
                    checkpoint: checkpoint, format: full ? .native : chosen == .onnx ? .onnx : .safetensors,
                    average: average, fileDescriptor: 0, temperature: temperature, requestId: Daemon.requestId()),
                to: output, force: force, common, progress: \.progress, isResult: { $0.sizeBytes != nil })
            ?? ExportCheckpoint.Output()
        // The daemon knows a descriptor only; the path is the user's.
        result.path = output
        result.progress = nil
        if screen.json { return try screen.put(json: result) }
        let size = result.sizeBytes.map { ", \(Size.text($0))" } ?? ""
        screen.put("\(output.escaped())\(size)\(result.digest.map { ", \($0)" } ?? "")")
    }
}
