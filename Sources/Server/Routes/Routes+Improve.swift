import Recipes
import Storage
import Wire

extension Routes {
    /// A round trains a few dozen networks.
    private static var longestRound: Double { 86_400 }

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
                let caller = request.context
                let ask = ImproveRequest(
                    steps: input.steps, seconds: seconds, seeds: input.seeds ?? 3, only: input.only ?? [],
                    worth: try await daemon.readers.run { try worth() })
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

    /// What expectations of each kind of change have been worth: outcome over expectation, drawn towards 1 as if by three
    /// rounds that were right.
    private func worth() throws -> [String: Double] {
        var sums: [String: (gain: Double, expected: Double)] = [:]
        for row in try store.improvements(limit: 200, owner: nil) {
            guard let outcome = row.improvement.outcome, outcome.expected > 0, outcome.before > 0 else { continue }
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
