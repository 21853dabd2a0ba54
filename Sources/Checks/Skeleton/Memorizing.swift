import Recipes

/// K21: a network that cannot learn a few examples by heart cannot learn many. K23: and then says what is right of them.
enum Memorizing: Check {
    static let ids = ["K21", "K23"]

    static func seconds(_ bench: Bench) -> Double {
        // Most networks take a hundred updates or two.
        0.3 + 150 * bench.seconds(batch: 18)
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let overfit = try bench.overfit()
        bench.draw(curves(overfit, bench.lossUnit), for: "K21")
        let result = memorizing(overfit, isDeep: isDeep(bench.recipe) && !isSmall(bench), unit: bench.lossUnit)
        guard !overfit.answers.isEmpty else { return [result, .skip("K23", "No attempt of K21 finished.")] }
        bench.draw(alignment(overfit, bench), for: "K23")
        return [result, aligned(overfit, bench)]
    }

    /// Whether there is a layer before the last one that learns: without it sixteen examples may be too many for any
    /// weights.
    static func isDeep(_ recipe: Recipe) -> Bool {
        let learning = recipe.model.allLayers.count { layer in
            switch layer.kind {
            case .linear, .conv2d, .attention, .lstm, .gru: true
            default: false
            }
        }
        return learning > 1
    }

    /// Whether there are so few parameters that each has to go far: a safe rate does not take it there in a thousand
    /// updates.
    private static func isSmall(_ bench: Bench) -> Bool {
        let (layers, _) = bench.recipe.resolve(for: bench.facts)
        let count = layers.reduce(0) { $0 + $1.parameters.filter { $0.role == .weight }.reduce(0) { $0 + $1.count } }
        return count < 1000
    }

    static func memorizing(_ overfit: Overfit, isDeep: Bool, unit: String?) -> CheckResult {
        var numbers: [CheckNumber] = []
        for attempt in overfit.attempts {
            let of = "\(attempt.examples) examples, \(attempt.name)"
            numbers.append(CheckNumber("steps: \(of)", Double(attempt.reached ?? attempt.losses.count), unit: "steps"))
            numbers.append(CheckNumber("loss: \(of)", attempt.losses.last ?? .nan, unit: unit))
        }
        numbers.append(CheckNumber("floor", overfit.floor, unit: unit))
        let goal = figure(overfit.goal)
        func words(_ attempt: Overfit.Attempt) -> String {
            let how = attempt.name == "as it is" ? "" : " (\(attempt.name))"
            guard let step = attempt.reached else {
                return "\(attempt.examples) examples end at a loss of \(figure(attempt.losses.last ?? .nan)) after "
                    + "\(count(attempt.losses.count, "update"))\(how)"
            }
            return "\(attempt.examples) examples are learned by heart in \(count(step, "update"))\(how)"
        }
        guard let pair = overfit.pairReached else {
            let last = overfit.attempts.last
            return CheckResult(
                "K21", .fail, .counterfactual,
                "Two examples cannot be learned by heart: \(last.map(words) ?? "there is no attempt"); the goal is \(goal).",
                numbers: numbers,
                action: "There is a bug between inputs and loss. Look at K12, K26, K31 and K33 before anything else.")
        }
        if overfit.manyExamples <= 2 {
            return CheckResult(
                "K21", pair.isPlain || !isDeep ? .pass : .warn, .counterfactual, words(pair).capitalizedFirst + ".",
                numbers: numbers)
        }
        guard let many = overfit.manyReached else {
            let last = overfit.attempts.last { $0.examples > 2 }
            let text = "\(words(pair)), but \(last.map(words) ?? "more are not"); the goal is \(goal)"
            guard isDeep else {
                return CheckResult(
                    "K21", .pass, .counterfactual,
                    text.capitalizedFirst + ": so small a model need not be able to.", numbers: numbers)
            }
            // How far it came: nine tenths of the way is a matter of time, not a bug.
            let first = last?.losses.first ?? .nan
            let end = last?.losses.suffix(10).min() ?? .nan
            let left = (end - overfit.goal) / max(first - overfit.goal, 1e-12)
            let verdict: CheckVerdict = left < 0.1 ? .pass : left < 0.75 ? .warn : .fail
            return CheckResult(
                "K21", verdict, .counterfactual, text.capitalizedFirst + ".", numbers: numbers,
                action: verdict == .pass
                    ? nil : "More capacity or another rate would be needed even for these few: see S8 and K25.")
        }
        let isPlain = (pair.isPlain && many.isPlain) || !isDeep
        return CheckResult(
            "K21", isPlain ? .pass : .warn, .counterfactual, "\(words(pair)), \(words(many)).".capitalizedFirst,
            numbers: numbers,
            action: isPlain ? nil : "It needs more capacity or a higher rate even for these few: see S8 and K25.")
    }

    private static func aligned(_ overfit: Overfit, _ bench: Bench) -> CheckResult {
        guard overfit.pairReached != nil else {
            return .skip("K23", "Nothing was learned by heart (K21), so nothing can align.")
        }
        let objective = bench.objective
        let places = overfit.examples.hasClasses ? overfit.examples.targetsPerExample : 1
        var worst = 0.0
        var sum = 0.0
        for (row, answer) in overfit.answers.enumerated() {
            switch overfit.examples.target(row / places, row % places) {
            case .label(let label) where objective.loss.kind == .binaryCrossEntropy:
                let gap = abs(objective.probabilities(answer)[0] - Double(label))
                (worst, sum) = (max(worst, gap), sum + gap)
            case .label(let label):
                let p = objective.probabilities(answer)
                let gap = p.indices.contains(label) ? 1 - p[label] : 1
                (worst, sum) = (max(worst, gap), sum + gap)
            case .numbers(let values):
                let said = bench.isProbabilistic ? objective.probabilities(answer) : answer
                let gap = zip(said, values).map { abs($0 - $1) }.max() ?? 0
                (worst, sum) = (max(worst, gap), sum + gap)
            }
        }
        let mean = sum / Double(max(overfit.answers.count, 1))
        let numbers = [CheckNumber("largest gap", worst), CheckNumber("mean gap", mean)]
        let what = bench.isProbabilistic ? "of probability" : "deviations"
        return CheckResult(
            "K23", .pass, .counterfactual,
            "Answer and target of \(count(overfit.examples.count, "example")) lie \(figure(mean, 2)) \(what) apart in the "
                + "mean, \(figure(worst, 2)) at most.", numbers: numbers)
    }

    private static func curves(_ overfit: Overfit, _ unit: String?) -> Picture {
        Picture(
            "loss", caption: "A few examples learned by heart",
            chart: Chart(
                .lines, x: "updates", y: unit.map { "loss (\($0))" } ?? "loss", yIsLog: true,
                series: overfit.attempts.map { attempt in
                    let shown = attempt.losses.enumerated().filter { $0.element > 0 && $0.element.isFinite }
                    return ChartSeries(
                        "\(attempt.examples) examples, \(attempt.name)", x: shown.map { Double($0.offset) },
                        y: shown.map(\.element))
                }, levels: overfit.goal > 0 ? [ChartMark("goal", overfit.goal)] : []))
    }

    /// Labels beside probabilities, or answers over targets.
    private static func alignment(_ overfit: Overfit, _ bench: Bench) -> Picture {
        let objective = bench.objective
        let examples = overfit.examples
        guard examples.hasClasses, let names = bench.classNames else {
            var targets: [Double] = []
            var said: [Double] = []
            for (row, answer) in overfit.answers.enumerated() {
                let values = bench.isProbabilistic ? objective.probabilities(answer) : answer
                targets += examples.targets(row).map { Double($0) }
                said += values
            }
            return Picture(
                "aligned", caption: "Answers over targets: on the diagonal where they align",
                chart: Chart(
                    .points, x: "target (deviations)", y: "answer (deviations)",
                    series: [ChartSeries("examples", x: targets, y: said)]))
        }
        let shown = min(overfit.answers.count, 64)
        let places = examples.targetsPerExample
        let probabilities = (0..<shown).map { row -> Double in
            let label = Int(examples.classes[row])
            let p = objective.probabilities(overfit.answers[row])
            if objective.loss.kind == .binaryCrossEntropy { return label == 1 ? p[0] : 1 - p[0] }
            return p.indices.contains(label) ? p[label] : 0
        }
        return Picture(
            "aligned", caption: "Probability of each example's own label",
            chart: Chart(
                .bars, x: places > 1 ? "place: its target" : "example: its label", y: "probability",
                series: [ChartSeries("own label", x: (0..<shown).map { Double($0) }, y: probabilities)],
                labels: (0..<shown).map { row in
                    let label = Int(examples.classes[row])
                    return "\(row): \(names.indices.contains(label) ? names[label] : "?")"
                }, levels: [ChartMark("certain", 1)]))
    }
}

extension String {
    /// As a sentence begins.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
