import Recipes
import Storage
import Wire

extension Daemon {
    /// A branch from the newest checkpoint of a trunk, whose rate goes to zero. The trunk goes on.
    func cooldown(_ input: CooldownJob.Input, caller: Caller, request: RequestKey?) throws -> CooldownJob.Output {
        try refuseWhenStopping()
        if shared.value.draining { throw SimmerError.draining }
        let trunk = try store.job(input.job)
        try caller.require(owner: trunk.ownerUid)
        try requireNetwork(trunk)
        var cooldown = try readRecipe(ofJob: trunk.id).harvest.cooldown
        if let share = input.share {
            guard share > 0, share <= 10 else { throw StandardError.invalidParameter(parameter: "share") }
            cooldown.share = share
        }
        if let shape = input.shape {
            guard let known = Segment.Shape(rawValue: shape), Cooldown.shapes.contains(known) else {
                throw StandardError.invalidParameter(parameter: "shape")
            }
            cooldown.shape = known
        }
        return try self.cooldown(
            trunk, cooldown, name: input.name, dryRun: input.dryRun == true, owner: caller.uid, request: request)
    }

    private func cooldown(
        _ trunk: JobRow, _ cooldown: Cooldown, name: String?, dryRun: Bool, owner: Int, request: RequestKey?
    ) throws -> CooldownJob.Output {
        guard let facts = trunk.facts, let last = trunk.lastCheckpoint else {
            throw SimmerError.incompatible(
                message: "Job \(trunk.name) has no checkpoint yet that could be cooled down.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "wait for one, or ask for it: `simmer checkpoint create \(trunk.name)`")
                ])
        }
        let checkpoint = try store.checkpoint(last)
        let recipe = try readRecipe(ofJob: trunk.id)
        let schedule = try Schedule(
            recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe),
            changes: trunk.changes.upTo(checkpoint.step, without: ["until"]))
        let plan = try cooldown.plan(of: schedule, at: checkpoint.step)
        var output = CooldownJob.Output(
            job: nil, checkpoint: checkpoint.id, fromStep: checkpoint.step, totalSteps: plan.totalSteps,
            rate: schedule.rate(at: checkpoint.step), findings: [], existing: false)
        if dryRun { return output }
        let (row, findings, existing) = try insertBranch(
            of: trunk, at: checkpoint, overrides: plan.overrides, name: name,
            defaultName: "\(trunk.name.prefix(44))-cooldown-\(checkpoint.step)", cools: true, owner: owner,
            request: request)
        output.job = try store.summary(ofJob: row.id)
        output.findings = findings
        output.existing = existing
        return output
    }

    /// Begins the next harvest of a job whose recipe asks for them, where one is due at its newest checkpoint. What has
    /// been harvested is in the table, so that a restart neither forgets a harvest nor begins one twice.
    func harvestIfDue(_ trunk: JobRow) throws {
        guard trunk.cooldownOf == nil, let facts = trunk.facts, let step = trunk.lastCheckpointStep else { return }
        let recipe = try readRecipe(ofJob: trunk.id)
        let harvest = recipe.harvest
        guard harvest.every != nil else { return }
        let branches = try store.cooldowns(ofJob: trunk.id)
        guard branches.allSatisfy(\.state.hasSettled) else { return }
        let last = branches.filter { $0.cooldownFrom != nil }.max { $0.createdUsec < $1.createdUsec }
        let now = Harvest.Moment(
            step: step,
            last: last.map { ($0.cooldownFrom ?? 0, Double(Clock.wallUsec() - $0.createdUsec) / 1e6) },
            minute: Clock.minuteOfDay())
        guard harvest.isDue(now, stepsPerEpoch: facts.stepsPerEpoch(of: recipe)) else { return }
        do {
            let output = try cooldown(
                trunk, harvest.cooldown, name: nil, dryRun: false, owner: trunk.ownerUid, request: nil)
            keepLine(
                job: trunk.id, priority: 5, step: step,
                "Harvest: \(output.job?.name ?? "a branch") goes from step \(output.fromStep) to \(output.totalSteps) "
                    + "while this job trains on.")
        } catch SimmerError.incompatible(let message, _) {
            // Not at this step (the rate is on its way there); the next checkpoint asks again.
            note(.info, job: trunk.id, name: trunk.name, step: step, "no harvest at step \(step): \(message)")
        }
    }

    /// What a cooldown has come to, in its trunk's log.
    func tellHarvest(_ branch: JobRow, step: Int) throws {
        guard let id = branch.cooldownOf else { return }
        let trunk: JobRow
        do {
            trunk = try store.job(id: id)
        } catch SimmerError.noSuchJob {
            return  // Deleted meanwhile: nobody asks what came of it.
        }
        let ends = try store.harvests(ofJob: id)
        guard let own = ends.last(where: { $0.jobId == branch.id }) else { return }
        let value = own.metrics.first { $0.name == trunk.bestMetric && $0.step == own.step }?.value
        let best = try store.checkpoint("\(id)@best-harvest")
        var text = "Harvest \(branch.name) is done at step \(step)"
        if let value { text += ": \(trunk.bestMetric) \(Float(value))" }
        text += best.jobId == branch.id ? ", the best so far." : "; the best is still \(best.jobName ?? best.id)."
        keepLine(job: id, priority: 5, step: step, text)
        note(.notice, job: id, name: trunk.name, step: step, id: .harvested, text)
    }
}

extension JobState {
    /// Nothing more comes of it unless a person wants it.
    fileprivate var hasSettled: Bool { isEnded || self == .stopped || self == .paused }
}
