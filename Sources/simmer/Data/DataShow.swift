import ArgumentParser
import Recipes
import Reports
import Terminal
import Wire

struct DataShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Say what is known of each example, or what a data file holds: columns, how many, from where to where.",
        discussion: """
            EXAMPLES:
              simmer data show mnist.yaml
              simmer data show mnist --checkpoint mnist@best --json
              simmer data show iris.csv
              simmer data show train-images-idx3-ubyte.gz --samples 2
              simmer data show measured.dat --format csv --json

            In the place of a recipe a data file may stand: its name ends in .csv, .tsv, .npy, .txt, .png, .jpg, .idx or \
            -ubyte, .gz behind that or not; or --format says what it is. Its columns are counted and measured, its first \
            rows printed, and what is wrong in it said on standard error.
            """)

    @OptionGroup var options: ExampleOptions
    @OptionGroup var file: DataFileOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        if try file.means(options, common.daemon()) { return try file.show(options.recipe, table, common) }
        let asker = try ExampleAsker(options, common)
        let reply = try asker.describe()
        let screen = asker.screen
        if screen.json { return try screen.put(json: reply) }
        let order = ["training", "validation", "test"]
        let splits = order.compactMap { name in reply.splits[name].map { "\(Number.grouped($0)) \(name)" } }
        screen.put("\(Number.grouped(reply.count ?? 0)) examples: \(splits.joined(separator: ", "))")
        screen.put("")
        screen.put(ExampleScreens.table(reply.columns), header: !table.noHeader)
    }
}

struct DataHistogramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "histogram", abstract: "Count the values of one column.",
        discussion: """
            EXAMPLES:
              simmer data histogram mnist.yaml ink
              simmer data histogram mnist.yaml ink --bins 50 -o ink.svg
              simmer data histogram mnist.yaml label --json
            """)

    @OptionGroup var options: ExampleOptions

    @Argument(help: "The column, as 'data show' names it.")
    var column: String

    @Option(help: ArgumentHelp("Bars at most.", valueName: "n"))
    var bins: Int = 20

    @Option(
        name: [.short, .long], help: ArgumentHelp("Draw it into a file, name.svg.", valueName: "file"),
        completion: .file(extensions: ["svg"]))
    var output: String?

    @Flag(help: "Replace an existing file.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...200).contains(bins) else { throw ValidationError("--bins is 1 to 200.") }
        if let output, !output.hasSuffix(".svg") { throw ValidationError("-o takes the name of a .svg file.") }
    }

    func run() throws {
        let asker = try ExampleAsker(options, common)
        let screen = asker.screen
        guard let histogram = try asker.describe(column: column, bins: bins).histogram else {
            throw Complaint("the daemon has counted nothing")
        }
        if let output {
            try FreshFile.write(ChartDrawing(chart(histogram), title: histogram.column).svg, to: output, force: force)
        }
        if screen.json { return try screen.put(json: histogram) }
        if let output { return screen.note("wrote \(output.escaped())") }
        screen.put(histogram.column.escaped() + (histogram.unit.map { " [\($0.escaped())]" } ?? ""))
        screen.put(ExampleScreens.bars(histogram, width: screen.width ?? 80, palette: screen.palette))
    }

    private func chart(_ histogram: ExampleHistogram) -> Chart {
        let title = histogram.column + (histogram.unit.map { " [\($0)]" } ?? "")
        return Chart(
            .bars, x: title, y: "examples",
            series: [
                ChartSeries(
                    "examples", x: histogram.bins.indices.map { Double($0) }, y: histogram.bins.map { Double($0.count) }
                )
            ], labels: histogram.bins.map(ExampleScreens.name(of:)))
    }
}
