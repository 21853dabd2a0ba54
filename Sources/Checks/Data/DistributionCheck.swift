import Recipes

/// D3: how labels, pixels, columns and characters are distributed. Judges nothing.
enum DistributionCheck: Check {
    static let ids = ["D3"]

    private static let columns = 12
    private static let sampled = 2_000

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.survey()
        let chart = { (name: String, caption: String, chart: Chart) in
            bench.draw(Picture(name, caption: caption, chart: chart), for: "D3")
        }
        if !survey.labels.isEmpty { chart("labels", "Share of each class in each split.", labels(survey)) }
        if !survey.targets.isEmpty {
            chart(
                "targets", "Targets of each split.",
                histogram(survey.targets.map { Double($0) }, title: "target"))
        }
        var numbers = [CheckNumber("examples", Double(survey.rowCount))]
        var words =
            "\(survey.rowCount.of(survey.kind == .text ? "piece of text" : "example", survey.kind == .text ? "pieces of text" : nil))"
        for (name, _, unit, values) in survey.statistics {
            let middle = values.quantile(0.5)
            numbers.append(CheckNumber(name, middle, unit: unit))
            if ["ink", "contrast", "length", "entropy"].contains(name) {
                chart(name, "\(name) of each example.", histogram(values, title: name, unit: unit))
                words +=
                    "; \(name) \(values.quantile(0.25).figure) to \(values.quantile(0.75).figure) in the middle half"
            }
        }
        switch survey.kind {
        case .images: images(bench, survey)
        case .table:
            let table = try bench.examples()
            let names = bench.inputNames
            let shown = min(names.count, ExampleTable.mostInputs)
            for (index, column) in table.columns.suffix(shown).prefix(columns).enumerated() {
                guard let values = column.numbers else { continue }
                chart(column.name, "Input '\(names[index])'.", histogram(values, title: names[index]))
            }
            words += "; \(names.count.of("input"))"
        case .text: symbols(bench, survey)
        }
        return [CheckResult("D3", .pass, .statistic, words + ".", numbers: numbers)]
    }

    private static func labels(_ survey: Survey) -> Chart {
        let series = survey.parts.filter { $0.count > 0 }.map { part in
            var counts = [Int](repeating: 0, count: survey.classNames.count)
            for label in survey.labels[part.rows] where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
            return ChartSeries(
                part.name, x: counts.indices.map { Double($0) },
                y: counts.map { 100 * Double($0) / Double(part.count) })
        }
        return Chart(.bars, x: "class", y: "share [%]", series: series, labels: survey.classNames)
    }

    private static func histogram(_ values: [Double], title: String, unit: String? = nil) -> Chart {
        let histogram = Histogram(values)
        return Chart(
            .lines, x: unit.map { "\(title) [\($0)]" } ?? title, y: "examples",
            series: [
                ChartSeries("all", x: histogram.middles, y: histogram.counts.map { Double($0) })
            ])
    }

    /// A sheet of examples, the pixels' values, and the mean image.
    private static func images(_ bench: Bench, _ survey: Survey) {
        let training = survey.training.rows
        let count = min(sampled, training.count)
        let rows = (0..<count).map { training.lowerBound + $0 * training.count / count }
        if let sheet = ContactSheet(bench.facts) {
            let step = max(count / ContactSheet.most, 1)
            let some = stride(from: 0, to: count, by: step).prefix(ContactSheet.most).map { rows[$0] }
            bench.draw(
                sheet.picture(
                    "examples", caption: "Training examples at equal distances in the file.",
                    inputs: survey.inputs(some)), for: "D3")
        }
        let shape = bench.facts.inputShape
        guard shape.count == 3, shape.allSatisfy({ $0 > 0 }) else { return }
        var sums = [Double](repeating: 0, count: shape[1] * shape[2])
        var pixels: [Double] = []
        for (index, row) in rows.enumerated() {
            let values = survey.stored(row)
            for place in sums.indices { sums[place] += Double(values[place * shape[0]]) }
            if index < 200 { pixels += values.lazy.map { Double($0) } }
        }
        let histogram = Histogram(pixels, bins: 64)
        bench.draw(
            Picture(
                "pixels", caption: "Values of the pixels of \(min(count, 200)) images.",
                chart: Chart(
                    .lines, x: "value", y: "pixels", yIsLog: true,
                    series: [
                        ChartSeries("pixels", x: histogram.middles, y: histogram.counts.map { Double(max($0, 1)) })
                    ])), for: "D3")
        guard sums.count <= 128 * 128 else { return }
        bench.draw(
            Picture(
                "mean-image", caption: "Mean of \(count) images, the first channel.",
                chart: Chart(
                    .map, x: "column", y: "row",
                    cells: (0..<shape[1]).map { row in
                        sums[row * shape[2]..<(row + 1) * shape[2]].map { $0 / Double(count) }
                    })), for: "D3")
    }

    /// The forty most frequent characters.
    private static func symbols(_ bench: Bench, _ survey: Survey) {
        let names = bench.facts.vocabulary
        let series = survey.parts.compactMap { part -> (String, [Int])? in
            guard let text = part.text, !text.tokens.isEmpty else { return nil }
            var counts = [Int](repeating: 0, count: names.count)
            for token in text.tokens where counts.indices.contains(Int(token)) { counts[Int(token)] += 1 }
            return (part.name, counts)
        }
        guard let counts = series.first?.1 else { return }
        let order = counts.indices.sorted { counts[$0] > counts[$1] }.prefix(40)
        bench.draw(
            Picture(
                "symbols", caption: "The most frequent characters.",
                chart: Chart(
                    .bars, x: "character", y: "share [%]",
                    series: series.map { name, counts in
                        let total = Double(max(counts.reduce(0, +), 1))
                        return ChartSeries(
                            name, x: order.indices.map { Double($0) }, y: order.map { 100 * Double(counts[$0]) / total }
                        )
                    }, labels: order.map { shown(names[$0]) })), for: "D3")
    }

    private static func shown(_ name: String) -> String {
        switch name {
        case "\n": "line end"
        case " ": "space"
        case "\t": "tab"
        default: name
        }
    }
}
