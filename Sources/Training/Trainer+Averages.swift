import Recipes

/// Means of the weights as a run goes on.
extension Trainer {
    /// After which updates an average takes weights in.
    struct Turn {
        var average: Average
        var first: Int
        var every: Int

        func isDue(after step: Int) -> Bool { step >= first && (step - first) % every == 0 }
    }

    /// Those that do not take in the weights of every update.
    static func turns(_ setup: Setup, _ model: Model, _ stepsPerEpoch: Int) -> [Turn] {
        // A share is one of the run as submitted: a longer `until` must not move what has already happened.
        let total = setup.recipe.until.steps(stepsPerEpoch: stepsPerEpoch)
        return model.averages.all.compactMap { average in
            if case .ema = average.kind { return nil }
            return average.kind.turns(stepsPerEpoch: stepsPerEpoch, total: total)
                .map { Turn(average: average, first: $0.first, every: $0.every) }
        }
    }

    /// Takes in the weights that `step` updates have made. What was taken in is counted in the state that a snapshot holds
    /// beside the means: a run that goes on from one takes nothing in twice.
    func takeAverages(after step: Int) {
        model.averages.update()
        for turn in turns where turn.isDue(after: step) {
            let taken = state.taken[turn.average.name, default: 0]
            model.averages.take(turn.average, after: taken)
            state.taken[turn.average.name] = taken + 1
        }
    }

    /// Those that are means of something by now.
    var existingAverages: [Average] {
        model.averages.all.filter { $0.exists(after: state.taken[$0.name, default: 0]) }
    }

    /// Gives means that have changed since the statistics that belong to them. They are a function of the means, so a
    /// snapshot holds the same ones whenever it is taken.
    func measureStatistics() {
        for average in existingAverages { model.measureStatistics(of: average, setup.dataset.training) }
    }

    /// After a snapshot was read: what it does not hold begins anew.
    func restoreAverages(_ missing: SnapshotLayout.Missing, step: Int) {
        for average in model.averages.all {
            let taken = state.taken[average.name, default: 0]
            let slots = average.slots.indices.prefix(taken).map { AverageName.slotPrefix(average.name, $0) }
            let isWhole = !missing.averages.contains { name in
                name.hasPrefix(average.kind.prefix) || slots.contains { name.hasPrefix($0) }
            }
            if case .ema = average.kind {
                if !isWhole { model.averages.begin(average) }
                continue
            }
            // A branch may have moved the beginning: what lies before it is of no mean.
            let first = turns.first { $0.average === average }?.first ?? .max
            let isKept = isWhole && taken > 0 && first <= step
            state.taken[average.name] = isKept ? taken : nil
            average.isMeasured = isKept
            if !isKept { model.averages.begin(average) }
        }
        // Of averages that this recipe does not keep.
        let names = Set(model.averages.all.map(\.name))
        state.taken = state.taken.filter { names.contains($0.key) }
    }
}
