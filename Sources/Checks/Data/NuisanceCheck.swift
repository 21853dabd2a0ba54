import Recipes

/// D8: what should say nothing of the class does not.
enum NuisanceCheck: Check {
    static let ids = ["D8"]

    /// Training examples that are looked at, at most.
    private static let most = 10_000

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let survey = try bench.labelledSurvey()
        let table = try bench.examples()
        let training = survey.training.rows
        let sampled = min(training.count, most)
        let rows = (0..<sampled).map { training.lowerBound + $0 * training.count / sampled }
        let labels = rows.map { survey.labels[$0] }
        let classes = survey.classNames.count
        guard rows.count >= 50, classes <= 1_000, rows.count >= 5 * classes else {
            throw CheckSkip(
                "\(rows.count.of("training example")) of \(classes.of("class", "classes")) are too few for a guess from one column."
            )
        }
        let bins = min(32, max(2, rows.count / (5 * classes)))
        func guess(_ names: [BinnedColumn]) -> OutOfFold {
            OutOfFold(names, labels, classes: classes, seed: bench.recipe.seed)
        }
        func column(_ name: String, _ values: [Double]) -> BinnedColumn {
            BinnedColumn(name, rows.map { values[$0] }, most: bins)
        }
        let order = guess([
            BinnedColumn(
                "order", rows.map { Double(survey.training.subset.sourceRow(of: survey.position($0))) }, most: bins)
        ])
        var judge = Judge(bench: bench, prior: order.prior, rows: rows.count)
        judge.numbers.append(CheckNumber("order", 100 * order.accuracy, unit: "%"))
        switch survey.kind {
        case .images:
            let columns = survey.statistics.map { column($0.name, $0.values) }
            for one in columns { judge.take(one.name, guess([one])) }
            judge.takeAll(guess(columns))
        case .table:
            let names = bench.inputNames
            let inputs = tableColumns(table, names)
            for (name, values) in inputs {
                let own = guess([column(name, values)])
                judge.take(name, own)
                if isIdentifier(values, survey) { judge.identifier(name, own) }
            }
            let missing = missingness(bench, inputs, rows)
            if !missing.isEmpty { judge.missing(guess(missing)) }
        case .text: break
        }
        judge.draw()
        return [judge.result]
    }

    private static func tableColumns(
        _ table: ExampleTable, _ names: [String]
    ) -> [(name: String, values: [Double])] {
        // The file's columns are the table's last.
        let shown = min(names.count, ExampleTable.mostInputs)
        return table.columns.suffix(shown).enumerated().compactMap { index, column in
            column.numbers.map { (names[index], $0) }
        }
    }

    /// Whole numbers of which each row has its own, without gaps but for those that a split has taken: a number of the row.
    private static func isIdentifier(_ values: [Double], _ survey: Survey) -> Bool {
        guard !survey.isSample, values.count >= 50 else { return false }
        let distinct = Set(values)
        guard distinct.count == values.count, values.allSatisfy({ $0 == $0.rounded() }),
            let least = distinct.min(), let most = distinct.max()
        else { return false }
        return most - least + 1 <= 1.01 * Double(values.count)
    }

    /// One column for each input that has missing values: whether it is missing.
    private static func missingness(
        _ bench: Bench, _ inputs: [(name: String, values: [Double])], _ rows: [Int]
    ) -> [BinnedColumn] {
        let fill = bench.facts.columns.flatMap(\.fill)
        guard bench.recipe.data.missing == .mean, fill.count >= inputs.count else { return [] }
        return inputs.enumerated().compactMap { index, input in
            let isMissing = rows.map { Float(input.values[$0]) == Float(fill[index]) ? 1.0 : 0 }
            // One or two may have the mean by chance.
            guard isMissing.reduce(0, +) > 2 else { return nil }
            return BinnedColumn(input.name, isMissing, most: 2)
        }
    }

    /// Gathers what single columns and groups of them say.
    private struct Judge {
        let bench: Bench
        let prior: Double
        let rows: Int
        var numbers: [CheckNumber] = []
        private var columns: [(name: String, accuracy: Double)] = []
        private var telling: [String] = []
        private var faults: [(verdict: CheckVerdict, message: String, place: String, action: String)] = []

        init(bench: Bench, prior: Double, rows: Int) {
            self.bench = bench
            self.prior = prior
            self.rows = rows
            numbers = [CheckNumber("prior", 100 * prior, unit: "%")]
        }

        /// A column that the network may learn from: too good to be true where it alone is nearly always right.
        mutating func take(_ name: String, _ guess: OutOfFold) {
            columns.append((name, guess.accuracy))
            guard prior < 0.9, Certainty.leastShare(guess.hits, of: guess.count) > 0.95 else { return }
            faults.append(
                (
                    .warn, "'\(name)' alone is right in \(guess.accuracy.percent) of \(rows.of("example")).", name,
                    "Ask how '\(name)' comes about: is it known before the answer is?"
                ))
        }

        /// All of them at once are told and not judged: shapes that differ have different amounts of ink.
        mutating func takeAll(_ guess: OutOfFold) {
            numbers.append(CheckNumber("all of them", 100 * guess.accuracy, unit: "%"))
        }

        mutating func identifier(_ name: String, _ guess: OutOfFold) {
            let tells = guess.gain > 0.1 && guess.z > Certainty.z
            let isAnswer = guess.accuracy > 0.95 && prior < 0.9
            faults.removeAll { $0.place == name }
            faults.append(
                (
                    tells && isAnswer ? .fail : .warn,
                    "The input '\(name)' numbers the rows"
                        + (tells
                            ? ", and is right in \(guess.accuracy.percent) by itself: the file is in order of its classes."
                            : "."),
                    name, "Leave '\(name)' out: a new example has a new number."
                ))
        }

        mutating func missing(_ guess: OutOfFold) {
            numbers.append(CheckNumber("missingness", 100 * guess.accuracy, unit: "%"))
            guard guess.gain > 0.1, guess.z > Certainty.z else { return }
            faults.append(
                (
                    .warn,
                    "Which values are missing tells the class in \(guess.accuracy.percent), where a guess has "
                        + "\(prior.percent).", "",
                    "Ask why values are missing: the network sees their means, and learns from that."
                ))
        }

        func draw() {
            guard !columns.isEmpty else { return }
            let best = columns.sorted { $0.accuracy > $1.accuracy }.prefix(20)
            bench.draw(
                Picture(
                    "single-columns", caption: "How often the class is guessed from one column alone.",
                    chart: Chart(
                        .bars, x: "column", y: "right [%]",
                        series: [
                            ChartSeries(
                                "right", x: best.indices.map { Double($0) }, y: best.map { 100 * $0.accuracy })
                        ], labels: best.map(\.name), levels: [ChartMark("prior", 100 * prior)])), for: "D8")
        }

        var result: CheckResult {
            var numbers = numbers
            let best = columns.max { $0.accuracy < $1.accuracy }
            if let best { numbers.append(CheckNumber("best_column", 100 * best.accuracy, unit: "%")) }
            guard let worst = faults.first(where: { $0.verdict == .fail }) ?? faults.first else {
                let words =
                    best.map { "The best column, '\($0.name)', is right in \($0.accuracy.percent)" }
                    ?? "There is no column to guess by"
                return CheckResult(
                    "D8", .pass, .statistic, "\(words); a guess has \(prior.percent).", numbers: numbers)
            }
            return CheckResult(
                "D8", worst.verdict, .statistic,
                faults.prefix(3).map(\.message).joined(separator: " "), numbers: numbers,
                places: faults.map(\.place).filter { !$0.isEmpty }.prefix(24).map { "column '\($0)'" },
                action: worst.action)
        }
    }
}
