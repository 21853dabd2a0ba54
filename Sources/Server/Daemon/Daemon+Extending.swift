import Recipes
import Storage
import Wire

// How a job comes to another total without steps at which nothing is learned.
extension Daemon {
    /// The branch that goes on better than the job itself would: from before the fall of its rate, or from its newest
    /// checkpoint. nil where the job does well to go on where it is, or nothing is left to branch from.
    func branch(extending plan: ExtendJob.Output) throws -> ExtendingBranch? {
        let row = try store.job(id: plan.job.id)
        guard let facts = row.facts, plan.totalNow != plan.totalSteps else { return nil }
        let recipe = try readRecipe(ofJob: row.id)
        let perEpoch = facts.stepsPerEpoch(of: recipe)
        let schedule = try Schedule(recipe: recipe, stepsPerEpoch: perEpoch, changes: row.changes)
        if let decay = plan.decay, let id = decay.checkpoint, let overrides = decay.overrides {
            return try branch(of: row, at: try store.checkpoint(id), overrides, rewarms: false, total: plan.totalSteps)
        }
        guard plan.decay != nil || plan.rateEnd == 0, let last = row.lastCheckpoint else { return nil }
        let checkpoint: Checkpoint
        do { checkpoint = try store.checkpoint(last) } catch SimmerError.noSuchCheckpoint { return nil }
        // It has not begun to fall: it is held for longer.
        if let start = schedule.decayStart, checkpoint.step <= start,
            let overrides = schedule.stretched(to: plan.totalSteps)?.overrides
        {
            return try branch(of: row, at: checkpoint, overrides, rewarms: false, total: plan.totalSteps)
        }
        guard let overrides = schedule.rewarmed(at: checkpoint.step, to: plan.totalSteps)?.overrides else { return nil }
        return try branch(of: row, at: checkpoint, overrides, rewarms: true, total: plan.totalSteps)
    }

    /// What the rates of such a branch would be.
    private func branch(
        of row: JobRow, at checkpoint: Checkpoint, _ overrides: [String: String], rewarms: Bool, total: Int
    ) throws -> ExtendingBranch? {
        guard let facts = row.facts, checkpoint.complete, checkpoint.step < total else { return nil }
        let input = try store.input(ofJob: row.id)
        let recipe = try Self.recipe(input.recipe, input.overrides.merging(overrides) { $1 })
        let schedule = try Schedule(
            recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe),
            changes: row.changes.upTo(checkpoint.step, without: overrides.keys))
        let first = checkpoint.step
        let taken = try plateaus(of: row, upTo: first)
        func rate(_ step: Int) -> Double { taken * schedule.rate(at: step) }
        let ends = schedule.pieces.flatMap { [$0.start, ($0.end ?? total) - 1] }.filter { $0 > first && $0 < total }
        let most = (ends + [first]).map(rate).max() ?? 0
        return ExtendingBranch(
            checkpoint: checkpoint.id, fromStep: first, overrides: overrides,
            rewarms: rewarms && most > rate(first), fallsFrom: schedule.fall(from: first),
            rateNext: rate(first), rateMost: most, rateEnd: rate(total - 1))
    }

    /// What plateaus have left of the job's rate at a step: that is the worker's knowledge, which tells it with the metrics.
    private func plateaus(of row: JobRow, upTo step: Int) throws -> Double {
        guard let facts = row.facts else { return 1 }
        let recipe = try readRecipe(ofJob: row.id)
        let schedule = try Schedule(
            recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe), changes: row.changes)
        guard schedule.hasPlateau,
            let told = try store.metrics(ofJob: row.id, names: ["rate"], toStep: step).first,
            let place = zip(told.steps, told.values).reversed().first(where: { $0.0 > 0 && $0.1.isFinite })
        else { return 1 }
        let planned = schedule.rate(at: place.0 - 1)
        return planned > 0 ? place.1 / planned : 1
    }
}
