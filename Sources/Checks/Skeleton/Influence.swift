import Datasets
import Networks
import Recipes
import Training

/// S5: the worst examples pull as hard as their loss says; nothing between loss and weights clips them.
enum Influence: Check {
    static let ids = ["S5"]
    private static let looked = 64

    static func seconds(_ bench: Bench) -> Double { 0.2 + 3 * (bench.stepSeconds ?? 0) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        let effort = try Effort(bench.recipe, bench.facts)
        let sample = bench.dataset.training.held(
            bench.positions(bench.dataset.training, effort.examples(10, 64...600), salt: 10))
        var recipe = bench.recipe.plain()
        recipe.loss?.smoothing = bench.recipe.loss?.smoothing ?? 0
        // Weights of classes change how much an example counts, by design.
        recipe.loss?.classWeights = []
        recipe.batch = 1
        let model = try Training.Model(recipe: recipe, facts: bench.facts, pool: bench.pool)
        model.initialize()
        guard
            let head = model.network.plan.layers.last(where: { if case .linear = $0.layer.kind { true } else { false } }
            ),
            let bias = model.network.plan.tensors.first(where: { $0.layer == head.index && $0.name.hasSuffix(".bias") }
            ),
            bias.count == model.network.plan.outputCount
        else { throw CheckSkip("The last layer has no bias, whose gradient would be that of the answer.") }
        let objective = Objective(recipe.trainingLoss(for: bench.facts), width: bias.count)
        let answers = Answers(model, sample, bench.objective, keepsOutputs: true)
        let worst = answers.losses.indices.sorted { answers.losses[$0] > answers.losses[$1] }.prefix(looked)
        let examples = Subset(sample)
        let places = sample.hasClasses ? sample.targetsPerExample : 1
        var pulls: [(loss: Double, ratio: Double)] = []
        for (step, example) in worst.enumerated() {
            model.fill(examples, [UInt32(example)])
            let result = model.network.trainStep(model.batch, step: step, rate: 0)
            guard result.isFinite else { continue }
            var expected = [Double](repeating: 0, count: bias.count)
            for place in 0..<places {
                let start = (example * places + place) * bias.count
                let output = (0..<bias.count).map { Double(answers.outputs[start + $0]) }
                for (index, value) in objective.gradient(output, sample.target(example, place)).enumerated() {
                    expected[index] += value / Double(places)
                }
            }
            let wanted = expected.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
            guard wanted > 1e-7 else { continue }
            let own = (0..<bias.count).reduce(0.0) { sum, index in
                let gradient = Double(model.network.gradients[bias.offset + index])
                return sum + gradient * gradient
            }.squareRoot()
            pulls.append((answers.losses[example], own / wanted))
        }
        guard !pulls.isEmpty else { throw CheckSkip("No example has a loss to speak of.") }
        return [result(pulls, head: head.layer.name, usesBatchNorm: bench.recipe.hasBatchNorm)]
    }

    /// - Parameter pulls: of the worst examples: the loss, and the gradient of the answer by what the loss's definition
    ///   says.
    static func result(_ pulls: [(loss: Double, ratio: Double)], head: String, usesBatchNorm: Bool) -> CheckResult {
        let least = pulls.map(\.ratio).min() ?? 0
        let most = pulls.map(\.ratio).max() ?? 0
        let silent = pulls.filter { $0.ratio < 0.01 }
        let numbers = [
            CheckNumber("least pull against the definition's", least), CheckNumber("most", most),
            CheckNumber("examples without a pull", Double(silent.count)), CheckNumber("examples", Double(pulls.count)),
        ]
        // One example is no batch to normalise: its outputs are the bias of the norm, and differ from an evaluation's.
        if usesBatchNorm, silent.isEmpty {
            return CheckResult(
                "S5", .pass, .invariant,
                "Each of the \(count(pulls.count, "worst example")) pulls (batch normalisation moves by how much).",
                numbers: numbers)
        }
        if !silent.isEmpty {
            return CheckResult(
                "S5", .fail, .invariant,
                "\(silent.count) of the \(count(pulls.count, "worst example")) pull at nothing, though their loss is up to "
                    + "\(figure(silent.map(\.loss).max() ?? 0)).", numbers: numbers, places: ["layer \(head)"],
                action:
                    "What lies behind layer \(head) cuts the gradient off: end the model with a linear layer, and clip "
                    + "gradients (`clip.gradient_norm`), never losses.")
        }
        guard least >= 0.99, most <= 1.01 else {
            return CheckResult(
                "S5", .warn, .invariant,
                "The worst examples pull \(figure(least, 2)) to \(figure(most, 2)) times as hard as the loss says.",
                numbers: numbers, places: ["layer \(head)"],
                action: "A layer behind layer \(head) bends the answer: end the model with a linear layer.")
        }
        return CheckResult(
            "S5", .pass, .invariant,
            "The \(count(pulls.count, "worst example")) pull as hard as their loss says, to \(percent(max(1 - least, most - 1), 2)).",
            numbers: numbers)
    }
}
