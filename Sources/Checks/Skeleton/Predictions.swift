import Datasets
import Recipes
import Training

/// K5: what a briefly trained network says to examples that it has not seen. K10: how many digits of its score are real.
enum Predictions: Check {
    static let ids = ["K5", "K10"]

    static func seconds(_ bench: Bench) -> Double { 0.2 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let contrast = try bench.contrast()
        let judge = contrast.judge
        let shown = judge.picked(Array(0..<min(64, judge.count)))
        let objective = bench.objective
        let answers = Answers(contrast.realTrial.model, shown, objective, keepsOutputs: true)
        draw(answers, shown, objective, bench)
        let whole = Answers(contrast.realTrial.model, judge, objective, keepsOutputs: true)
        if let picture = confusion(whole, judge, objective, bench) { bench.draw(picture, for: "K5") }
        let share = whole.accuracy
        var numbers = [CheckNumber("loss", whole.loss, unit: bench.lossUnit)]
        if bench.isProbabilistic { numbers.append(CheckNumber("accuracy", 100 * share, unit: "%")) }
        let said = CheckResult(
            "K5", .pass, .statistic,
            "After \(count(contrast.steps, "update")) of the skeleton"
                + (bench.isProbabilistic ? ", \(percent(share)) of \(count(judge.count, "example")) are right" : "")
                + ": a loss of \(figure(whole.loss)).", numbers: numbers)
        return [said, try resolution(bench, contrast, whole)]
    }

    // MARK: K10

    private static func resolution(_ bench: Bench, _ contrast: Contrast, _ whole: Answers) throws -> CheckResult {
        guard bench.facts.validationCount > 0 else {
            return .skip("K10", "There is no validation split, so nothing is decided by one.")
        }
        // The same examples in batches that leave no rest, and in one that does, must add up to the same.
        let some = contrast.judge.picked(Array(0..<min(contrast.judge.count, 97)))
        var recipe = contrast.realTrial.model.recipe
        recipe.batch = 7
        let small = try bench.copy(contrast.realTrial.model, recipe)
        let one = Answers(contrast.realTrial.model, some, bench.objective).score
        let two = Answers(small, some, bench.objective).score
        return resolution(
            count: bench.facts.validationCount, share: bench.isProbabilistic ? whole.accuracy : nil,
            deviation: Spread(whole.losses).deviation, loss: whole.loss, counts: (one.count, two.count),
            expected: some.count * (some.hasClasses ? some.targetsPerExample : 1), sums: (one.lossSum, two.lossSum),
            unit: bench.lossUnit)
    }

    /// - Parameters:
    ///   - count: examples of the validation split.
    ///   - deviation: of the losses of single examples.
    ///   - counts: targets that two evaluations of the same examples, in batches of different sizes, have counted; sums:
    ///     of their losses.
    static func resolution(
        count examples: Int, share: Double?, deviation: Double, loss: Double, counts: (Int, Int), expected: Int,
        sums: (Double, Double), unit: String?
    ) -> CheckResult {
        let error = deviation / Double(examples).squareRoot()
        var numbers = [
            CheckNumber("examples", Double(examples)), CheckNumber("standard error of the loss", error, unit: unit),
        ]
        let gap = abs(sums.0 - sums.1) / max(abs(sums.0), 1e-12)
        guard counts.0 == expected, counts.1 == expected, gap < 1e-4 || !gap.isFinite else {
            return CheckResult(
                "K10", .fail, .invariant,
                "The same \(expected) targets in batches of another size give another sum: \(figure(sums.0, 6)) of "
                    + "\(counts.0), \(figure(sums.1, 6)) of \(counts.1).", numbers: numbers,
                action: "Rows that only fill a batch up must not be counted.")
        }
        var text =
            "Every evaluation takes all \(count(examples, "validation example")): the loss is known to ± \(figure(error, 2))"
        guard let share else {
            return CheckResult("K10", .pass, .invariant, text + ".", numbers: numbers)
        }
        let bounded = min(max(share, 0.05), 0.95)
        let accuracyError = (bounded * (1 - bounded) / Double(examples)).squareRoot()
        numbers.append(CheckNumber("standard error of the accuracy", 100 * accuracyError, unit: "%"))
        text += ", the accuracy to ± \(figure(100 * accuracyError, 2)) points"
        guard accuracyError <= 0.05 else {
            return CheckResult(
                "K10", .warn, .statistic,
                text + ": two runs would have to differ by \(figure(280 * accuracyError, 2)) points to be told apart.",
                numbers: numbers, action: "Give more validation examples.")
        }
        return CheckResult("K10", .pass, .invariant, text + ".", numbers: numbers)
    }

    // MARK: Pictures

    private static func draw(_ answers: Answers, _ shown: HeldExamples, _ objective: Objective, _ bench: Bench) {
        let width = objective.width
        func row(_ index: Int) -> [Double] { (0..<width).map { Double(answers.outputs[index * width + $0]) } }
        let rows = min(64, answers.outputs.count / max(width, 1))
        guard let names = bench.classNames, shown.hasClasses, width <= 128 else {
            guard !shown.hasClasses else { return }
            let values = (0..<rows).map { bench.isProbabilistic ? objective.probabilities(row($0)) : row($0) }
            bench.draw(
                Picture(
                    "predictions", caption: "Answers over targets",
                    chart: Chart(
                        .points, x: "target (deviations)", y: "answer (deviations)",
                        series: [
                            ChartSeries(
                                "examples", x: (0..<rows).flatMap { shown.targets($0).map { Double($0) } },
                                y: values.flatMap { $0 })
                        ])), for: "K5")
            return
        }
        func name(_ label: Int) -> String { names.indices.contains(label) ? names[label] : "?" }
        let isBinary = objective.loss.kind == .binaryCrossEntropy
        let cells = (0..<rows).map { index -> [Double] in
            let p = objective.probabilities(row(index))
            return isBinary ? [1 - p[0], p[0]] : p
        }
        let labels = isBinary ? [name(0), name(1)] : (0..<width).map(name)
        bench.draw(
            Picture(
                "predictions", caption: "Probabilities of \(count(rows, "answer")); rows are examples with their label",
                chart: Chart(
                    .map, x: "class", y: "label", labels: labels,
                    rowLabels: (0..<rows).map { index in
                        let label = name(Int(shown.classes[index]))
                        let said = cells[index].indices.max { cells[index][$0] < cells[index][$1] } ?? 0
                        return labels[said] == label ? label : "\(label) (said \(labels[said]))"
                    }, cells: cells)), for: "K5")
    }

    private static func confusion(
        _ answers: Answers, _ judge: HeldExamples, _ objective: Objective, _ bench: Bench
    ) -> Picture? {
        guard let names = bench.classNames, judge.hasClasses, names.count <= 64, names.count > 1 else { return nil }
        let width = objective.width
        var cells = [[Double]](repeating: [Double](repeating: 0, count: names.count), count: names.count)
        for (index, label) in judge.classes.enumerated() where names.indices.contains(Int(label)) {
            let row = (0..<width).map { answers.outputs[index * width + $0] }
            let said = width == 1 ? (row[0] > 0 ? 1 : 0) : row.indices.max { row[$0] < row[$1] } ?? 0
            cells[Int(label)][said] += 1
        }
        return Picture(
            "confusion", caption: "What each class was taken for",
            chart: Chart(.map, x: "answer", y: "label", labels: names, rowLabels: names, cells: cells))
    }
}

extension Bench {
    /// The same weights in a network of another batch size.
    func copy(_ model: Training.Model, _ recipe: Recipe) throws -> Training.Model {
        let other = try Training.Model(recipe: recipe, facts: model.facts, pool: pool)
        other.network.parameters.update(from: model.network.parameters, count: model.network.plan.parameterFloats)
        other.network.buffers.update(from: model.network.buffers, count: model.network.plan.bufferFloats)
        return other
    }
}
