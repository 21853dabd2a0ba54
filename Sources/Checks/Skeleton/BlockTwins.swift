import Datasets
import Recipes
import Training

/// G4: the same network with and without one kind of block, from the same data.
enum BlockTwins: Check {
    static let ids = ["G4"]

    static func seconds(_ bench: Bench) -> Double {
        let kinds = Block.allCases.count { bench.recipe.without($0, bench.facts) != nil }
        return 0.2 + Double(kinds + 1) * 60 * (bench.stepSeconds ?? 0)
    }

    enum Block: String, CaseIterable {
        case batchnorm, dropout, residual
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        let twins = Block.allCases.compactMap { block in bench.recipe.without(block, bench.facts).map { (block, $0) } }
        guard !twins.isEmpty else {
            throw CheckSkip("The model has no batch normalisation, dropout or residual block to leave out.")
        }
        let samples = try bench.samples(training: 6000, judge: 1000)
        let scale = TargetScale(samples.training, bench.loss)
        let training = scale.applied(to: samples.training)
        let judge = scale.applied(to: samples.judge)
        let steps = try Effort(bench.recipe, bench.facts).steps(200, batch: bench.recipe.batch, 60...600)
        func run(_ recipe: Recipe) throws -> [Double] {
            var recipe = recipe
            recipe.data.augment = []
            recipe.schedule = [Segment(shape: .hold, length: .forever)]
            recipe.optimizer = Optimizer(kind: .adam, rate: 1e-3)
            recipe.until = .forever
            let trial = try Trial(
                recipe, bench.dataset.replacing(training: training, validation: nil), pool: bench.pool)
            try trial.train(to: steps)
            return Answers(trial.model, judge, bench.objective).losses
        }
        let own = try run(bench.recipe)
        let level = Constant(training, bench.objective).loss(judge)
        var others: [(Block, [Double])] = []
        for (block, recipe) in twins { others.append((block, try run(recipe))) }
        return [result(own, others, level: level, steps: steps, unit: bench.lossUnit)]
    }

    /// - Parameters: losses of the same examples: with everything, and without one kind of block.
    static func result(
        _ own: [Double], _ others: [(Block, [Double])], level: Double, steps: Int, unit: String?
    ) -> CheckResult {
        var numbers = [
            CheckNumber("loss", Spread(own).mean, unit: unit), CheckNumber("steps", Double(steps), unit: "steps"),
        ]
        var words: [String] = []
        var worse: [String] = []
        for (block, losses) in others {
            let gain = Pairs(own, losses)
            numbers.append(CheckNumber("loss without \(block.rawValue)", Spread(losses).mean, unit: unit))
            words.append("\(figure(Spread(losses).mean)) without \(block.rawValue)")
            // So early dropout only slows: what it is for shows when the network would overfit.
            if block != .dropout, gain.z() < -Pairs.certain, -gain.gain > 0.25 * level { worse.append(block.rawValue) }
        }
        let text =
            "After \(count(steps, "update")) the loss on unseen examples is \(figure(Spread(own).mean)), "
            + words.joined(separator: ", ")
        guard worse.isEmpty else {
            return CheckResult(
                "G4", .warn, .counterfactual, text + ".", numbers: numbers, places: worse,
                action: "Leave \(worse.joined(separator: " and ")) out until it helps.")
        }
        return CheckResult("G4", .pass, .counterfactual, text + ".", numbers: numbers)
    }
}

extension Recipe {
    /// The recipe without one kind of block; nil where it has none, or its layers do not fit without.
    func without(_ block: BlockTwins.Block, _ facts: DataFacts) -> Recipe? {
        var plain = self
        plain.model.layers = Self.without(block, model.layers)
        guard plain.model != model else { return nil }
        return plain.resolve(for: facts).findings.contains { $0.severity == .error } ? nil : plain
    }

    private static func without(_ block: BlockTwins.Block, _ layers: [Layer]) -> [Layer] {
        layers.flatMap { layer -> [Layer] in
            var layer = layer
            switch (layer.kind, block) {
            case (.batchnorm, .batchnorm), (.dropout, .dropout), (.dropout2d, .dropout): return []
            case (.residual(let body, _), .residual):
                return without(block, body).map { inner in
                    var inner = inner
                    inner.name = "\(layer.name).\(inner.name)"
                    return inner
                }
            case (.residual(let body, let shortcut), _):
                layer.kind = .residual(layers: without(block, body), shortcut: without(block, shortcut))
            case (.repeated(let times, let inner), _):
                layer.kind = .repeated(times: times, layers: without(block, inner))
            default: break
            }
            return [layer]
        }
    }
}
