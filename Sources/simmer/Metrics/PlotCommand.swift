import ArgumentParser
import Recipes
import Reports
import Terminal
import Wire

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw curves of a job's metrics, in the terminal or as SVG.",
        discussion: """
            EXAMPLES:
              simmer plot mnist-cnn
              simmer plot mnist-cnn train.loss validation.loss --log-x
              simmer plot mnist-cnn validation.accuracy --from 1000 -o accuracy.svg

            Metrics of one kind (losses, accuracies) share a plot. A loss that spans more than a factor of eight has a \
            logarithmic axis, unless --linear. Dotted lines are what is reached without learning, and what the recipe \
            expects; marks below are changes while it ran, harvests, and runs that went on after an end nobody asked for.

            In a pipe a plot is 80 columns wide, or $COLUMNS. An SVG has its own colours for light and dark.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Argument(help: ArgumentHelp("Metrics: train.loss, validation.accuracy; all by default.", valueName: "metric"))
    var metrics: [String] = []

    @OptionGroup var steps: CurveOptions

    @Flag(help: "A logarithmic axis for the steps.")
    var logX = false

    @Flag(help: "A logarithmic axis for every metric.")
    var logY = false

    @Flag(help: "No logarithmic axis for any metric.")
    var linear = false

    @Option(
        name: [.short, .long], help: ArgumentHelp("Write the plots into a file, name.svg.", valueName: "file"),
        completion: .file(extensions: ["svg"]))
    var output: String?

    @Flag(name: [.short, .long], help: "Replace the file if it exists.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !(logY && linear) else { throw ValidationError("--log-y and --linear exclude each other.") }
        if let output, !output.hasSuffix(".svg") {
            throw ValidationError("'\(output)' does not end in .svg, the one format of plots in a file.")
        }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let detail = try daemon.job(job)
        try daemon.require(metrics: metrics, of: job)
        let points = output == nil ? max(100, 2 * Screen.terminalWidth) : 2_000
        let series = try daemon.call(
            QueryMetrics.self,
            .init(
                job: job, names: metrics.isEmpty ? nil : metrics, fromStep: steps.from, toStep: steps.to,
                maxPoints: points,
                reduce: .mean)
        ).series
        if screen.json { return try screen.put(json: QueryMetrics.Output(series: series)) }
        let (recipe, facts) = ReportSource.recipe(of: detail)
        let charts = MetricCharts(
            series, marks: MetricCharts.marks(of: detail),
            baselines: MetricCharts.baselines(facts: facts, recipe: recipe, results: []),
            units: MetricCharts.units(facts: facts, recipe: recipe), isLog: linear ? false : logY ? true : nil,
            isLogX: logX
        ).charts
        guard !charts.isEmpty else { return screen.note("job '\(job.escaped())' has no metrics there yet") }
        if let output { return try write(charts, detail.summary.name, output, screen) }
        let width = screen.width ?? Screen.terminalWidth
        for (index, chart) in charts.enumerated() {
            if index > 0 { screen.put("") }
            screen.put(Plot(chart.chart).lines(width: width, height: 12, palette: screen.palette))
        }
    }

    private func write(_ charts: [MetricCharts.Named], _ name: String, _ path: String, _ screen: Screen) throws {
        let drawings = charts.map { ChartDrawing($0.chart, title: "\(name): \($0.caption)") }
        try FreshFile.write(ChartDrawing.svg(drawings, title: name), to: path, force: force)
        screen.put(path.escaped())
    }
}
