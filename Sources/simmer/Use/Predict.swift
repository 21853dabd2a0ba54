import ArgumentParser
import Recipes
import Terminal
import Wire

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Ask a checkpoint for its answers to a file.",
        discussion: """
            EXAMPLES:
              simmer predict mnist-cnn@best t10k-images-idx3-ubyte.gz --limit 10
              simmer predict iris@last new.csv --json

            The file has the format of the job's inputs: idx, csv or npy; a PNG, a JPEG or a tar archive of them; text.
            Of a whole text each row answers for one window: what comes after its last character. The last window ends
            at the text's end and may begin within the one before, so the last row says what comes next. Of lines each
            row says what comes after one line.
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @Argument(help: "The file with the examples.", completion: .file())
    var input: String

    @Option(
        help: ArgumentHelp(
            "An average of the weights, like ema-0.999 or swa; the raw weights by default.", valueName: "name"))
    var average: String?

    @Option(help: ArgumentHelp("Leave out this many examples.", valueName: "n"))
    var offset: Int = 0

    @Option(help: ArgumentHelp("At most this many examples.", valueName: "n"))
    var limit: Int = 100

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard offset >= 0, limit >= 1 else { throw ValidationError("--offset is at least 0, --limit at least 1.") }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let file = try OpenFile(reading: input)
        let name = input.split(separator: "/").last.map(String.init) ?? input
        let meter = Meter(screen)
        defer { meter.clear() }
        var predictions: [Prediction] = []
        // One call answers at most a thousand examples.
        while predictions.count < limit {
            let wanted = min(1_000, limit - predictions.count)
            var page: [Prediction] = []
            let call = PredictCheckpoint.Input(
                checkpoint: checkpoint, file: DataFile(path: name, fileDescriptor: 0), average: average,
                offset: offset + predictions.count, limit: wanted)
            try daemon.stream(PredictCheckpoint.self, call, descriptors: [file.descriptor], silence: 600) { output in
                meter.show(output.progress)
                page += output.predictions
                return true
            }
            predictions += page
            if page.count < wanted { break }
        }
        meter.clear()
        if screen.json { return try screen.put(json: PredictCheckpoint.Output(predictions: predictions)) }
        screen.put(PredictCommand.table(predictions), header: !table.noHeader)
        if predictions.isEmpty { screen.note("the file has no example from \(offset) on") }
    }

    /// A class and how sure the network is of it, or the predicted numbers.
    private static func table(_ predictions: [Prediction]) -> Table {
        let classes = predictions.contains { $0.label != nil }
        let rows = predictions.map { prediction -> [Cell] in
            guard let label = prediction.label else {
                return [
                    Cell(String(prediction.index)), Cell(prediction.values.map(Number.short).joined(separator: "  ")),
                ]
            }
            let sure = prediction.values.max() ?? 0
            return [
                Cell(String(prediction.index)), Cell(label, .bold),
                Cell(Number.percent(sure), sure < 0.5 ? .caution : .plain),
            ]
        }
        let index = Column("EXAMPLE", .right)
        return Table(
            classes
                ? [index, Column("CLASS", shrinks: true), Column("PROBABILITY", .right)]
                : [index, Column("VALUE", shrinks: true)], rows: rows)
    }
}
