import Datasets
import Networks
import Recipes
import Tensors
import Training

/// K3: losses, gradients and updates of the trained network. K4: the whole validation split, by class, with what the
/// probabilities are worth. D17: whether its answers are consistent with the data.
enum Quality: Check {
    static let ids = ["K3", "K4", "D17"]
    /// Classes of which a map and a table show each.
    static let shownClasses = 40

    static func seconds(_ bench: Bench) -> Double {
        let batches = Double(bench.facts.validationCount) / Double(max(bench.recipe.batch, 1))
        return 0.5 + batches * (bench.stepSeconds ?? 0) / 2
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let model = try bench.requireTrained()
        let answers = try TrainedAnswers(model, try bench.requireValidation())
        guard answers.isFinite else {
            let broken = CheckResult(
                "K4", .fail, .invariant, "Some answers to validation examples are not finite.",
                action: "Go back to an older checkpoint; `simmer checkpoint show` has the statistics of its tensors.")
            return [
                .skip("K3", "Answers are not finite: K4 says more."), broken,
                .skip("D17", "Answers are not finite: K4 says more."),
            ]
        }
        drawUpdates(model, bench)
        guard answers.classes != nil, let names = bench.facts.classNames else {
            return NumberQuality(answers: answers, bench: bench, model: model).results
        }
        return [losses(answers, bench), quality(answers, names, bench), Consistency.result(answers, names, bench)]
    }

    // MARK: K3

    private static func losses(_ answers: TrainedAnswers, _ bench: Bench) -> CheckResult {
        let sorted = answers.losses.sorted()
        let mean = MeanError(sorted)
        let worst = sorted.suffix(max(1, sorted.count / 100))
        let share = mean.mean > 0 ? worst.reduce(0, +) / sorted.reduce(0, +) : 0
        let bins = ValueBins(logarithmsOf: sorted, name: "answers")
        bench.draw(
            Picture("losses", caption: "Loss of each validation answer", chart: bins.chart(x: "loss [nats], from")),
            for: "K3"
        )
        return CheckResult(
            "K3", .pass, .statistic,
            "The mean loss of \(Worded.plural(sorted.count, "validation answer")) is \(Worded.number(mean.mean)) ± "
                + "\(Worded.number(mean.error)) nats; the worst hundredth of them makes \(Worded.percent(share)) of it.",
            numbers: [
                CheckNumber("loss", mean.mean, unit: "nats"), CheckNumber("standard error", mean.error, unit: "nats"),
                CheckNumber("median", sorted[sorted.count / 2], unit: "nats"),
                CheckNumber("largest", sorted.last ?? 0, unit: "nats"),
                CheckNumber("share of the worst hundredth", share * 100, unit: "%"),
                CheckNumber("answers", Double(sorted.count)),
            ])
    }

    /// Gradients of one batch, and by how much the next update would move each weight.
    private static func drawUpdates(_ model: Training.Model, _ bench: Bench) {
        let positions = bench.sampled(model.batch.capacity, of: bench.dataset.training.count, stream: 1)
        let rate = bench.trainedHasMoments ? bench.rate : nil
        guard
            let next = model.nextUpdate(bench.dataset.training, positions, step: bench.step ?? 0, rate: rate)
        else { return }
        let tensors = model.network.plan.tensors.filter { $0.storage == .parameters && $0.decays }
        // The first and the last are where it vanishes or explodes.
        let shown = tensors.count <= 8 ? tensors : Array(tensors.prefix(4) + tensors.suffix(4))
        func chart(_ values: [Float], _ x: String) -> Chart {
            let series = shown.map { tensor -> ChartSeries in
                ValueBins.density(values[tensor.offset..<tensor.offset + tensor.count], name: tensor.name)
            }
            return Chart(.lines, x: x, y: "share of the weights", xIsLog: true, series: series.filter { !$0.x.isEmpty })
        }
        bench.draw(
            Picture(
                "gradients", caption: "Sizes of the gradients of one batch, by tensor",
                chart: chart(next.gradients, "size of the gradient")), for: "K3")
        guard let changes = next.changes else { return }
        bench.draw(
            Picture(
                "updates", caption: "By how much the next update moves each weight, by tensor",
                chart: chart(changes, "size of the change")), for: "K3")
    }

    // MARK: K4

    private static func quality(_ answers: TrainedAnswers, _ names: [String], _ bench: Bench) -> CheckResult {
        let count = answers.count
        let right = zip(answers.labels, answers.said).count { $0 == $1 }
        let share = Double(right) / Double(max(count, 1))
        let error = (max(share * (1 - share), 1e-12) / Double(max(count, 1))).squareRoot()
        var numbers = [
            CheckNumber("accuracy", share * 100, unit: "%"), CheckNumber("standard error", error * 100, unit: "%"),
            CheckNumber("answers", Double(count)), CheckNumber("errors", Double(count - right)),
        ]
        let score = answers.classes?.judgement().classes
        if let score {
            numbers += [
                CheckNumber("negative log likelihood", score.nll ?? .nan, unit: "nats"),
                CheckNumber("Brier score", score.brier), CheckNumber("calibration error", score.ece),
                CheckNumber("calibration error, low", score.eceLow),
                CheckNumber("calibration error, high", score.eceHigh),
            ]
        }
        let cells = answers.confusion(names.count)
        drawClasses(cells, names, bench)
        drawReliability(answers, score, bench)
        drawPredictions(answers, names, bench)
        // Against the answer that is the same for every input: shares of the true classes, which no network can know
        // better than to know them.
        let totals = cells.map { Double($0.reduce(0, +)) }
        let constant = answers.labels.enumerated().map { row, label in
            answers.losses[row] + logarithm(max(totals[Int(label)], 0.5) / Double(max(count, 1)))
        }
        let gain = MeanError(constant)
        numbers.append(CheckNumber("loss beyond that of the best constant answer", gain.mean, unit: "nats"))
        let words =
            "\(Worded.percent(share)) ± \(Worded.percent(error)) of \(Worded.plural(count, "validation answer")) are right"
            + (score.map {
                "; probabilities are off by \(Worded.percent($0.ece)) "
                    + "(\(Worded.percent($0.eceLow)) to \(Worded.percent($0.eceHigh)))"
            } ?? "")
        // Neighbouring positions of a text lean on each other: there its standard error is no bound.
        if count >= 50, answers.perExample == 1, gain.mean + 2 * gain.error >= 0, totals.count(where: { $0 > 0 }) > 1 {
            return CheckResult(
                "K4", .warn, .statistic, words + ". It is not better than always giving the shares of the classes.",
                numbers: numbers, places: confused(cells, names),
                action:
                    "Check the skeleton first: `simmer check` with the recipe; a checkpoint of the first steps knows nothing yet."
            )
        }
        return CheckResult(
            "K4", .pass, .statistic, words + ".", numbers: numbers, places: confused(cells, names))
    }

    /// The most frequent confusions.
    private static func confused(_ cells: [[Int]], _ names: [String]) -> [String] {
        var pairs: [(row: Int, column: Int, count: Int)] = []
        for (row, counts) in cells.enumerated() {
            for (column, count) in counts.enumerated() where column != row && count > 0 {
                pairs.append((row, column, count))
            }
        }
        pairs.sort { ($1.count, $0.row, $0.column) < ($0.count, $1.row, $1.column) }
        return pairs.prefix(10).map { "\(names[$0.row]) taken for \(names[$0.column]): \($0.count)" }
    }

    private static func drawClasses(_ cells: [[Int]], _ names: [String], _ bench: Bench) {
        guard names.count > 1, names.count <= shownClasses else { return }
        bench.draw(
            Picture(
                "confusion", caption: "What each class was taken for: validation answers",
                chart: Chart(
                    .map, x: "said", y: "true", labels: names, rowLabels: names,
                    cells: cells.map { $0.map { Double($0) } })), for: "K4")
        let totals = cells.map { $0.reduce(0, +) }
        let said = names.indices.map { column in cells.reduce(0) { $0 + $1[column] } }
        func shares(_ totals: [Int]) -> [Double] {
            names.indices.map { totals[$0] > 0 ? 100 * Double(cells[$0][$0]) / Double(totals[$0]) : 0 }
        }
        bench.draw(
            Picture(
                "classes",
                caption:
                    "By class: of those that are it the share that is found (recall), of those that are said to be it "
                    + "the share that is (precision)",
                chart: Chart(
                    .bars, x: "class", y: "answers [%]",
                    series: [
                        ChartSeries("recall", x: [], y: shares(totals)),
                        ChartSeries("precision", x: [], y: shares(said)),
                    ], labels: zip(names, totals).map { "\($0) (\($1))" })), for: "K4")
    }

    /// Bins of equal width, as in the calibration error.
    private static func drawReliability(_ answers: TrainedAnswers, _ score: ClassScore?, _ bench: Bench) {
        let bins = 15
        var counts = [Int](repeating: 0, count: bins)
        var rights = [Int](repeating: 0, count: bins)
        var sums = [Double](repeating: 0, count: bins)
        for row in answers.said.indices {
            let confidence = Double(answers.confidence[row])
            let bin = min(max(Int((confidence * Double(bins)).rounded(.up)) - 1, 0), bins - 1)
            counts[bin] += 1
            sums[bin] += confidence
            if answers.said[row] == answers.labels[row] { rights[bin] += 1 }
        }
        let used = counts.indices.filter { counts[$0] > 0 }
        let interval = score.map {
            ", \(Worded.number($0.ece)) (\(Worded.number($0.eceLow)) to \(Worded.number($0.eceHigh)))"
        }
        bench.draw(
            Picture(
                "reliability",
                caption: "How often it is right when it says how sure it is; calibration error\(interval ?? "")",
                chart: Chart(
                    .lines, x: "probability of the answer", y: "share that is right",
                    series: [
                        ChartSeries(
                            "network", x: used.map { sums[$0] / Double(counts[$0]) },
                            y: used.map { Double(rights[$0]) / Double(counts[$0]) }),
                        ChartSeries("perfect", x: [0, 1], y: [0, 1]),
                    ])), for: "K4")
        bench.draw(
            Picture(
                "reliability-counts", caption: "Answers behind each point of the reliability diagram",
                chart: Chart(
                    .bars, x: "probability of the answer [%]", y: "answers", yIsLog: true,
                    series: [ChartSeries("answers", x: [], y: counts.map(Double.init))],
                    labels: counts.indices.map { "to \(Int((Double($0 + 1) * 100 / Double(bins)).rounded()))" })),
            for: "K4")
    }

    private static func drawPredictions(_ answers: TrainedAnswers, _ names: [String], _ bench: Bench) {
        guard names.count <= shownClasses else { return }
        let rows = bench.sampled(64, of: answers.count, stream: 2).map { Int($0) }
        bench.draw(
            Picture(
                "predictions", caption: "Probabilities of \(rows.count) validation answers, by their true class",
                chart: Chart(
                    .map, x: "class", y: "true", labels: names,
                    rowLabels: rows.map { row in
                        let (label, said) = (Int(answers.labels[row]), Int(answers.said[row]))
                        let name = names.indices.contains(label) ? names[label] : "?"
                        return label == said ? name : "\(name), said \(names[said])"
                    }, cells: rows.map { answers.probabilities($0) })), for: "K4")
    }
}
