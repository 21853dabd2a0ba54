import Recipes
import Training

extension ImproveRound {
    /// R5: the recipe with its made examples against one that learns from the real ones alone, over whole runs of as many
    /// steps on the same seeds, judged by the same real examples; nil where there are none. What is expected comes from a
    /// quarter of the steps, as for single changes.
    func madeData(_ twins: TwinRuns) throws(TrainingFailure) -> ImprovementOutcome? {
        guard let count = data.facts.madeCount, count > 0 else {
            if request.only.contains("made") {
                let reason =
                    data.facts.madeCount == nil ? "the recipe has no `data.made`" : "`data.without` leaves none"
                notes.append("There is no made data to judge (R5): \(reason).")
            }
            return nil
        }
        guard data.facts.realCount > 0 else {
            notes.append("Made data was not judged (R5): no real example is left to learn from.")
            return nil
        }
        let real = data.withoutMade
        var plain = recipe
        plain.data.made = nil
        // An epoch of the twin is shorter: what the recipe says in epochs stays as many steps.
        let epoch = data.facts.stepsPerEpoch(of: recipe)
        func fixed(_ amount: Amount) -> Amount {
            if case .epochs = amount, let steps = amount.steps(stepsPerEpoch: epoch) { return .steps(max(steps, 1)) }
            return amount
        }
        for index in plain.schedule.indices {
            plain.schedule[index].length = fixed(plain.schedule[index].length)
            plain.schedule[index].every = plain.schedule[index].every.map(fixed)
        }
        let proposal = Proposal("R5", "made", "\(count) made example\(count == 1 ? "" : "s") beside the real ones", [:])
        do throws(TrainingFailure) {
            var pairs: [(without: TwinRuns.Run, with: TwinRuns.Run)] = []
            for index in 0..<max(request.seeds, 1) {
                let own = try whole(index, twins)
                let without = try twins.run(
                    plain, real, what: "the real examples alone, seed \(index)", index: index)
                pairs.append((without, own))
            }
            let gain = pairs[0].without.quarters[0] - pairs[0].with.quarters[0]
            return outcome(proposal, gain * (request.worth[proposal.kind] ?? 1), pairs, twins)
        } catch {
            notes.append("\(proposal.title) could not be judged (R5): \(error.message)")
            return nil
        }
    }
}
