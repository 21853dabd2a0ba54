import Datasets
import Recipes
import Tensors
import Training

/// A few examples learned by heart: once, and where that fails at a higher rate and with more capacity.
struct Overfit {
    struct Attempt {
        /// `as it is`, `rate × 3`, `width × 2`.
        var name: String
        var examples: Int
        /// Loss of each update.
        var losses: [Double]
        /// The first update whose examples were all right before it, with the loss at its goal.
        var reached: Int?
        var accuracy: Double

        /// Whether it took no more than a rate three times as high.
        var isPlain: Bool { name == "as it is" || name == "rate × 3" }
    }
    /// Of two examples, then of more.
    var attempts: [Attempt] = []
    var goal = 0.0
    /// What no network can go below: the same inputs with other targets.
    var floor = 0.0
    /// What the network says to the examples in the end, and what is right.
    var answers: [[Double]] = []
    var examples: HeldExamples
    var manyExamples = 0

    static let most = 1000

    var pairReached: Attempt? { attempts.first { $0.examples == 2 && $0.reached != nil } }
    var manyReached: Attempt? { attempts.first { $0.examples > 2 && $0.reached != nil } }

    init(_ bench: Bench, count: Int) throws {
        let pool = bench.dataset.training.held(bench.positions(bench.dataset.training, 2000, salt: 1))
        let chosen = TargetScale(pool, bench.loss).applied(to: pool.different(count, bench: bench))
        examples = chosen
        manyExamples = count
        var objective = bench.objective
        if chosen.hasClasses == false, objective.loss.kind == .huber {
            objective = Objective(Loss(kind: .mse), width: objective.width)
        }
        var recipe = bench.recipe.plain()
        recipe.data.shuffle = false
        if recipe.loss?.kind == .huber { recipe.loss = Loss(kind: .mse) }
        recipe.loss?.classWeights = []
        recipe.loss?.positiveWeights = []
        for size in [2, count] where size == 2 || count > 2 {
            let some = chosen.picked(Array(0..<size))
            let level = Constant(some, objective).loss(some)
            let own = some.floor(objective)
            floor = own
            switch objective.loss.kind {
            case .crossEntropy, .binaryCrossEntropy: goal = own + 0.01
            case .mse, .huber: goal = own + 0.01 * level
            case .mae: goal = own + 0.05 * level
            }
            var isReached = false
            for (name, variant) in Self.variants(recipe, bench.facts) where !isReached {
                isReached = try train(name, variant, some, bench, objective, isLast: size == count)
            }
            if !isReached { return }
        }
    }

    private static func variants(_ recipe: Recipe, _ facts: DataFacts) -> [(String, Recipe)] {
        var faster = recipe
        faster.optimizer.rate *= 3
        var wider = recipe.widened(2, for: facts) ?? recipe
        wider.optimizer.rate *= 10
        // A table's numbers go up one by one: at a safe rate a thousand updates do not take them far enough.
        var fastest = recipe
        fastest.optimizer.rate *= 100
        return [
            ("as it is", recipe), ("rate × 3", faster), ("rate × 10, width × 2", wider), ("rate × 100", fastest),
        ]
    }

    private mutating func train(
        _ name: String, _ recipe: Recipe, _ some: HeldExamples, _ bench: Bench, _ objective: Objective, isLast: Bool
    ) throws -> Bool {
        var recipe = recipe
        recipe.batch = some.count
        let steps = try Effort(recipe, bench.facts).steps(200, batch: some.count, 200...Self.most)
        let trial = try Trial(recipe, bench.dataset.replacing(training: some, validation: nil), pool: bench.pool)
        var attempt = Attempt(name: name, examples: some.count, losses: [], accuracy: 0)
        let targets = some.count * some.targetsPerExample * trial.model.network.plan.answersPerTarget
        // Where inputs repeat with other targets not every one can be right.
        let isExact = some.floor(objective) < 1e-6
        do throws(TrainingFailure) {
            try trial.train(to: steps) { step, result in
                attempt.losses.append(result.loss)
                attempt.accuracy = Double(result.correct) / Double(max(targets, 1))
                let isRight = !bench.isProbabilistic || !isExact || result.correct == targets
                if result.loss <= goal, isRight { attempt.reached = step }
                return attempt.reached == nil
            }
        } catch {
            // A rate too high for these examples is one more way not to reach the goal.
            attempts.append(attempt)
            return false
        }
        attempts.append(attempt)
        if isLast || attempt.reached == nil {
            let said = Answers(trial.model, some, objective, keepsOutputs: true)
            let width = objective.width
            answers = stride(from: 0, to: said.outputs.count, by: width).map { start in
                (0..<width).map { Double(said.outputs[start + $0]) }
            }
            examples = some
        }
        return attempt.reached != nil
    }
}

extension HeldExamples {
    /// So many examples, the first two with different targets and different inputs.
    fileprivate func different(_ count: Int, bench: Bench) -> HeldExamples {
        let first = 0
        let other =
            (1..<self.count).first { place in
                let differs =
                    hasClasses
                    ? Array(labels(place)) != Array(labels(first))
                    : zip(targets(place), targets(first)).contains { abs($0 - $1) > 0 }
                return differs && input(place) != input(first)
            } ?? min(1, self.count - 1)
        let random = Philox(seed: bench.recipe.seed, purpose: .checks)
        var places = [first, other]
        var draw: UInt64 = 0
        while places.count < min(count, self.count), draw < 1000 {
            let place = random.below(self.count, step: 2, index: draw)
            if !places.contains(place) { places.append(place) }
            draw += 1
        }
        return picked(places)
    }

    /// The loss that is left when every different input has the best answer of its own.
    func floor(_ objective: Objective) -> Double {
        var groups: [[Float]: [Int]] = [:]
        if targetsPerExample > 1 {
            // A place of a sequence knows what came before it.
            var labels: [[Float]: [Int32]] = [:]
            for example in 0..<count {
                for place in 0..<targetsPerExample {
                    let seen = Array(input(example).prefix(place + 1))
                    labels[seen, default: []].append(classes[example * targetsPerExample + place])
                }
            }
            let total = labels.values.reduce(0.0) { sum, group in
                let answer = Constant(logits(group, objective.width), objective)
                return sum + group.reduce(0.0) { $0 + objective.loss(answer.output, .label(Int($1))) }
            }
            return total / Double(max(count * targetsPerExample, 1))
        }
        for example in 0..<count { groups[Array(input(example)), default: []].append(example) }
        let total = groups.values.reduce(0.0) { sum, places in
            let some = picked(places)
            let answer = Constant(some, objective)
            guard objective.loss.kind == .crossEntropy else {
                return sum
                    + (places.count > 1 ? answer.loss(some) * Double(places.count) : softFloor(places[0], objective))
            }
            let output = logits(some.classes, objective.width)
            return sum + Constant(output, objective).losses(some).reduce(0, +)
        }
        return total / Double(max(count, 1))
    }

    /// Of one example alone: probabilities between 0 and 1 have an entropy.
    private func softFloor(_ example: Int, _ objective: Objective) -> Double {
        guard objective.loss.kind == .binaryCrossEntropy, !hasClasses else { return 0 }
        let values = targets(example).map { min(max(Double($0), 1e-12), 1 - 1e-12) }
        let logits = values.map { Constant.logOdds($0) }
        return max(0, objective.loss(logits, .numbers(values)))
    }

    private func logits(_ labels: [Int32], _ width: Int) -> [Double] {
        var counts = [Double](repeating: 1e-12, count: width)
        for label in labels where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
        return counts.map { Constant.log($0 / Double(max(labels.count, 1))) }
    }
}

extension Bench {
    func overfit() throws -> Overfit {
        if let known = shared.skeleton.overfit { return known }
        try requireVariety()
        let many = facts.targetsPerExample > 1 ? 4 : 16
        let overfit = try Overfit(self, count: min(many, facts.trainingCount))
        shared.skeleton.overfit = overfit
        return overfit
    }
}
