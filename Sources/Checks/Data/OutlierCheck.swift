import Recipes

/// D20: the ends of every axis, and what lies far from everything.
enum OutlierCheck: Check {
    static let ids = ["D20"]

    private static let shown = 16

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.survey()
        guard survey.rowCount >= 20 else {
            throw CheckSkip("There are \(survey.rowCount.of("example")); outliers need 20.")
        }
        let axes = try axes(bench, survey)
        guard !axes.isEmpty else { throw CheckSkip("No axis varies.") }
        var found: [(axis: Axis, isolation: Isolation)] = []
        for axis in axes {
            guard let isolation = Isolation(axis.values), isolation.p * Double(axes.count) < 1e-4 else { continue }
            found.append((axis, isolation))
        }
        found.sort { $0.isolation.z > $1.isolation.z }
        let extremes = axes.map { $0.extreme }
        let far = axes.max { $0.extreme < $1.extreme }
        draw(bench, survey, axes)
        var result = CheckResult(
            "D20", .pass, .statistic,
            "No value lies by itself on any of \(axes.count.of("axis", "axes"))"
                + (far.map { "; the farthest, on '\($0.name)', is \($0.extreme.figure) robust deviations away." } ?? "."),
            numbers: [
                CheckNumber("axes", Double(axes.count)), CheckNumber("largest_z", extremes.max() ?? 0),
                CheckNumber("axes_above_8", Double(extremes.count { $0 > 8 })),
                CheckNumber("isolated", Double(found.reduce(0) { $0 + $1.isolation.places.count })),
            ])
        guard let worst = found.first else { return [result] }
        // One wild number squeezes all others of its column together once they are divided by the deviation.
        let isWild = found.contains { axis, isolation in
            axis.isInput && isolation.z > 1_000 && isolation.places.count <= max(1, survey.rowCount / 1_000)
        }
        result.verdict = isWild ? .fail : .warn
        let many = worst.isolation.places.count
        let value = worst.isolation.places.first.map { worst.axis.values[$0].figure } ?? ""
        result.message =
            "\(many.of("example lies", "examples lie")) by themselves on '\(worst.axis.name)', \(worst.isolation.z.figure) "
            + "robust deviations away: \(value), where the middle is \(worst.axis.values.quantile(0.5).figure)."
        if found.count > 1 {
            result.message +=
                " So do some on " + found.dropFirst().prefix(4).map { "'\($0.axis.name)'" }.joined(separator: ", ")
                + "."
        }
        result.places = Array(
            found.flatMap { found in
                found.isolation.places.prefix(8).map {
                    "\(survey.place($0)): \(found.axis.name) \(found.axis.values[$0].figure)"
                }
            }.prefix(24))
        result.action =
            many > 2 && Set(worst.isolation.places.map { worst.axis.values[$0] }).count == 1
            ? "Ask whether \(value) stands for a missing value."
            : "Look at these examples: outliers nearly always are bugs."
        return [result]
    }

    private struct Axis {
        let name: String
        let values: [Double]
        /// Whether the network sees it.
        let isInput: Bool
        let extreme: Double

        init?(_ name: String, _ values: [Double], isInput: Bool = false) {
            let scores = RobustScores(values)
            guard scores.scale > 0 else { return nil }
            self.name = name
            self.values = values
            self.isInput = isInput
            extreme = scores.z.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        }
    }

    private static func axes(_ bench: Bench, _ survey: Survey) throws -> [Axis] {
        var axes = survey.statistics.compactMap { Axis($0.name, $0.values) }
        if survey.kind == .table {
            let table = try bench.examples()
            let names = bench.inputNames
            let shown = min(names.count, ExampleTable.mostInputs)
            axes += table.columns.suffix(shown).enumerated().compactMap { index, column in
                column.numbers.flatMap { Axis(names[index], $0, isInput: true) }
            }
            if !survey.targets.isEmpty, let target = Axis("target", survey.targets.map { Double($0) }, isInput: true) {
                axes.append(target)
            }
        }
        if let neighbours = try bench.neighbours(),
            let axis = Axis("distance to neighbours", (0..<survey.rowCount).map { neighbours.farthest($0) })
        {
            axes.append(axis)
        }
        return axes
    }

    private static func draw(_ bench: Bench, _ survey: Survey, _ axes: [Axis]) {
        let largest = axes.sorted { $0.extreme > $1.extreme }.prefix(20)
        bench.draw(
            Picture(
                "axes", caption: "The farthest value of each axis.",
                chart: Chart(
                    .bars, x: "axis", y: "robust deviations from the median", yIsLog: true,
                    series: [
                        ChartSeries("farthest", x: largest.indices.map { Double($0) }, y: largest.map(\.extreme))
                    ], labels: largest.map(\.name), levels: [ChartMark("8", 8), ChartMark("20", 20)])), for: "D20")
        guard let sheet = ContactSheet(bench.facts) else { return }
        let shownAxes = axes.prefix(ContactSheet.columns)
        for (name, isLow) in [("lowest", true), ("highest", false)] {
            let rows = shownAxes.flatMap { axis -> [Int] in
                let order = axis.values.indices.filter { axis.values[$0].isFinite }.sorted {
                    isLow ? axis.values[$0] < axis.values[$1] : axis.values[$0] > axis.values[$1]
                }
                guard order.count >= shown else { return [] }
                return Array(order.prefix(shown))
            }
            guard !rows.isEmpty else { continue }
            bench.draw(
                sheet.picture(
                    name,
                    caption: "The \(name) \(shown) of each axis, a row each: "
                        + shownAxes.map(\.name).joined(separator: ", ") + ".",
                    inputs: survey.inputs(rows)), for: "D20")
        }
    }
}
