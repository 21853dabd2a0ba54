import Recipes

/// Two jobs beside each other, and whether one is better on the same examples.
public struct Comparison: Sendable {
    public var first: Report
    public var second: Report
    /// The best checkpoints of both, each alone, on one split; nil where they cannot be compared.
    public var measured: Ensemble?
    /// Why there is no paired test; empty where there is one.
    public var refusals: [String]

    public init(_ first: Report, _ second: Report, measured: Ensemble?, refusals: [String] = []) {
        self.first = first
        self.second = second
        self.measured = measured
        self.refusals = refusals
    }

    /// What the curves and columns of each are called; jobs may share a name.
    var names: (String, String) {
        first.name == second.name
            ? ("\(first.name) #\(first.job.summary.id)", "\(second.name) #\(second.job.summary.id)")
            : (first.name, second.name)
    }

    /// One page of HTML that needs nothing else.
    public var page: String {
        let (one, other) = names
        var sections = [
            Section("Which is better", id: "test", PairedSection(comparison: self).elements),
            Section("Curves", id: "curves", curves),
            Section("Gradients and updates", id: "histograms", HistogramSection(self).elements),
            Section("Metrics", id: "metrics", metrics),
            Section("Recipes", id: "recipes", RecipeDifference(comparison: self).elements),
            Section("Verdicts of \(one)", id: "verdicts-a", verdicts(first)),
            Section("Verdicts of \(other)", id: "verdicts-b", verdicts(second)),
        ]
        sections.removeAll(where: \.elements.isEmpty)
        let conditions = [first, second].flatMap { ConditionSection(report: $0).elements }
        return Page(
            title: "\(one) and \(other)", subtitle: "\(one): \(first.subtitle). \(other): \(second.subtitle)",
            top: conditions, sections: sections, footer: "Printed \(first.printed) by simmer \(first.version)."
        ).text
    }

    private func verdicts(_ report: Report) -> [Element] {
        guard !report.results.isEmpty else { return [] }
        let results = VerdictSection.ordered(report.results)
        let shown = results.filter { $0.verdict == .fail || $0.verdict == .warn }
        return [.paragraph(VerdictSection.summary(results), "summary")]
            + shown.map { CheckCard(result: $0, pictures: []).element }
    }

    private var curves: [Element] {
        let (one, other) = names
        func named(_ series: [Series], _ name: String) -> [Series] {
            series.map {
                var renamed = $0
                renamed.name = "\(name): \($0.name)"
                return renamed
            }
        }
        let charts = MetricCharts(
            named(first.series, one) + named(second.series, other), baselines: first.baselines,
            units: MetricCharts.units(facts: first.facts, recipe: first.recipe)
        ).charts
        return charts.map { .figure(Picture($0.name, caption: $0.caption, chart: $0.chart), of: nil) }
    }

    private var metrics: [Element] {
        let (one, other) = names
        func latest(_ report: Report) -> [String: MetricValue] {
            Dictionary(
                report.job.summary.latestMetrics.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        }
        let (left, right) = (latest(first), latest(second))
        let rows = Set(left.keys).union(right.keys).sorted().map { name in
            [name] + [left[name], right[name]].map { $0?.value.map(Digits.short) ?? "" }
        }
        return rows.isEmpty ? [] : [.table(["metric", "#\(one)", "#\(other)"], rows, caption: "Latest metrics")]
    }
}

/// The paired test of two jobs' best checkpoints.
struct PairedSection {
    let comparison: Comparison

    var elements: [Element] {
        guard let measured = comparison.measured, measured.members.count == 2,
            let paired = measured.members[1].comparison
        else {
            let reasons = comparison.refusals.isEmpty ? ["They were not measured."] : comparison.refusals
            return [
                .paragraph("There is no paired test: both must be measured on the same examples.", "summary"),
                Element("ul", [:], reasons.map { Element("li", [:], $0) }),
            ]
        }
        let (one, other) = comparison.names
        return [
            .paragraph(Self.verdict(paired, one, other), "summary"), table(measured, one, other),
            test(paired, measured),
        ]
    }

    /// - Parameter paired: the second against the first.
    static func verdict(_ paired: PairedComparison, _ one: String, _ other: String) -> String {
        guard paired.pValue <= PairedComparison.level else {
            return "Neither is better beyond chance (p = \(Digits.short(paired.pValue)))."
        }
        let (better, worse) = paired.better > paired.worse ? (other, one) : (one, other)
        return "\(better) is better than \(worse) beyond chance (p = \(Digits.short(paired.pValue)))."
    }

    private func table(_ measured: Ensemble, _ one: String, _ other: String) -> Element {
        func row(_ name: String, _ value: (EnsembleMember) -> Double?) -> [String]? {
            let values = measured.members.map(value)
            return values.contains { $0 != nil } ? [name] + values.map { $0.map(Digits.short) ?? "" } : nil
        }
        let rows = [
            ["checkpoint"] + measured.members.map(\.name),
            row("accuracy") { $0.classes?.accuracy }, row("negative log likelihood") { $0.classes?.nll },
            row("Brier score") { $0.classes?.brier }, row("expected calibration error") { $0.classes?.ece },
            row("squared error") { $0.numbers?.mse }, row("absolute error") { $0.numbers?.mae },
        ]
        return .table(
            ["measure", "#\(one)", "#\(other)"], rows.compactMap { $0 },
            caption: "Both on the same \(Digits.grouped(measured.count)) \(measured.split) answers")
    }

    private func test(_ paired: PairedComparison, _ measured: Ensemble) -> Element {
        let count = Double(max(measured.count, 1))
        let (better, worse) = (Double(paired.better), Double(paired.worse))
        let difference = (better - worse) / count
        let error = max(0, better + worse - (better - worse) * (better - worse) / count).squareRoot() / count
        let isNumbers = measured.members.contains { $0.numbers != nil }
        let (one, other) = comparison.names
        let how = isNumbers ? "nearer" : "right"
        return .terms([
            (
                "Only one right",
                [.words("\(paired.better) answers are \(how) only by \(other), \(paired.worse) only by \(one)")]
            ),
            (
                "Difference",
                [
                    .words(
                        "\(Digits.percent(difference)) of the answers for \(other), 95 % interval "
                            + "\(Digits.percent(difference - 1.96 * error)) to \(Digits.percent(difference + 1.96 * error))"
                    )
                ]
            ),
            (
                "Test",
                [
                    .words(
                        (isNumbers ? "the sign test of the errors" : "McNemar's exact test")
                            + ", two-sided: p = \(Digits.short(paired.pValue)); "
                            + "beyond chance is p ≤ \(Digits.plain(PairedComparison.level))")
                ]
            ),
        ])
    }
}

/// Lines of two recipes that the other one lacks.
struct RecipeDifference {
    let comparison: Comparison

    var elements: [Element] {
        let (left, right) = (lines(comparison.first), lines(comparison.second))
        guard left != right else { return [.paragraph("Both have the same recipe, word by word.")] }
        let (one, other) = comparison.names
        func list(_ name: String, _ own: [String], _ theirs: [String], _ style: String) -> Element {
            let known = Set(theirs)
            let text = own.filter { !known.contains($0) }.joined(separator: "\n")
            return Element(
                "div", [:],
                [
                    Element("h3", [:], "Only in \(name)"),
                    Element(
                        "pre", ["class": style, "tabindex": "0", "aria-label": "Only in \(name)"],
                        text.isEmpty ? "nothing" : text),
                ])
        }
        return [
            Element("div", ["class": "pair"], [list(one, left, right, "only-a"), list(other, right, left, "only-b")])
        ]
    }

    private func lines(_ report: Report) -> [String] {
        report.job.recipe.split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
        }.filter { !$0.isEmpty && !$0.drop { $0 == " " }.hasPrefix("#") }
    }
}
