import Datasets
import Recipes
import Training

/// S3: what is augmented still is what its label says, to a network that has seen nothing augmented.
enum AugmentedLabels: Check {
    static let ids = ["S3"]
    private static let shown = 2000

    static func seconds(_ bench: Bench) -> Double {
        guard !bench.recipe.data.augment.isEmpty else { return 0.1 }
        return 0.5 + 200 * (bench.stepSeconds ?? 0)
    }

    /// One augmentation, and what the network makes of it.
    struct Reading {
        var name: String
        /// Of the examples as they are, and as augmented.
        var plain: Double
        var augmented: Double
        /// A flip that leaves labels as they are.
        var keepsLabels: Bool
        /// Classes that are surely taken for one other class, as they were not before.
        var mistaken: [(label: String, taken: String, share: Double)]
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard !bench.recipe.data.augment.isEmpty else { throw CheckSkip("The recipe augments nothing.") }
        guard let names = bench.classNames, bench.facts.targetsPerExample == 1, bench.facts.vocabulary.isEmpty else {
            throw CheckSkip("The targets are numbers or text, and no label could change with an input.")
        }
        try bench.requireVariety()
        let positions = bench.positions(bench.dataset.training, 8000, salt: 21)
        let learned = bench.dataset.training.held(positions)
        let recipe = bench.recipe.plain(rate: 1e-3)
        let steps = try Effort(recipe, bench.facts).steps(400, batch: recipe.batch, 150...1500)
        let trial = try Trial(recipe, bench.dataset.replacing(training: learned, validation: nil), pool: bench.pool)
        try trial.train(to: steps)
        let shownPositions = Array(bench.positions(bench.dataset.training, shown, salt: 22))
        let examples = bench.dataset.training.held(shownPositions)
        let objective = bench.objective
        let before = said(trial, examples, objective)
        var readings: [Reading] = []
        for augmentation in bench.recipe.data.augment {
            if case .mixup = augmentation { continue }
            var single = bench.recipe
            single.data.augment = [augmentation]
            guard let augmenter = Augmenter(single, bench.dataset) else { continue }
            var changed = examples
            changed.inputs.withUnsafeMutableBufferPointer { inputs in
                changed.classes.withUnsafeMutableBufferPointer { classes in
                    guard let inputs = inputs.baseAddress, let classes = classes.baseAddress else { return }
                    augmenter.apply(inputs: inputs, classes: classes, shownPositions[...], step: 0)
                }
            }
            readings.append(
                reading(augmentation, names, examples, before, changed, said(trial, changed, objective)))
        }
        if let sheet = ContactSheet(bench.facts) { draw(sheet, bench, shownPositions) }
        guard !readings.isEmpty else {
            throw CheckSkip("Only `mixup` is asked for, which mixes the labels as the inputs.")
        }
        bench.draw(
            Picture(
                "augmented", caption: "Read by a network that has seen nothing augmented",
                chart: Chart(
                    .bars, x: "augmentation", y: "right (%)",
                    series: [
                        ChartSeries(
                            "augmented", x: readings.indices.map { Double($0) }, y: readings.map { 100 * $0.augmented })
                    ], labels: readings.map(\.name),
                    levels: [ChartMark("as they are", 100 * (readings.first?.plain ?? 0))])), for: "S3")
        return [result(readings, classes: names.count)]
    }

    private static func draw(_ sheet: ContactSheet, _ bench: Bench, _ positions: [UInt32]) {
        guard let augmenter = Augmenter(bench.recipe, bench.dataset) else { return }
        let some = Array(positions.prefix(128))
        var examples = bench.dataset.training.held(some)
        examples.inputs.withUnsafeMutableBufferPointer { inputs in
            examples.classes.withUnsafeMutableBufferPointer { classes in
                guard let inputs = inputs.baseAddress, let classes = classes.baseAddress else { return }
                augmenter.apply(inputs: inputs, classes: classes, some[...], step: 0)
            }
        }
        bench.draw(sheet.picture("sheet", caption: "As augmented", inputs: examples.inputs), for: "S3")
    }

    /// The class that the network answers, of each example.
    private static func said(_ trial: Trial, _ examples: HeldExamples, _ objective: Objective) -> [Int] {
        let outputs = Answers(trial.model, examples, objective, keepsOutputs: true).outputs
        let width = objective.width
        return (0..<examples.count).map { example in
            let row = outputs[example * width..<(example + 1) * width]
            if width == 1 { return (row.first ?? 0) > 0 ? 1 : 0 }
            return (row.indices.max { row[$0] < row[$1] } ?? row.startIndex) - row.startIndex
        }
    }

    static func reading(
        _ augmentation: Augmentation, _ names: [String], _ examples: HeldExamples, _ before: [Int],
        _ changed: HeldExamples, _ after: [Int]
    ) -> Reading {
        func share(_ answers: [Int], _ examples: HeldExamples) -> Double {
            Double(zip(answers, examples.classes).count { $0 == Int($1) }) / Double(max(answers.count, 1))
        }
        let keeps = if case .flip(_, nil) = augmentation { true } else { false }
        var reading = Reading(
            name: augmentation.word, plain: share(before, examples), augmented: share(after, changed),
            keepsLabels: keeps, mistaken: [])
        for label in names.indices {
            let own = changed.classes.indices.filter { Int(changed.classes[$0]) == label }
            let earlier = examples.classes.indices.filter { Int(examples.classes[$0]) == label }
            guard own.count >= 20, earlier.count >= 20 else { continue }
            var counts = [Int](repeating: 0, count: names.count)
            for place in own where counts.indices.contains(after[place]) { counts[after[place]] += 1 }
            guard let taken = counts.indices.filter({ $0 != label }).max(by: { counts[$0] < counts[$1] }) else {
                continue
            }
            let total = Double(own.count)
            let excess = Double(counts[taken] - counts[label])
            // Of two shares of the same examples: more often the other class than its own, p < 1e-4.
            let error = (Double(counts[taken] + counts[label]) - excess * excess / total).squareRoot()
            let wasOwn = Double(earlier.count { before[$0] == label }) / Double(earlier.count)
            if excess > Pairs.certain * error, wasOwn > 0.5 {
                reading.mistaken.append((names[label], names[taken], Double(counts[taken]) / total))
            }
        }
        return reading
    }

    static func result(_ readings: [Reading], classes: Int) -> CheckResult {
        var numbers: [CheckNumber] = []
        if let first = readings.first { numbers.append(CheckNumber("right as they are", 100 * first.plain, unit: "%")) }
        numbers += readings.map { CheckNumber("right: \($0.name)", 100 * $0.augmented, unit: "%") }
        // A network that reads little loses little.
        if let first = readings.first, first.plain < 2 / Double(max(classes, 1)), first.plain < 0.7 {
            return .skip(
                "S3",
                "The network that reads the augmented examples gets only \(percent(first.plain)) of the plain ones right."
            )
        }
        let broken = readings.filter { !$0.mistaken.isEmpty || ($0.keepsLabels && $0.plain - $0.augmented > 0.2) }
        if let worst = broken.max(by: { $0.plain - $0.augmented < $1.plain - $1.augmented }) {
            let examples = worst.mistaken.prefix(3).map {
                "\($0.label) is taken for \($0.taken) (\(percent($0.share)))"
            }
            return CheckResult(
                "S3", .fail, .counterfactual,
                "After `\(worst.name)` \(percent(worst.augmented)) are read rightly, \(percent(worst.plain)) before"
                    + (examples.isEmpty ? "" : ": " + examples.joined(separator: ", ")) + ".", numbers: numbers,
                places: broken.map { "data.augment \($0.name)" },
                action: "Look at the sheet: would you give these the same labels? Leave it out, or map the labels "
                    + "(`flip: {labels: {left: right, right: left}}`).")
        }
        // A network that has never seen a digit moved by two pixels reads it badly, and learns to: what counts is whether
        // anything is left to read.
        let chance = 1 / Double(max(classes, 1))
        let hard = readings.filter { $0.augmented - chance < 0.15 * ($0.plain - chance) }
        if let worst = hard.max(by: { $0.plain - $0.augmented < $1.plain - $1.augmented }) {
            return CheckResult(
                "S3", .warn, .counterfactual,
                "After `\(worst.name)` \(percent(worst.augmented)) are read rightly, \(percent(worst.plain)) before.",
                numbers: numbers, places: hard.map { "data.augment \($0.name)" },
                action: "Look at the sheet: can you still read them? Then it is only hard.")
        }
        return CheckResult(
            "S3", .pass, .counterfactual,
            "Augmented examples still match their labels: "
                + readings.map { "\(percent($0.augmented)) right after `\($0.name)`" }.joined(separator: ", ")
                + ", \(percent(readings.first?.plain ?? 0)) before.", numbers: numbers)
    }
}
