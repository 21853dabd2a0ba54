import Datasets
import Recipes
import Tensors
import Training

/// One round of improving a recipe: a run as it is, every proposal for a quarter of the steps, the best of them against none
/// over whole runs on the same seeds, and the learning curve.
///
/// What a proposal is expected to bring is measured at a quarter of the steps and corrected by what such expectations have
/// been worth before; what it brings is a paired comparison (RECIPE.md: `better`).
package struct ImproveRound {
    /// Validation examples that are looked at; more only cost time.
    private static let mostExamples = 5_000
    /// Shares of the training examples for the learning curve.
    private static let shares = [0.125, 0.25, 0.5]

    private let recipe: Recipe
    private let text: String
    private let overrides: [String: String]
    private let dataset: Dataset
    private let request: ImproveRequest
    private let pool: ThreadPool
    private let clock: any TrainingClock
    private let tell: (String) -> Void

    package init(
        _ recipe: Recipe, text: String, overrides: [String: String], dataset: Dataset, request: ImproveRequest,
        threads: Int, clock: any TrainingClock, tell: @escaping (String) -> Void
    ) {
        self.recipe = recipe
        self.text = text
        self.overrides = overrides
        self.dataset = dataset
        self.request = request
        pool = ThreadPool(threads: threads)
        self.clock = clock
        self.tell = tell
    }

    /// - Throws: `TrainingFailure` where the recipe has no validation data or its own run fails.
    package func run() throws(TrainingFailure) -> Improvement {
        guard dataset.validation.count >= 20 else {
            throw TrainingFailure(
                code: "data_error",
                message: "\(dataset.validation.count) validation examples are too few to tell two networks apart: "
                    + "give `data.validation` 20 or more.")
        }
        let data = dataset.validation.count > Self.mostExamples ? sampled : dataset
        let steps = try self.steps()
        tell("the recipe as it is, \(steps) steps")
        var base = try measure(recipe, data, steps: steps, seed: recipe.seed)
        var proposals = Recipe.proposals(text, overrides: overrides, facts: dataset.facts)
        if !request.only.isEmpty { proposals.removeAll { !request.only.contains($0.kind) } }
        var tried: [TriedProposal] = []
        for proposal in proposals { tried.append(try screen(proposal, data, steps: steps, base: base)) }
        tried.sort { $0.expected ?? -.infinity > $1.expected ?? -.infinity }
        var improvement = Improvement(
            steps: steps, seeds: request.seeds, trainingLoss: base.training, validationLoss: base.best, tried: tried)
        if let best = tried.first, let expected = best.expected, expected > 0 {
            improvement.outcome = try compare(best.proposal, expected, data, steps: steps, base: &base)
        }
        improvement.learningCurve = try learningCurve(data, steps: steps, whole: base.best)
        return improvement
    }

    /// As the job would be trained, in so many steps.
    private func limited(_ recipe: Recipe, steps: Int, seed: UInt64) -> Recipe {
        var recipe = recipe
        recipe.until = .steps(steps)
        recipe.seed = seed
        // The split and what is drawn stay the same ones.
        recipe.data.seed = recipe.data.seed ?? Int(clamping: self.recipe.seed)
        return recipe
    }

    private func steps() throws(TrainingFailure) -> Int {
        let own = recipe.until.steps(stepsPerEpoch: dataset.facts.stepsPerEpoch(of: recipe))
        if let steps = request.steps { return max(4, min(steps, own ?? steps)) }
        guard let each = StepTiming.seconds(recipe, dataset, pool: pool, clock: clock) else {
            throw TrainingFailure(code: "data_error", message: "The recipe cannot be trained for a single step.")
        }
        return max(40, min(Int(request.seconds / max(each, 1e-6)), own ?? .max))
    }

    private struct Measured {
        /// Mean validation loss after each quarter.
        var quarters: [Double]
        /// Losses of every validation answer at the best of them.
        var losses: [Double]
        var training: Double
        var best: Double { quarters.min() ?? .infinity }
    }

    private func measure(
        _ recipe: Recipe, _ data: Dataset, steps: Int, seed: UInt64, upTo quarters: Int = 4
    ) throws(TrainingFailure) -> Measured {
        let trial = try Trial(limited(recipe, steps: steps, seed: seed), data, pool: pool)
        var measured = Measured(quarters: [], losses: [], training: 0)
        for quarter in 1...quarters {
            try trial.train(to: steps * quarter / 4)
            let losses = trial.losses(data.validation)
            let mean = losses.reduce(0, +) / Double(max(losses.count, 1))
            if mean < measured.best || measured.losses.isEmpty { measured.losses = losses }
            measured.quarters.append(mean)
        }
        let some = data.training.held(Self.spread(min(data.training.count, 2_000), of: data.training.count))
        let losses = trial.losses(Subset(some))
        measured.training = losses.reduce(0, +) / Double(max(losses.count, 1))
        return measured
    }

    private func changed(_ proposal: Proposal) throws(TrainingFailure) -> Recipe {
        let (changed, findings) = Recipe.read(text, overrides: overrides.merging(proposal.overrides) { $1 })
        guard let changed else {
            throw TrainingFailure(
                code: "internal", message: findings.first?.message ?? "The change cannot be read.", findings: findings)
        }
        return changed
    }

    private func screen(
        _ proposal: Proposal, _ data: Dataset, steps: Int, base: Measured
    ) throws(TrainingFailure) -> TriedProposal {
        tell("\(proposal.title), \(steps / 4) steps")
        do throws(TrainingFailure) {
            let quarter = try measure(try changed(proposal), data, steps: steps, seed: recipe.seed, upTo: 1)
            let gain = base.quarters[0] - quarter.quarters[0]
            guard gain.isFinite else { return TriedProposal(proposal, refusal: "its loss is not finite") }
            return TriedProposal(proposal, expected: gain * (request.worth[proposal.kind] ?? 1))
        } catch {
            // A rate that is too large is an answer, not an accident.
            return TriedProposal(proposal, refusal: error.message)
        }
    }

    private func compare(
        _ proposal: Proposal, _ expected: Double, _ data: Dataset, steps: Int, base: inout Measured
    ) throws(TrainingFailure) -> ImprovementOutcome {
        let changed = try changed(proposal)
        var before: [Double] = []
        var after: [Double] = []
        for index in 0..<max(request.seeds, 1) {
            let seed = recipe.seed &+ UInt64(index)
            tell("\(proposal.title) against none, seed \(seed)")
            let own = index == 0 ? base : try measure(recipe, data, steps: steps, seed: seed)
            let other = try measure(changed, data, steps: steps, seed: seed)
            Self.add(own.losses, to: &before)
            Self.add(other.losses, to: &after)
        }
        let share = 1 / Double(max(request.seeds, 1))
        let differences = zip(before, after).map { ($0 - $1) * share }
        let interval = PairedBootstrap.interval(differences, seed: recipe.seed)
        let mean = { (values: [Double]) in values.reduce(0, +) * share / Double(max(values.count, 1)) }
        return ImprovementOutcome(
            proposal: proposal, expected: expected, gain: mean(before) - mean(after), low: interval.low,
            high: interval.high, verdict: interval.low > 0 ? .better : interval.high < 0 ? .worse : .same,
            before: mean(before), after: mean(after))
    }

    private func learningCurve(
        _ data: Dataset, steps: Int, whole: Double
    ) throws(TrainingFailure) -> LearningCurve? {
        var counts: [Int] = []
        var losses: [Double] = []
        for share in Self.shares {
            let count = Int(Double(data.training.count) * share)
            // Examples that would fill the memory are not copied; a handful says nothing of a curve.
            guard count >= 20, count * data.training.elementCount <= 1 << 28 else { continue }
            tell("\(count) of the training examples, \(steps) steps")
            let part = data.training.held(Self.spread(count, of: data.training.count))
            let held = data.validation.held((0..<UInt32(data.validation.count)).map { $0 })
            var plain = recipe
            // Augmentation works on the files' own examples, not on copies.
            plain.data.augment = []
            let measured = try measure(
                plain, data.replacing(training: part, validation: held), steps: steps, seed: recipe.seed)
            counts.append(count)
            losses.append(measured.best)
        }
        guard !counts.isEmpty else { return nil }
        return LearningCurve(counts: counts + [data.training.count], losses: losses + [whole])
    }

    /// The data with fewer validation examples.
    private var sampled: Dataset {
        dataset.withValidation(
            dataset.validation.held(Self.spread(Self.mostExamples, of: dataset.validation.count)))
    }

    private static func add(_ values: [Double], to sum: inout [Double]) {
        if sum.isEmpty { return sum = values }
        for index in sum.indices where values.indices.contains(index) { sum[index] += values[index] }
    }

    /// So many positions, evenly spread.
    private static func spread(_ count: Int, of all: Int) -> [UInt32] {
        (0..<count).map { UInt32($0 * all / max(count, 1)) }
    }
}
