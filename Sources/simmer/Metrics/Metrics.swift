import ArgumentParser
import Recipes
import Reports
import Terminal
import Wire

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Show metrics: a table, a plot or CSV.",
        discussion: """
            EXAMPLES:
              simmer metrics mnist-cnn --plot
              simmer metrics mnist-cnn --names validation.accuracy,train.loss --from 1000
              simmer metrics mnist-cnn --csv > mnist.csv
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only these metrics; separated by commas, or given again.", valueName: "names"))
    var names: [String] = []

    @OptionGroup var steps: CurveOptions

    @Flag(help: "Draw curves in the terminal.")
    var plot = false

    @Flag(help: "Every value that is stored, one row a step, for other programs.")
    var csv = false

    @Flag(name: [.short, .long], help: "Keep following new values, one a line.")
    var follow = false

    @Option(help: ArgumentHelp("At most this many rows of the table, the newest; 20 by default.", valueName: "n"))
    var limit: Int?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard [plot, csv, follow].count(where: { $0 }) <= 1 else {
            throw ValidationError("--plot, --csv and --follow exclude each other.")
        }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let wanted = names.flatMap { $0.split(separator: ",").map(String.init) }
        // What is followed may have its first value yet to come.
        if follow { return try stream(wanted, daemon, screen) }
        try daemon.require(metrics: wanted, of: job)
        let series = try curves(wanted, daemon)
        if screen.json { return try screen.put(json: QueryMetrics.Output(series: series)) }
        guard series.contains(where: { !$0.steps.isEmpty || !($0.nonFiniteSteps ?? []).isEmpty }) else {
            return screen.note("job '\(job.escaped())' has no metrics yet")
        }
        if plot { return draw(series, try marks(daemon), screen) }
        let rows = MetricRows(series)
        noteThinned(series, screen)
        if csv { return screen.put(rows.csv(header: !table.noHeader)) }
        screen.put(rows.table(limit: limit ?? 20), header: !table.noHeader)
    }

    /// Curves for a plot are thinned out by the daemon; a table and CSV have every value.
    private func curves(_ wanted: [String], _ daemon: Daemon) throws -> [Series] {
        let names = wanted.isEmpty ? nil : wanted
        if plot {
            let points = max(100, 2 * Screen.terminalWidth)
            return try daemon.call(
                QueryMetrics.self,
                .init(job: job, names: names, fromStep: steps.from, toStep: steps.to, maxPoints: points, reduce: .mean)
            ).series
        }
        if csv || screenWantsAll {
            return try WholeCurves(daemon: daemon, job: job).read(names, from: steps.from, to: steps.to)
        }
        // The newest rows of the table: their steps are near the end, where one window has them all.
        return try WholeCurves(daemon: daemon, job: job).readNewest(
            names, from: steps.from, to: steps.to, rows: limit ?? 20)
    }

    /// A curve of means must not pass for one of values.
    private func noteThinned(_ series: [Series], _ screen: Screen) {
        let steps = series.flatMap { one in zip(one.steps, one.counts ?? []).filter { $0.1 > 1 }.map(\.0) }
        guard let last = steps.max() else { return }
        screen.note(
            "values up to step \(last) are means of several, at the last of their steps; --json has their least and greatest"
        )
    }

    private var screenWantsAll: Bool { common.json || limit ?? 0 > 1_000 }

    /// What happened to the job on the way: changes of its recipe, and harvests.
    private func marks(_ daemon: Daemon) throws -> [Plot.Mark] {
        let detail = try daemon.job(job)
        let changes = (detail.changes ?? []).map { change in
            let values = change.values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
            return (change.step, values.joined(separator: ", "))
        }
        let harvests = (detail.harvests ?? []).map { harvest in
            (harvest.fromStep, "harvest" + (harvest.value.map { ": \(harvest.metric) \(Number.short($0))" } ?? ""))
        }
        return (changes + harvests).sorted { $0.0 < $1.0 }
            .map { Plot.Mark(x: Double($0), title: "step \(Number.grouped($0)): \($1)") }
    }

    private func draw(_ series: [Series], _ marks: [Plot.Mark], _ screen: Screen) {
        // Losses and accuracies have scales of their own: one plot for each ending.
        let groups = Dictionary(grouping: series.filter { !$0.values.isEmpty }) { MetricCharts.ending($0.name) }
        let width = screen.width ?? 100
        for (index, group) in groups.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { screen.put("") }
            let curves = group.value.map { Plot.Curve(title: $0.name, x: $0.steps.map(Double.init), y: $0.values) }
            screen.put(Plot(curves, marks: marks).lines(width: width, height: 12, palette: screen.palette))
        }
    }

    private func stream(_ wanted: [String], _ daemon: Daemon, _ screen: Screen) throws {
        let interruption = Interruption(note: "simmer: detached; the job goes on")
        defer { interruption.end() }
        let input = WatchMetrics.Input(
            job: job, names: wanted.isEmpty ? nil : wanted, fromStep: steps.from, heartbeatUsec: 15_000_000)
        try daemon.stream(WatchMetrics.self, input) { output in
            if screen.json {
                if !output.points.isEmpty || output.state.hasEnded { try screen.put(json: output) }
                return true
            }
            for point in output.points where point.step <= steps.to ?? .max {
                screen.put("\(Clock.second(point.timeUsec))  \(point.step)  \(point.name.escaped())  \(point.text)")
            }
            if output.dropped > 0 { screen.note("simmer: \(counted(output.dropped, "value")) left out") }
            return true
        }
    }
}
