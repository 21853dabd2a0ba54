import Datasets
import Recipes
import Tensors
import Training

/// The same short training on the data, on inputs of zero, and on inputs that belong to other targets.
struct Contrast {
    /// Losses of the same examples, one by one.
    var real: [Double]
    var zeros: [Double]
    var shuffled: [Double]
    /// Of the best constant of the training sample, on the same examples.
    var constant: [Double]
    /// Before training, with the recipe's own head.
    var initial: [Double]
    /// With the best bias in place of the first one, and the first weights.
    var rebiased: [Double]
    var steps: Int
    var rate: Double
    var realTrial: Trial
    var judge: HeldExamples
    var trainingCount: Int
    /// Mean loss of the updates of the real run.
    var curve: [Double]

    var constantLoss: Double { constant.reduce(0, +) / Double(max(constant.count, 1)) }
    var realLoss: Double { real.reduce(0, +) / Double(max(real.count, 1)) }
    var zeroLoss: Double { zeros.reduce(0, +) / Double(max(zeros.count, 1)) }
    var shuffledLoss: Double { shuffled.reduce(0, +) / Double(max(shuffled.count, 1)) }

    /// The smallest gain over inputs that say nothing, as a part of the constant's loss, that is one.
    static let least = 0.02

    /// Examples of an update: more would only make it slower.
    static func batch(_ recipe: Recipe) -> Int { min(recipe.batch, 128) }

    /// How many updates to try first.
    static func steps(_ bench: Bench) throws -> Int {
        try Effort(bench.recipe, bench.facts).steps(90, batch: batch(bench.recipe), 40...400)
    }

    init(_ bench: Bench, steps: Int, rate: Double) throws {
        let samples = try bench.samples(training: 8000, judge: 1000)
        let scale = TargetScale(samples.training, bench.loss)
        let training = scale.applied(to: samples.training)
        let judge = scale.applied(to: samples.judge)
        var recipe = bench.recipe.plain(rate: rate)
        recipe.batch = Self.batch(recipe)
        let objective = bench.objective
        constant = Constant(training, objective).losses(judge)
        var curve: [Double] = []
        func run(_ examples: HeldExamples, _ shown: HeldExamples) throws -> (Trial, [Double]) {
            let trial = try Trial(
                recipe, bench.dataset.replacing(training: examples, validation: nil), pool: bench.pool)
            try trial.train(to: steps) { _, result in
                curve.append(result.loss)
                return true
            }
            return (trial, Answers(trial.model, shown, objective).losses)
        }
        let start = try Trial(recipe, bench.dataset.replacing(training: training, validation: nil), pool: bench.pool)
        let before = Answers(start.model, judge, objective, keepsOutputs: true)
        initial = before.losses
        rebiased = BiasRefit(before.outputs, judge, objective).losses
        (realTrial, real) = try run(training, judge)
        self.curve = curve
        zeros = try run(training.zeroed, judge.zeroed).1
        shuffled = try run(training.shuffled(seed: bench.recipe.seed), judge).1
        self.steps = steps
        self.rate = rate
        self.judge = judge
        trainingCount = training.count
    }

    /// Whether the inputs said something, surely.
    var hasLearned: Bool {
        let least = Self.least * abs(constantLoss)
        return Pairs(real, zeros).z(above: least) > Pairs.likely && Pairs(real, shuffled).z(above: least) > Pairs.likely
            && Pairs(real, constant).z(above: least) > Pairs.likely
    }
}

extension HeldExamples {
    /// The same targets, with nothing to tell them by.
    var zeroed: HeldExamples {
        var examples = self
        examples.inputs = [Float](repeating: 0, count: inputs.count)
        return examples
    }

    /// Each example with the targets of another one.
    func shuffled(seed: UInt64) -> HeldExamples {
        let random = Philox(seed: seed, purpose: .checks)
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, random.below(last + 1, step: 1 << 20, index: UInt64(last)))
        }
        let others = picked(order)
        var examples = self
        examples.classes = others.classes
        examples.numbers = others.numbers
        return examples
    }
}

/// The losses that are left when one constant is added to every answer: the best one.
struct BiasRefit {
    let losses: [Double]

    /// Gradient descent on as many numbers as an answer has; the losses are convex in them.
    init(_ outputs: [Float], _ examples: HeldExamples, _ objective: Objective) {
        let width = objective.width
        let places = examples.hasClasses ? examples.targetsPerExample : 1
        let rows = examples.count * places
        // A few thousand answers fix a constant well enough.
        let step = max(1, rows / 2000)
        let used = Array(stride(from: 0, to: rows, by: step))
        var bias = [Double](repeating: 0, count: width)
        func answer(_ row: Int) -> [Double] { (0..<width).map { Double(outputs[row * width + $0]) + bias[$0] } }
        // Curvature: at most a quarter to one half for probabilities, 2 / width for squares.
        let rate: Double =
            switch objective.loss.kind {
            case .crossEntropy: 2
            case .binaryCrossEntropy: 4 * Double(width)
            case .mse: 0.5 * Double(width)
            case .mae: 0
            case .huber: Double(width)
            }
        if objective.loss.kind == .mae {
            bias = (0..<width).map { column in
                let gaps = used.map {
                    Double(examples.targets($0)[examples.targets($0).startIndex + column]) - answer($0)[column]
                }
                let sorted = gaps.sorted()
                return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
            }
        } else {
            for _ in 0..<60 {
                var slope = [Double](repeating: 0, count: width)
                for row in used {
                    let gradient = objective.gradient(answer(row), examples.target(row / places, row % places))
                    for index in 0..<width { slope[index] += gradient[index] }
                }
                for index in 0..<width { bias[index] -= rate * slope[index] / Double(max(used.count, 1)) }
            }
        }
        losses = (0..<examples.count).map { example in
            (0..<places).reduce(0.0) { sum, place in
                sum + objective.loss(answer(example * places + place), examples.target(example, place))
            } / Double(places)
        }
    }
}

extension Bench {
    /// Trains once at a middling rate; where nothing was learned, again for longer at a higher one.
    func contrast() throws -> Contrast {
        if let known = shared.skeleton.contrast { return known }
        try requireVariety()
        let steps = try Contrast.steps(self)
        var contrast = try Contrast(self, steps: steps, rate: 1e-3)
        if !contrast.hasLearned {
            let longer = try Contrast(self, steps: min(4 * steps, 2400), rate: 3e-3)
            if longer.realLoss < contrast.realLoss { contrast = longer }
        }
        shared.skeleton.contrast = contrast
        return contrast
    }
}
