import Recipes
import Storage
import Wire

extension Routes {
    /// A round trains a few dozen networks.
    private static var longestRound: Double { 86_400 }
    /// Whole runs that the learning curve and the ensemble may take together: nine on shares of the examples, and those of
    /// the recipe as it is that no comparison has done before.
    private static var runsInBudget: Double { 14 }

    var improvements: [Route<Caller>] {
        [
            streaming(ImproveRecipe.self) { input, request, responder in
                let seconds = input.seconds ?? 20
                guard (0.1...3_600).contains(seconds) else {
                    throw StandardError.invalidParameter(parameter: "seconds")
                }
                guard (1...20).contains(input.seeds ?? 3) else {
                    throw StandardError.invalidParameter(parameter: "seeds")
                }
                guard (4...1_000_000).contains(input.steps ?? 4) else {
                    throw StandardError.invalidParameter(parameter: "steps")
                }
                let unknown = (input.only ?? []).filter { !Recipe.improvementKinds.contains($0) }
                guard unknown.isEmpty else {
                    throw SimmerError.incompatible(
                        message: "There is no kind of change '\(unknown[0])'. There are "
                            + "\(Recipe.improvementKinds.joined(separator: ", ")).", findings: [])
                }
                let tune = try Self.tuned(input)
                let caller = request.context
                let name = Recipe.read(input.recipe, overrides: input.overrides ?? [:]).recipe?.name
                let ask = try await daemon.readers.run {
                    ImproveRequest(
                        steps: input.steps, seconds: seconds,
                        // Who counts steps wants all of them.
                        budget: input.steps != nil && input.seconds == nil ? nil : Self.runsInBudget * seconds,
                        seeds: input.seeds ?? 3, only: input.only ?? [], worth: try worth(),
                        isSettled: try isSettled(name, owner: caller.uid), tune: tune, trials: input.trials ?? 20)
                }
                let prepared = try await inspectedMaterial(
                    input.recipe, overrides: input.overrides ?? [:], files: input.files ?? [], .improve(ask), request)
                guard let recipe = prepared.recipe, let material = prepared.material else {
                    return .init(findings: prepared.findings)
                }
                let report = try await daemon.improvers.run(
                    material.assignment, descriptors: material.descriptors,
                    memory: WorkerProgram.memory(
                        inspecting: recipe, configured: daemon.configuration.limits.workerMemory),
                    seconds: Self.longestRound
                ) { report in
                    if case .improving(let what) = report { try responder.report(.init(trying: what)) }
                }
                guard case .improved(let improvement) = report else { throw try Self.refusal(report) }
                return .init(
                    improvement: try await daemon.readers.run {
                        try store.addImprovement(improvement, name: recipe.name, ownerUid: caller.uid)
                    })
            },
            reading(ListImprovements.self) { input, caller in
                let limit = input.limit ?? 50
                guard (1...200).contains(limit) else { throw StandardError.invalidParameter(parameter: "limit") }
                let rows = try store.improvements(limit: limit, owner: caller.mayHandle(owner: -1) ? nil : caller.uid)
                return .init(rounds: rows.map { ImprovementRound(name: $0.name, improvement: $0.improvement) })
            },
        ]
    }

    /// The numbers that are to be tuned.
    private static func tuned(_ input: ImproveRecipe.Input) throws -> [TunedNumber] {
        let words = input.tune ?? []
        let numbers = words.compactMap(TunedNumber.init(rawValue:))
        guard numbers.count == words.count, Set(words).count == words.count else {
            throw SimmerError.incompatible(
                message:
                    "Numbers that can be tuned are \(TunedNumber.allCases.map(\.rawValue).joined(separator: ", ")), "
                    + "each once.", findings: [])
        }
        guard (4...500).contains(input.trials ?? 20) else { throw StandardError.invalidParameter(parameter: "trials") }
        return numbers
    }

    /// Whether the user's last round on a recipe of this name found no change that is better.
    private func isSettled(_ name: String?, owner: Int) throws -> Bool {
        let last = try store.improvements(limit: 200, owner: owner).first { $0.name == name }
        return last.map { $0.improvement.outcome?.verdict != .better } ?? false
    }

    /// What expectations of each kind of change have been worth: outcome over expectation, drawn towards 1 as if by three
    /// rounds that were right.
    private func worth() throws -> [String: Double] {
        var sums: [String: (gain: Double, expected: Double)] = [:]
        for outcome in try store.improvements(limit: 200, owner: nil).flatMap(\.improvement.outcomes) {
            guard outcome.expected > 0, outcome.before > 0 else { continue }
            // In parts of the loss, so that recipes can be added up.
            let sum = sums[outcome.proposal.kind] ?? (0, 0)
            sums[outcome.proposal.kind] = (
                sum.gain + outcome.gain / outcome.before, sum.expected + outcome.expected / outcome.before
            )
        }
        return sums.mapValues { sum in
            let prior = 3 * 0.01
            return max(0, (sum.gain + prior) / (sum.expected + prior))
        }
    }
}
