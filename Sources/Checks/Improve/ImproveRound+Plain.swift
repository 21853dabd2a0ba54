import Recipes
import Training

extension ImproveRound {
    /// A catalogue's model may cost so many times what the recipe's does; else no round would have room for it.
    private static let dearest = 4.0

    /// O4: the catalogue's model for this kind of data in the place of the recipe's, over whole runs of as many steps; nil
    /// where there is nothing to compare. Of several the largest that is no dearer than four times the recipe's own.
    func plainModel(_ twins: TwinRuns) throws(TrainingFailure) -> ImprovementOutcome? {
        if let name = PlainModel.name(of: recipe.model.layers, for: data.facts) {
            notes.append("No other model to beat (O4): the recipe's is the catalogue's own, `\(name)`.")
            return nil
        }
        guard recipe.model.from == nil else {
            notes.append("No other model to beat (O4): the recipe's begins with weights that no other has.")
            return nil
        }
        var known: [(proposal: Proposal, cost: Double)] = []
        for model in PlainModel.catalogue(for: data.facts) {
            let proposal = Proposal(
                "O4", "plain", "the catalogue's model, `\(model.name)`", model.overrides)
            // What cannot be read, or does not fit, is none to compare with.
            guard let changed = try? changed(proposal), let cost = cost(changed) else { continue }
            known.append((proposal, cost))
        }
        known.sort { $0.cost < $1.cost }
        guard let chosen = known.last(where: { $0.cost <= Self.dearest }) ?? known.first else {
            notes.append("No other model to beat (O4): no model of the catalogue fits this data.")
            return nil
        }
        do throws(TrainingFailure) {
            return try compare(chosen.proposal, 0, twins)
        } catch {
            notes.append("\(chosen.proposal.title) could not be compared (O4): \(error.message)")
            return nil
        }
    }
}
