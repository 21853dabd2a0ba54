import Datasets
import Glibc
import Networks
import Recipes
import Training

/// K12: the loss before training, with a head of zero and as drawn. K13: a doubled batch. K14, K15: the last bias.
enum FirstLoss: Check {
    static let ids = ["K12", "K13", "K14", "K15"]

    /// Of the drawn head's loss against the constant's: from where a look, and from where nothing but a mistake.
    static let wide = 2.5
    static let wild = 10.0

    static func seconds(_ bench: Bench) -> Double { 0.3 + 8 * (bench.stepSeconds ?? 0) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        let effort = try Effort(bench.recipe, bench.facts)
        let sample = bench.dataset.training.held(
            bench.positions(bench.dataset.training, effort.examples(30, 200...2000)))
        let data = bench.dataset.replacing(training: sample, validation: nil)
        var recipe = bench.recipe.plain()
        recipe.batch = min(recipe.batch, 64)
        let objective = bench.objective
        let drawn = try Training.Model(recipe: recipe, facts: data.facts, pool: bench.pool)
        drawn.initialize()
        let answers = Answers(drawn, sample, objective, keepsOutputs: true)
        var prior = recipe
        prior.model.head = .prior
        let zeroed = try Training.Model(recipe: prior, facts: data.facts, pool: bench.pool)
        zeroed.initialize()
        let hasHead = zeroed.network.clearHead()
        let flat = hasHead ? Answers(zeroed, sample, objective, keepsOutputs: true) : nil
        let constant = Constant(sample, objective)
        let first = firstLoss(
            answers, flat, constant, sample, unit: bench.lossUnit, isPretrained: bench.recipe.model.from != nil)
        return [first, try doubledBatch(bench, recipe, data, sample)]
            + (try headBias(bench, recipe, data, sample, constant))
    }

    // MARK: K12

    /// - Parameters:
    ///   - drawn: with the weights as they are drawn.
    ///   - flat: with a head of zero; nil where the model has none.
    static func firstLoss(
        _ drawn: Answers, _ flat: Answers?, _ constant: Constant, _ sample: HeldExamples, unit: String?,
        isPretrained: Bool
    ) -> CheckResult {
        let level = constant.loss(sample)
        var numbers = [CheckNumber("loss of the best constant", level, unit: unit)]
        guard level > 1e-9 else { return .skip("K12", "All targets are the same: the loss has nothing to begin at.") }
        if constant.objective.loss.kind == .crossEntropy, areProbabilities(drawn.outputs, constant.output.count) {
            return CheckResult(
                "K12", .fail, .invariant,
                "What the model gives are probabilities already (each row adds up to 1), and cross-entropy makes "
                    + "probabilities of them again: the loss cannot go below "
                    + "\(figure(log(1 + Double(constant.output.count - 1) * exp(-1)))).",
                numbers: numbers, action: "Take the `softmax` off the end of the model; the loss has its own.")
        }
        if let flat, let row = commonRow(flat.outputs, constant.output.count) {
            let expected = Constant(row, constant.objective).loss(sample)
            let measured = flat.score.lossSum / Double(max(flat.score.count, 1))
            numbers.append(CheckNumber("loss with a head of zero", measured, unit: unit))
            // What the network measures is the loss of the answer it gives...
            let isOwn = abs(measured - expected) <= 1e-4 * max(1, abs(expected))
            // ...and that answer is the best constant, where the head can give it.
            let best = constant.output
            let gap = zip(row, best).map { abs($0 - $1) }.max() ?? 0
            let size = best.map { abs($0) }.max() ?? 0
            let isBest = measured - level <= 1e-4 * max(1, abs(level))
            if !isOwn {
                return CheckResult(
                    "K12", .fail, .invariant,
                    "With a head of zero the loss is \(figure(measured, 6)); for the answer that the model gives then it is "
                        + "\(figure(expected, 6)) by definition.", numbers: numbers,
                    action: "Labels, loss or reduction are not what they should be: see K13 and K27.")
            }
            if !isBest, gap > 1e-3 * max(1, size), constant.objective.loss.kind != .mae,
                constant.objective.loss.kind != .huber
            {
                numbers.append(CheckNumber("gap to the best constant", measured - level, unit: unit))
            }
        }
        let ratio = drawn.loss / level
        numbers += [
            CheckNumber("loss at the start", drawn.loss, unit: unit), CheckNumber("against the constant", ratio),
            CheckNumber("examples", Double(sample.count)),
        ]
        let text =
            "The loss begins at \(figure(drawn.loss)), \(figure(ratio)) times that of the best constant "
            + "(\(figure(level)))"
        guard drawn.loss.isFinite else {
            return CheckResult(
                "K12", .fail, .invariant, "The loss is not finite before the first update.", numbers: numbers,
                action: "Normalise the inputs (`data.normalize: standard`).")
        }
        let isProbabilistic = unit != nil
        if ratio > wide, !isPretrained {
            return CheckResult(
                "K12", ratio > wild && isProbabilistic ? .fail : .warn, .statistic,
                text + ": the first updates only undo the first weights.", numbers: numbers,
                action: isProbabilistic
                    ? "Normalise the inputs (`data.normalize: standard`), or draw the last layer smaller (`initial`)."
                    : "Scale the targets to a deviation of about 1, normalise the inputs, or draw the last layer smaller."
            )
        }
        return CheckResult("K12", .pass, .invariant, text + ".", numbers: numbers)
    }

    /// Whether each row is at least 0 and adds up to 1.
    static func areProbabilities(_ outputs: [Float], _ width: Int) -> Bool {
        guard width > 1, outputs.count >= width else { return false }
        for start in stride(from: 0, to: outputs.count, by: width) {
            var sum = 0.0
            for index in start..<start + width {
                guard outputs[index] >= 0 else { return false }
                sum += Double(outputs[index])
            }
            if abs(sum - 1) > 1e-4 { return false }
        }
        return true
    }

    /// The row that all rows are; nil where they differ.
    static func commonRow(_ outputs: [Float], _ width: Int) -> [Double]? {
        guard width > 0, outputs.count >= width else { return nil }
        let row = outputs[..<width]
        for start in stride(from: 0, to: outputs.count, by: width) {
            for index in 0..<width where abs(outputs[start + index] - row[index]) > 1e-5 * max(1, abs(row[index])) {
                return nil
            }
        }
        return row.map { Double($0) }
    }

    // MARK: K13

    private static func doubledBatch(
        _ bench: Bench, _ recipe: Recipe, _ data: Dataset, _ sample: HeldExamples
    ) throws -> CheckResult {
        let count = min(sample.count, 32)
        let places = Array(0..<count)
        func update(_ examples: HeldExamples) throws -> StepResult {
            var recipe = recipe
            recipe.batch = examples.count
            let model = try Training.Model(recipe: recipe, facts: data.facts, pool: bench.pool)
            model.initialize()
            let subset = Subset(examples)
            model.fill(subset, ArraySlice((0..<UInt32(examples.count)).map { $0 }))
            return model.network.trainStep(model.batch, step: 0, rate: 0)
        }
        let one = try update(sample.picked(places))
        let two = try update(sample.picked(places + places))
        return doubled(one, two, unit: bench.lossUnit)
    }

    static func doubled(_ one: StepResult, _ two: StepResult, unit: String?) -> CheckResult {
        let numbers = [
            CheckNumber("loss", one.loss, unit: unit), CheckNumber("loss of the doubled batch", two.loss, unit: unit),
            CheckNumber("gradient", one.gradientNorm), CheckNumber("gradient of the doubled batch", two.gradientNorm),
        ]
        guard one.isFinite, two.isFinite else {
            return .skip("K13", "The loss or a gradient is not finite before the first update; see K12.")
        }
        let loss = two.loss / max(one.loss, 1e-30)
        let gradient = one.gradientNorm > 1e-12 ? two.gradientNorm / one.gradientNorm : 1
        guard abs(loss - 1) <= 0.05, abs(gradient - 1) <= 0.05 else {
            return CheckResult(
                "K13", .fail, .invariant,
                "The same examples twice give \(figure(loss)) times the loss and \(figure(gradient)) times the gradient.",
                numbers: numbers,
                action: "The loss must be a mean over examples, so that the rate does not depend on "
                    + "the batch.")
        }
        return CheckResult(
            "K13", .pass, .invariant, "The same examples twice give the same loss and the same gradient.",
            numbers: numbers)
    }

    // MARK: K14, K15

    private static func headBias(
        _ bench: Bench, _ recipe: Recipe, _ data: Dataset, _ sample: HeldExamples, _ constant: Constant
    ) throws -> [CheckResult] {
        let model = try Training.Model(recipe: recipe, facts: data.facts, pool: bench.pool)
        model.initialize()
        guard model.network.clearHead() else {
            return ["K14", "K15"].map { .skip($0, "The model has no last linear layer that could carry a bias.") }
        }
        let answers = Answers(model, sample, constant.objective, keepsOutputs: true)
        guard let row = commonRow(answers.outputs, constant.output.count) else {
            return ["K14", "K15"].map { .skip($0, "The last layer is not alone in giving the answer.") }
        }
        return bias(row, constant, sample, head: recipe.model.head, unit: bench.lossUnit)
    }

    /// - Parameter row: what the network answers to everything, its last weights being zero.
    static func bias(
        _ row: [Double], _ constant: Constant, _ sample: HeldExamples, head: Recipes.Model.Head, unit: String?
    ) -> [CheckResult] {
        let level = constant.loss(sample)
        let own = Constant(row, constant.objective).loss(sample)
        let numbers = [
            CheckNumber("loss with the last bias alone", own, unit: unit),
            CheckNumber("loss of the best constant", level, unit: unit),
        ]
        let action = "Leave `model.head` at `prior`: the last bias begins at the targets' own."
        guard level > 1e-9 else {
            return ["K14", "K15"].map { .skip($0, "All targets are the same: any bias would do.") }
        }
        let excess = own / level
        let first: CheckResult
        if excess <= 1.1 || head == .prior {
            let note =
                head == .prior
                ? (excess <= 1.1
                    ? "The last bias begins at the targets' own"
                    : "The last layer has no bias that could begin elsewhere")
                : "The last bias begins at zero, which is near the targets' own"
            first = CheckResult(
                "K14", .pass, .invariant,
                note + ": its loss is \(figure(own)), that of the best constant \(figure(level)).", numbers: numbers)
        } else {
            first = CheckResult(
                "K14", excess > 2 ? .fail : .warn, .invariant,
                "The last bias begins at zero (`model.head: zero`), where the loss is \(figure(own)); the targets' own "
                    + "would give \(figure(level)).", numbers: numbers, action: action)
        }
        guard unit != nil else {
            return [first, .skip("K15", "The targets are numbers: there is no probability to compare.")]
        }
        let own_ = constant.objective.probabilities(row)
        let best = constant.objective.probabilities(constant.output)
        let gap = zip(own_, best).map { abs($0 - $1) }.max() ?? 0
        let rate = CheckNumber("largest gap", 100 * gap, unit: "%")
        // A bias that cannot be set is not the recipe's mistake; a balanced set does not need it.
        if gap <= 0.05 || head == .prior || excess <= 1.1 {
            return [
                first,
                CheckResult(
                    "K15", .pass, .invariant,
                    "At first every class is as likely as it is frequent, to \(percent(gap, 2)).", numbers: [rate]),
            ]
        }
        return [
            first,
            CheckResult(
                "K15", excess > 2 ? .fail : .warn, .invariant,
                "At first a class is \(percent(gap)) more or less likely than it is frequent.", numbers: [rate],
                action: action),
        ]
    }
}

extension Network {
    /// Sets the weights of the last linear layer to zero, so that the answer is its bias; false where there is none, or its
    /// weight is a table's as well.
    func clearHead() -> Bool {
        let last = plan.layers.last { if case .linear = $0.layer.kind { true } else { false } }
        guard let last, case .linear(_, _, nil) = last.layer.kind,
            let weight = plan.tensors.first(where: { $0.layer == last.index && $0.shape.count > 1 })
        else { return false }
        (parameters + weight.offset).update(repeating: 0, count: weight.count)
        return true
    }
}
