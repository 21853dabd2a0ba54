import Datasets
import Recipes
import Tensors
import Training

/// One round of improving a recipe: a run as it is, every proposal for a quarter of the steps, the best of them against none
/// over whole runs on the same seeds, and beside them what more data, columns of a table, and several networks are worth.
///
/// What a proposal is expected to bring is measured at a quarter of the steps and corrected by what such expectations have
/// been worth before; what it brings is a paired comparison (RECIPE.md: `better`).
package final class ImproveRound {
    /// Validation examples that are looked at; more only cost time.
    private static let mostExamples = 5_000
    /// Rates that are tried for another optimiser.
    private static let mostRates = 6

    let recipe: Recipe
    private let text: String
    private let overrides: [String: String]
    let data: Dataset
    let request: ImproveRequest
    private let weights: WeightsFile?
    private let pool: ThreadPool
    private let clock: any TrainingClock
    private let tell: (String) -> Void
    /// Of the recipe as it is, whole, by seed.
    private var wholes: [TwinRuns.Run] = []
    private var wholeSeconds = 0.0
    /// When the work that has a budget began.
    private var budgetStart: Double?
    var notes: [String] = []

    /// - Parameters:
    ///   - weights: what the recipe begins with, where `model.from` names it.
    ///   - tell: takes what is being tried, a few times a run; what goes wrong there is its own affair.
    package init(
        _ recipe: Recipe, text: String, overrides: [String: String], dataset: Dataset, weights: WeightsFile? = nil,
        request: ImproveRequest, threads: Int, clock: any TrainingClock, tell: @escaping (String) -> Void
    ) {
        self.recipe = recipe
        self.text = text
        self.overrides = overrides
        data = dataset.validation.count > Self.mostExamples ? Self.sampled(dataset) : dataset
        self.weights = weights
        self.request = request
        pool = ThreadPool(threads: threads)
        self.clock = clock
        self.tell = tell
    }

    /// - Throws: `TrainingFailure` where the recipe has too few validation examples, needs teachers, or its own run fails.
    package func run() throws(TrainingFailure) -> Improvement {
        try requireMeasurable()
        let twins = TwinRuns(recipe: recipe, weights: weights, steps: try steps(), pool: pool, tell: tell)
        guard request.tune.isEmpty else { return try tuned(twins) }
        let base = try whole(0, twins)
        var improvement = Improvement(
            steps: twins.steps, seeds: request.seeds, trainingLoss: base.training, validationLoss: base.loss, tried: [])
        improvement.tried = try screenAll(twins, base)
        if let best = improvement.tried.first, let expected = best.expected, expected > 0 {
            improvement.outcome = try compare(best.proposal, expected, twins)
        }
        improvement.stopping = stopping(base, twins)
        if request.wants("made") { improvement.made = try madeData(twins) }
        if request.wants("plain") { improvement.plain = try plainModel(twins) }
        if request.wants("inputs") { improvement.inputs = try inputGains(twins) }
        budgetStart = clock.seconds
        if request.wants("data") { improvement.learningCurve = try learningCurve(twins) }
        if request.wants("ensemble") { improvement.ensemble = try ensemble(twins) }
        improvement.notes = notes.isEmpty ? nil : notes
        return improvement
    }

    /// Trials of some numbers, and the best of them against the recipe as it is.
    private func tuned(_ twins: TwinRuns) throws(TrainingFailure) -> Improvement {
        let (tuning, best) = try TuningStudy(
            numbers: request.tune, trials: request.trials, text: text, overrides: overrides, twins: twins, data: data
        ).run()
        let base = try whole(0, twins)
        var improvement = Improvement(
            steps: twins.steps, seeds: request.seeds, trainingLoss: base.training, validationLoss: base.loss, tried: [])
        improvement.tuning = tuning
        guard let best, let own = tuning.base.last, let loss = tuning.trials.first?.losses.last else {
            return improvement
        }
        // The best of many trials has had luck: the ledger says how much of such a lead is left.
        let expected = (own - loss) * (request.worth[best.kind] ?? 1)
        improvement.tried = [TriedProposal(best, expected: expected)]
        if expected > 0 { improvement.outcome = try compare(best, expected, twins) }
        return improvement
    }

    private func requireMeasurable() throws(TrainingFailure) {
        func refuse(_ message: String) -> TrainingFailure { TrainingFailure(code: .dataError, message: message) }
        guard recipe.kind != .distill, data.facts.unlabelledCount == 0 else {
            throw refuse(
                "A round has no teachers, and without them a student is another network. Improve the recipe as "
                    + "`kind: train`, and distil into what comes of it.")
        }
        guard data.validation.count >= 20 else {
            throw refuse(
                "\(data.validation.count) validation examples are too few to tell two networks apart: "
                    + "give `data.validation` 20 or more.")
        }
    }

    private func steps() throws(TrainingFailure) -> Int {
        let own = recipe.until.steps(stepsPerEpoch: data.facts.stepsPerEpoch(of: recipe))
        if let steps = request.steps { return max(4, min(steps, own ?? steps)) }
        guard let each = StepTiming.seconds(recipe, data, pool: pool, clock: clock) else {
            throw TrainingFailure(code: .dataError, message: "The recipe cannot be trained for a single step.")
        }
        return max(40, min(Int(request.seconds / max(each, 1e-6)), own ?? .max))
    }

    /// The recipe as it is, over a whole run with this seed.
    func whole(_ index: Int, _ twins: TwinRuns) throws(TrainingFailure) -> TwinRuns.Run {
        while wholes.count <= index {
            let start = clock.seconds
            let keepsAnswers = request.wants("ensemble")
            wholes.append(
                try twins.run(
                    recipe, data,
                    what: wholes.isEmpty ? "the recipe as it is" : "the recipe as it is, seed \(wholes.count)",
                    index: wholes.count, keepsAnswers: keepsAnswers))
            wholeSeconds = max(wholeSeconds, clock.seconds - start)
        }
        return wholes[index]
    }

    /// Whole runs that have been done.
    var wholeCount: Int { wholes.count }

    /// Whether the budget has room for so many whole runs more.
    func hasRoom(for runs: Int) -> Bool {
        guard let budget = request.budget else { return true }
        return clock.seconds - (budgetStart ?? clock.seconds) + Double(runs) * wholeSeconds <= budget
    }

    // MARK: Single changes

    /// Every proposal for a quarter of the steps, the best expectation first; those that were not tried last.
    private func screenAll(_ twins: TwinRuns, _ base: TwinRuns.Run) throws(TrainingFailure) -> [TriedProposal] {
        let known = Recipe.proposals(text, overrides: overrides, facts: data.facts).filter { request.wants($0.kind) }
        var tried: [TriedProposal] = []
        for proposal in known { tried.append(try screen(proposal, twins, base)) }
        // Well tuned, it is a little better for convolutions, and that much work comes last (O6).
        let isLast = request.isSettled || !tried.contains { $0.expected ?? 0 > 0 }
        if isLast, request.wants("sgd") {
            var rates: [TriedProposal] = []
            for proposal in momentumProposals { rates.append(try screen(proposal, twins, base)) }
            if var best = rates.max(by: { $0.expected ?? -.infinity < $1.expected ?? -.infinity }) {
                best.proposal.title += ", the best of \(rates.count)"
                tried.append(best)
            }
        }
        let order = tried.indices.sorted {
            let (first, second) = (tried[$0].expected ?? -.infinity, tried[$1].expected ?? -.infinity)
            return first == second ? $0 < $1 : first > second
        }
        return order.map { tried[$0] }
    }

    /// SGD with momentum at rates that are drawn log-uniformly from 0.001 to 1, one in each of as many equal parts of that
    /// range; none where no layer convolves, or the recipe has it already.
    private var momentumProposals: [Proposal] {
        let convolves = recipe.model.allLayers.contains { if case .conv2d = $0.kind { true } else { false } }
        guard recipe.optimizer.kind != .sgd, convolves else { return [] }
        let random = Philox(seed: recipe.seed, purpose: .checks)
        return (0..<Self.mostRates).map { part in
            let place = Double(part) + Double(random.uniform(step: 0x6f36, index: UInt64(part)))
            let rate = LogScale(0.001, 1).value(place / Double(Self.mostRates))
            return Proposal(
                "O6", "sgd", "SGD with momentum of 0.9, rate \(LogScale.word(rate))",
                ["optimizer": "{kind: sgd, rate: \(LogScale.word(rate)), momentum: 0.9}"])
        }
    }

    func changed(_ proposal: Proposal) throws(TrainingFailure) -> Recipe {
        let (changed, findings) = Recipe.read(text, overrides: overrides.merging(proposal.overrides) { $1 })
        guard let changed else {
            throw TrainingFailure(
                code: .internal, message: findings.first?.message ?? "The change cannot be read.", findings: findings)
        }
        return changed
    }

    private func screen(
        _ proposal: Proposal, _ twins: TwinRuns, _ base: TwinRuns.Run
    ) throws(TrainingFailure) -> TriedProposal {
        do throws(TrainingFailure) {
            let changed = try changed(proposal)
            let quarter = try twins.run(changed, data, what: proposal.title, upTo: 1)
            let gain = base.quarters[0] - quarter.quarters[0]
            guard gain.isFinite else { return TriedProposal(proposal, refusal: "its loss is not finite") }
            let interval = PairedBootstrap.interval(
                zip(base.first, quarter.first).map { $0 - $1 }, seed: recipe.seed)
            return TriedProposal(
                proposal, expected: gain * (request.worth[proposal.kind] ?? 1), low: interval.low, high: interval.high,
                cost: cost(changed))
        } catch {
            // A rate that is too large is an answer, not an accident.
            return TriedProposal(proposal, refusal: error.message)
        }
    }

    /// Multiply-adds of an update, as a multiple of the recipe's own; nil where the layers do not fit.
    func cost(_ changed: Recipe) -> Double? {
        // What does not fit has been refused by its run, in words.
        guard let own = try? Effort(recipe, data.facts), let other = try? Effort(changed, data.facts) else {
            return nil
        }
        return other.forward * Double(changed.examplesPerUpdate) / (own.forward * Double(recipe.examplesPerUpdate))
    }

    func compare(
        _ proposal: Proposal, _ expected: Double, _ twins: TwinRuns
    ) throws(TrainingFailure) -> ImprovementOutcome {
        let changed = try changed(proposal)
        var pairs: [(TwinRuns.Run, TwinRuns.Run)] = []
        for index in 0..<max(request.seeds, 1) {
            let own = try whole(index, twins)
            let other = try twins.run(
                changed, data, what: "\(proposal.title) against none, seed \(index)", index: index)
            pairs.append((own, other))
        }
        return outcome(proposal, expected, pairs, twins)
    }

    /// What came of a change over whole runs without it and with it, one pair for each seed.
    func outcome(
        _ proposal: Proposal, _ expected: Double, _ pairs: [(without: TwinRuns.Run, with: TwinRuns.Run)],
        _ twins: TwinRuns
    ) -> ImprovementOutcome {
        var before: [Double] = []
        var after: [Double] = []
        var steps: (Int, Int) = (0, 0)
        for (index, (without, with)) in pairs.enumerated() {
            Self.add(without.best, to: &before)
            Self.add(with.best, to: &after)
            if index == 0 { steps = (twins.steps * (without.place + 1) / 4, twins.steps * (with.place + 1) / 4) }
        }
        let share = 1 / Double(max(pairs.count, 1))
        let differences = zip(before, after).map { ($0 - $1) * share }
        let interval = PairedBootstrap.interval(differences, seed: recipe.seed)
        let mean = { (values: [Double]) in TwinRuns.mean(values) * share }
        return ImprovementOutcome(
            proposal: proposal, expected: expected, gain: mean(before) - mean(after), low: interval.low,
            high: interval.high, verdict: .init(interval), before: mean(before), after: mean(after),
            beforeStep: steps.0, afterStep: steps.1)
    }

    /// R14: the best quarter against the last; nil where that is the same one, or no worse beyond chance. The best of four
    /// is chosen by the same answers, so that its lead is held against as many chances.
    private func stopping(_ base: TwinRuns.Run, _ twins: TwinRuns) -> StoppingGain? {
        guard base.place < 3, base.quarters.count == 4 else { return nil }
        let differences = zip(base.last, base.best).map { $0 - $1 }
        let interval = PairedBootstrap.interval(differences, seed: recipe.seed, among: 3)
        guard interval.low > 0 else { return nil }
        return StoppingGain(
            step: twins.steps * (base.place + 1) / 4, gain: TwinRuns.mean(differences), low: interval.low,
            high: interval.high)
    }

    /// The data with fewer validation examples.
    private static func sampled(_ dataset: Dataset) -> Dataset {
        dataset.withValidation(
            dataset.validation.held(TwinRuns.spread(mostExamples, of: dataset.validation.count)))
    }

    static func add(_ values: [Double], to sum: inout [Double]) {
        if sum.isEmpty { return sum = values }
        for index in sum.indices where values.indices.contains(index) { sum[index] += values[index] }
    }
}

extension ImprovementOutcome.Verdict {
    /// By the interval of a gain.
    init(_ interval: (low: Double, high: Double)) {
        self = interval.low > 0 ? .better : interval.high < 0 ? .worse : .same
    }
}
