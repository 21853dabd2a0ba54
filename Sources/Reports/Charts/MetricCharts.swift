import Glibc
import Recipes

/// Charts of a job's metrics: those of one kind on one pair of axes.
public struct MetricCharts {
    public struct Named {
        public var name: String
        public var caption: String
        public var chart: Chart
    }
    public let charts: [Named]

    /// - Parameters:
    ///   - marks: by their steps.
    ///   - baselines: by the ending of the metrics that they are for: `loss`, `accuracy`.
    ///   - units: by the same endings.
    ///   - isLog: whether the values' axis is logarithmic; nil where the values decide.
    ///   - isLogX: the same of the steps.
    public init(
        _ series: [Series], marks: [ChartMark] = [], baselines: [String: [ChartMark]] = [:],
        units: [String: String] = [:], isLog: Bool? = nil, isLogX: Bool = false
    ) {
        let groups = Dictionary(grouping: series.filter { !$0.values.isEmpty }) { Self.ending($0.name) }
        charts = groups.sorted { Self.rank($0.key) < Self.rank($1.key) }.map { ending, group in
            let curves = group.sorted { $0.name < $1.name }.map {
                ChartSeries($0.name, x: $0.steps.map(Double.init), y: $0.values)
            }
            let levels = baselines[ending] ?? []
            let y = units[ending].map { "\(ending) [\($0)]" } ?? ending
            let caption =
                curves.map(\.name).joined(separator: ", ")
                + (levels.isEmpty ? "" : ", and " + levels.map(\.name).joined(separator: ", "))
            return Named(
                name: ending, caption: caption.shortened(to: 300),
                chart: Chart(
                    .lines, x: "step", y: y, xIsLog: isLogX, yIsLog: isLog ?? Self.wantsLog(ending, curves),
                    series: curves, levels: levels, marks: marks))
        }
    }

    /// `loss` of `validation.loss@ema-0.999`.
    public static func ending(_ name: String) -> String {
        let own = name.prefix { $0 != "@" }
        return own.split(separator: ".").last.map(String.init) ?? String(own)
    }

    /// What the endings of a recipe's metrics are measured in.
    public static func units(facts: DataFacts?, recipe: Recipe?) -> [String: String] {
        guard let facts, let recipe else { return [:] }
        switch recipe.trainingLoss(for: facts).kind {
        case .crossEntropy, .binaryCrossEntropy: return ["loss": "nats", "accuracy": "share"]
        case .mse, .mae, .huber: return [:]
        }
    }

    private static func rank(_ ending: String) -> String {
        let first = ["loss", "accuracy", "mae"]
        return first.firstIndex(of: ending).map { "0\($0)" } ?? "1" + ending
    }

    /// Losses, norms and rates that span more than a factor of eight are read better by their logarithms.
    private static func wantsLog(_ ending: String, _ curves: [ChartSeries]) -> Bool {
        guard ending != "accuracy" else { return false }
        let values = curves.flatMap(\.y)
        guard let low = values.min(), let high = values.max() else { return false }
        return low > 0 && high > low * 8
    }

    /// Changes of hot keys, harvests, and runs that went on after an end that nobody asked for.
    public static func marks(of job: JobDetail) -> [ChartMark] {
        let changes = (job.changes ?? []).map { change in
            let values = change.values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
            return ChartMark(
                "step \(Digits.grouped(change.step)): \(values.joined(separator: ", "))", Double(change.step))
        }
        let harvests = (job.harvests ?? []).map { harvest in
            ChartMark(
                "step \(Digits.grouped(harvest.fromStep)): harvest \(harvest.job)"
                    + (harvest.value.map { ", \(harvest.metric) \(Digits.short($0))" } ?? ""),
                Double(harvest.fromStep))
        }
        let runs = (job.runs ?? []).filter { $0.number > 1 }.map { run in
            ChartMark("step \(Digits.grouped(run.firstStep)): run \(run.number) begins", Double(run.firstStep))
        }
        return (changes + harvests + runs).sorted { ($0.value, $0.name) < ($1.value, $1.name) }
    }

    /// The best constant answer by the classes' shares (its loss is their entropy), the hypothesis of the recipe, and what
    /// models that nobody can have got wrong came to (K2), or a person (K18), or two of them (K19).
    public static func baselines(
        facts: DataFacts?, recipe: Recipe?, results: [CheckResult]
    ) -> [String: [ChartMark]] {
        var levels: [String: [ChartMark]] = [:]
        if let facts, case .classes = facts.target,
            recipe?.trainingLoss(for: facts).kind ?? .crossEntropy == .crossEntropy
        {
            let counts = facts.classCounts.map(Double.init)
            let total = counts.reduce(0, +)
            if counts.count > 1, total > 0 {
                let entropy = counts.reduce(0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
                levels["loss"] = [ChartMark("best constant", entropy)]
                levels["accuracy"] = [ChartMark("most frequent class", (counts.max() ?? 0) / total)]
            }
        }
        for number in results.last(where: { $0.id == "K2" })?.numbers ?? [] {
            // `loss: linear`, `accuracy: 1-nearest`; the best constant is known from the classes.
            let parts = number.name.split(separator: ":", maxSplits: 1)
            guard let value = number.value, parts.count == 2, !parts[1].contains("constant") else { continue }
            levels[String(parts[0]), default: []].append(
                ChartMark(String(parts[1].drop { $0 == " " }), number.unit == "%" ? value / 100 : value))
        }
        for (id, name, line) in [("K18", "person accuracy", "a person"), ("K19", "agreement", "two labels agree")] {
            let row = results.last { $0.id == id && $0.verdict == .pass }
            guard let value = row?.numbers.first(where: { $0.name == name })?.value else { continue }
            levels["accuracy", default: []].append(ChartMark(line, value))
        }
        if let expect = recipe?.expect, let value = expect.above ?? expect.below {
            levels[ending(expect.metric), default: []].append(ChartMark("expected", value))
        }
        return levels
    }
}
