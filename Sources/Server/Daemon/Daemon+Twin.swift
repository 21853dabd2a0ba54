import Recipes
import Storage
import Wire

extension Daemon {
    /// A new job that learns from the labels alone what a student learned with its teachers.
    func twin(_ input: TwinJob.Input, caller: Caller, request: RequestKey?) throws -> TwinJob.Output {
        try refuseWhenStopping()
        if shared.value.draining { throw SimmerError.draining }
        if let name = input.name, !Recipe.isValidName(name) { throw StandardError.invalidParameter(parameter: "name") }
        let student = try store.job(input.student)
        try caller.require(owner: student.ownerUid)
        guard student.kind == .distill, var facts = student.facts else {
            throw SimmerError.incompatible(
                message: "Job \(student.name) was never queued as a student; it has no teachers to leave out.",
                findings: [])
        }
        let old = try store.input(ofJob: student.id)
        var overrides = Recipe.withoutTeachers(old.overrides)
        var changes = student.changes
        let before = try readRecipe(ofJob: student.id)
        if facts.unlabelledCount > 0 {
            // An epoch of the twin has other examples in it: the same steps are said in steps.
            let schedule = try Schedule(
                recipe: before, stepsPerEpoch: facts.stepsPerEpoch(of: before), changes: student.changes)
            let total = schedule.totalSteps ?? max(student.lastCheckpointStep ?? 0, 1)
            overrides = overrides.filter { !$0.key.hasPrefix("until.") && !$0.key.hasPrefix("schedule.") }
            overrides.merge(Cooldown.Plan(schedule, until: total).overrides) { $1 }
            changes = changes.upTo(.max, without: ["until"])
            facts.unlabelledCount = 0
        } else if before.until.steps(stepsPerEpoch: facts.stepsPerEpoch(of: before)) == nil {
            // A run without a total ends where the student is: as many steps, not as much time.
            overrides = overrides.filter { $0.key != "until" && !$0.key.hasPrefix("until.") }
            overrides["until"] = String(max(student.lastCheckpointStep ?? 0, 1))
            changes = changes.upTo(.max, without: ["until"])
        }
        let (recipe, findings) = Recipe.read(old.recipe, overrides: overrides)
        guard let recipe else { throw SimmerError.recipeInvalid(findings: findings) }
        let refused = commandFindings(recipe, uid: caller.uid)
        guard refused.isEmpty else { throw SimmerError.recipeInvalid(findings: refused) }
        var new = NewJob(
            name: input.name, defaultName: "\(student.name.prefix(58))-twin", ownerUid: caller.uid, recipe: old.recipe,
            recipeDigest: Submission.digest(old.recipe, overrides))
        new.kind = recipe.kind
        new.desired = input.startPaused == true ? .pause : .run
        new.state = new.desired.rest
        new.priority = recipe.resources.priority
        new.overrides = overrides
        let paths = recipe.filePaths.map(\.path) + [recipe.model.from].compactMap { $0 }
        new.files = student.files.filter { paths.contains($0.path) }
        new.facts = facts
        new.findings = findings
        new.changes = changes
        new.keep = recipe.checkpoint.keep
        if let expect = recipe.expect {
            new.bestMetric = expect.metric
            new.bestIsHigher = expect.above != nil
        }
        let (row, existing) = try store.insertJob(new, request: request)
        if !existing { note(.notice, job: row.id, name: row.name, "job \(row.name) is the twin of \(student.name)") }
        schedule()
        return .init(job: try store.summary(ofJob: row.id), findings: findings, existing: existing)
    }
}
