import ArgumentParser
import Recipes
import Terminal
import Wire

/// A data file by itself, in the place of a recipe: when it is one, and what it holds.
struct DataFileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of a data file: what it is, \(DataFileFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "format"))
    var format: DataFileFormat?

    @Option(
        help: ArgumentHelp("Of a data file: print so many rows; \(DataFileRequest.usualSamples).", valueName: "n"))
    var samples: Int?

    @Option(
        help: ArgumentHelp(
            "Of a data file: read at most so many rows; \(DataFileRequest.usualRows).", valueName: "n"))
    var maxRows: Int?

    func validate() throws {
        guard (0...DataFileRequest.mostSamples).contains(samples ?? 0) else {
            throw ValidationError("--samples is 0 to \(DataFileRequest.mostSamples).")
        }
        guard maxRows ?? 1 >= 1 else { throw ValidationError("--max-rows is at least 1.") }
    }

    /// Whether the word means a data file, and not a recipe or a job.
    /// - Throws: `Complaint` for a word that is a job as well, and for options of the other one.
    func means(_ options: ExampleOptions, _ daemon: Daemon) throws -> Bool {
        let word = options.recipe
        let isNamed = format != nil || DataFileFormat(fileName: word) != nil
        guard word != "-", isNamed, try RecipeOrJob(word, daemon) == .recipe else {
            guard format == nil, samples == nil, maxRows == nil else {
                throw Complaint(
                    "--format, --samples and --max-rows are about a data file, and '\(word)' is none",
                    hint: "Say what a file is with --format.", code: .usage)
            }
            return false
        }
        guard options.checkpoint == nil, options.values.set.isEmpty, options.values.data == nil else {
            throw Complaint(
                "--checkpoint, --set and --data are about a recipe or a job, and '\(word)' is a data file",
                hint: "Leave them out, or name the recipe that reads the file.", code: .usage)
        }
        return true
    }

    func show(_ path: String, _ table: TableOptions, _ common: CommonOptions) throws {
        let screen = common.screen
        let file = try OpenFile(reading: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let reply = try common.daemon().call(
            InspectData.self,
            .init(
                source: name, fileDescriptor: 0, format: format?.rawValue, sampleRows: samples, maxRows: maxRows),
            descriptors: [file.descriptor], timeout: 3_600)
        screen.note(FindingText.lines(reply.findings, file: nil))
        if screen.json { return try screen.put(json: reply) }
        screen.put([
            DataFileScreen.title(
                name, format: reply.format, rows: reply.rows, shape: reply.shape, sizeBytes: reply.sizeBytes)
        ])
        screen.put("")
        screen.put(DataFileScreen.table(reply.columns), header: !table.noHeader)
        guard !reply.samples.isEmpty else { return }
        screen.put("")
        screen.put(DataFileScreen.samples(reply.samples, columns: reply.columns), header: !table.noHeader)
    }
}

extension DataFileFormat: ExpressibleByArgument {}
