import Datasets
import Recipes
import Tensors
import Training

/// R5: how easily examples that somebody made are told from real ones.
enum MadeCheck: Check {
    static let ids = ["R5"]

    private static let folds = 4
    /// Of each kind, at most.
    private static let most = 2_000
    /// Of each kind: of fewer even a perfect score is no proof of 0.95.
    private static let least = 50
    /// Above it they are too easily told.
    private static let limit = 0.95
    /// Groups of target numbers, of which real and made examples are taken alike.
    private static let targetBins = 8
    /// Of each kind in the picture.
    private static let shown = 32

    static func seconds(_ bench: Bench) -> Double {
        bench.facts.madeCount == nil ? 0 : bench.kind == .images ? 6 : 2
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard bench.facts.madeCount != nil else { throw CheckSkip("The recipe names no made examples (`data.made`).") }
        let survey = try bench.survey()
        let (real, made) = try pairs(bench, survey)
        let rows = real + made
        var examples = bench.dataset.training.held(rows.map { UInt32(survey.position($0)) })
            .labelled(rows.indices.map { $0 < real.count ? 0 : 1 })
        Standardization(examples, isTable: bench.kind == .table).apply(&examples.inputs)
        let (scores, area) = try outOfFold(bench, examples, real.count)
        let surest = made.indices.sorted { scores[real.count + $0] > scores[real.count + $1] }
        draw(bench, survey, real, made, scores, surest)
        let (low, high) = area.interval
        let best = bestColumn(try columns(bench, survey), real, made)
        var numbers = [
            CheckNumber("auc", area.value), CheckNumber("auc_low", low), CheckNumber("auc_high", high),
            CheckNumber("pairs", Double(real.count)), CheckNumber("made", Double(bench.facts.madeCount ?? 0)),
        ]
        if let best { numbers.append(CheckNumber("best_column_auc", best.area)) }
        var result = CheckResult(
            "R5", .pass, .statistic,
            "Networks that have not seen them put a made example before a real one in \(area.value.percent) of the pairs "
                + "(AUC \(area.value.figure), 95 % interval \(low.figure) to \(high.figure)), of \(real.count.of("example")) "
                + "each with the same mix of targets.",
            numbers: numbers)
        guard low > limit else { return [result] }
        result.verdict = .warn
        if let best, best.area > 0.75 {
            result.message += " '\(best.name)' alone tells them in \(best.area.percent) of the pairs."
        }
        result.places = surest.prefix(24).map { survey.place(made[$0]) }
        result.action =
            "Find what gives them away, and make that as it is in the real ones, or draw it anew for every example. "
            + "`simmer improve RECIPE --only made` says whether they help as they are."
        return [result]
    }

    /// As many real as made rows, of each class or eighth of the targets as many of both, drawn by seed.
    private static func pairs(_ bench: Bench, _ survey: Survey) throws -> (real: [Int], made: [Int]) {
        let rows = Array(survey.training.rows)
        let groups =
            survey.labels.isEmpty
            ? BinnedColumn("target", rows.map { Double(survey.targets[$0]) }, most: targetBins).bins
            : rows.map { Int(survey.labels[$0]) }
        var byGroup: [Int: (real: [Int], made: [Int])] = [:]
        for (row, group) in zip(rows, groups) {
            if survey.isMade(row) {
                byGroup[group, default: ([], [])].made.append(row)
            } else {
                byGroup[group, default: ([], [])].real.append(row)
            }
        }
        let all = byGroup.values.reduce(0) { $0 + min($1.real.count, $1.made.count) }
        let room = min(most, Probe.mostNumbers / max(2 * bench.dataset.training.elementCount, 1))
        guard room >= least else {
            throw CheckSkip(
                "The examples are so large that only \(room) of each kind can be looked at; it takes \(least).")
        }
        guard all >= least else {
            throw CheckSkip(
                "\(all.of("made example")) can be held against as many real ones with the same targets; it takes \(least)."
            )
        }
        // Room is handed out along the groups, so that many small ones lose nothing by rounding.
        let share = { (pairs: Int) in all > room ? pairs * room / all : pairs }
        var before = 0
        let random = Philox(seed: bench.recipe.seed, purpose: .checks)
        var (real, made): ([Int], [Int]) = ([], [])
        for group in byGroup.keys.sorted() {
            guard let own = byGroup[group] else { continue }
            let both = min(own.real.count, own.made.count)
            let count = share(before + both) - share(before)
            before += both
            func drawn(_ rows: [Int], _ kind: UInt64) -> [Int] {
                random.permutation(rows.count, step: 9 << 40 | kind << 32 | UInt64(group)).prefix(count).map {
                    rows[Int($0)]
                }
            }
            real += drawn(own.real, 0)
            made += drawn(own.made, 1)
        }
        return (real, made)
    }

    /// Of each example how much more like a made one it is (log odds), by networks that have learned from the three quarters
    /// without it; and the mean of the areas of the four parts, whose networks differ.
    /// - Parameter real: how many are, which are the first.
    private static func outOfFold(
        _ bench: Bench, _ examples: HeldExamples, _ real: Int
    ) throws -> (scores: [Double], area: AreaUnderCurve) {
        let shape = bench.facts.inputShape
        let net: Probe.Net = shape.count == 3 && shape[1] >= 8 && shape[2] >= 8 ? .places : .perceptron
        // Both kinds of each class come in drawn order: every part has its share of each.
        let logits = try Probe.outOfFold(
            net, examples, bench, order: Array(0..<UInt32(examples.count)), folds: folds, outputs: 2,
            classes: ["real", "made"])
        let scores = (0..<examples.count).map { Double(logits[2 * $0 + 1]) - Double(logits[2 * $0]) }
        let areas = (0..<folds).map { fold in
            let own = scores.indices.filter { $0 % folds == fold }
            return AreaUnderCurve(
                own.filter { $0 < real }.map { scores[$0] }, own.filter { $0 >= real }.map { scores[$0] })
        }
        return (scores, AreaUnderCurve(meanOf: areas))
    }

    /// What is known of each row as one number: of images their statistics, of a table its columns.
    private static func columns(_ bench: Bench, _ survey: Survey) throws -> [(name: String, values: [Double])] {
        guard survey.kind == .table else { return survey.statistics.map { ($0.name, $0.values) } }
        let names = bench.inputNames
        let shown = min(names.count, ExampleTable.mostInputs)
        return try bench.examples().columns.suffix(shown).enumerated().compactMap { index, column in
            column.numbers.map { (names[index], $0) }
        }
    }

    /// The one that tells them apart best by itself, whichever way round.
    private static func bestColumn(
        _ columns: [(name: String, values: [Double])], _ real: [Int], _ made: [Int]
    ) -> (name: String, area: Double)? {
        columns.compactMap { name, values -> (name: String, area: Double)? in
            let (own, others) = (real.map { values[$0] }, made.map { values[$0] })
            guard own.allSatisfy(\.isFinite), others.allSatisfy(\.isFinite) else { return nil }
            let area = AreaUnderCurve(own, others).value
            return (name, max(area, 1 - area))
        }.max { $0.area < $1.area }
    }

    /// The scores of both kinds, and the made examples that are told most surely above real ones of the same targets.
    private static func draw(
        _ bench: Bench, _ survey: Survey, _ real: [Int], _ made: [Int], _ scores: [Double], _ surest: [Int]
    ) {
        let all = Histogram(scores)
        func series(_ name: String, _ own: ArraySlice<Double>) -> ChartSeries {
            ChartSeries(name, x: all.middles, y: Histogram(Array(own), within: all).counts.map(Double.init))
        }
        bench.draw(
            Picture(
                "made-scores",
                caption: "How sure networks that have not seen an example are that it was made.",
                chart: Chart(
                    .lines, x: "log odds of made", y: "examples",
                    series: [series("real", scores[..<real.count]), series("made", scores[real.count...])])), for: "R5")
        guard let sheet = ContactSheet(bench.facts) else { return }
        // Places go together: of each class as many real as made rows were drawn, class by class.
        let best = surest.prefix(shown)
        bench.draw(
            sheet.picture(
                "made",
                caption:
                    "The \(best.count) made examples that are told most surely, row by row, and below them as many real ones "
                    + "with the same targets.",
                inputs: survey.inputs(best.map { made[$0] } + best.map { real[$0] })), for: "R5")
    }
}
