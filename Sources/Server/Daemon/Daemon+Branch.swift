import Recipes
import Storage
import Wire

extension Daemon {
    /// A new job that goes on from a checkpoint with the same data, and the same recipe but for the overrides.
    func branch(_ input: BranchJob.Input, caller: Caller, request: RequestKey?) throws -> BranchJob.Output {
        try refuseWhenStopping()
        if shared.value.draining { throw SimmerError.draining }
        let checkpoint = try store.checkpoint(input.checkpoint)
        try caller.require(owner: checkpoint.ownerUid)
        guard checkpoint.complete else { throw SimmerError.checkpointIncomplete(checkpoint: input.checkpoint) }
        guard let parentId = checkpoint.jobId else {
            throw SimmerError.incompatible(
                message: "The checkpoint has no job whose recipe could be continued.",
                findings: [hint("submit a recipe that names it under `model.from`")])
        }
        let parent = try store.job(id: parentId)
        let (row, findings, existing) = try insertBranch(
            of: parent, at: checkpoint, overrides: input.overrides ?? [:], name: input.name,
            defaultName: input.overrides?["name"] == nil ? String(parent.name.prefix(58)) : nil,
            startPaused: input.startPaused == true, startsMoments: input.resetOptimizer == true, owner: caller.uid,
            request: request)
        return .init(job: try store.summary(ofJob: row.id), findings: findings, existing: existing)
    }

    /// - Parameters:
    ///   - cools: whether it is a cooldown of the parent: it then runs in the slot for short work.
    ///   - defaultName: what it is called without a name; the recipe's name otherwise.
    ///   - startsMoments: whether the optimiser begins as in a new run; it may then be another one.
    func insertBranch(
        of parent: JobRow, at checkpoint: Checkpoint, overrides own: [String: String], name: String?,
        defaultName: String? = nil, startPaused: Bool = false, cools: Bool = false, startsMoments: Bool = false,
        owner: Int, request: RequestKey?
    ) throws -> (row: JobRow, findings: [Finding], existing: Bool) {
        let old = try store.input(ofJob: parent.id)
        let overrides = old.overrides.merging(own) { $1 }
        let (recipe, findings) = Recipe.read(old.recipe, overrides: overrides)
        guard let recipe else { throw SimmerError.recipeInvalid(findings: findings) }
        let refused = commandFindings(recipe, uid: owner)
        guard refused.isEmpty else { throw SimmerError.recipeInvalid(findings: refused) }
        let before = try readRecipe(ofJob: parent.id)
        try requireFit(recipe, before, parent, checkpoint, keepsMoments: !startsMoments)
        var new = NewJob(
            name: name, defaultName: defaultName ?? recipe.name, ownerUid: owner, recipe: old.recipe,
            recipeDigest: "sha256:"
                + Fingerprint.sha256(
                    old.recipe + "\u{0}" + overrides.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "\u{0}")
                ))
        new.kind = recipe.kind
        new.desired = startPaused ? .pause : .run
        new.state = new.desired.rest
        new.priority = recipe.resources.priority
        new.overrides = overrides
        new.parentCheckpoint = checkpoint.id
        new.files = parent.files
        new.facts = parent.facts
        new.findings = findings
        // What had been changed by hand up to the checkpoint is part of what it is.
        new.changes = parent.changes.upTo(checkpoint.step, without: own.keys)
        try requireSteps(recipe, new, from: checkpoint.step)
        if cools {
            new.notes[JobRow.cooldownNote] = String(parent.id)
            new.notes[JobRow.cooldownStepNote] = String(checkpoint.step)
        }
        if startsMoments { new.notes[JobRow.freshMomentsNote] = "yes" }
        new.keep = recipe.checkpoint.keep
        if let expect = recipe.expect {
            new.bestMetric = expect.metric
            new.bestIsHigher = expect.above != nil
        }
        let (row, existing) = try store.insertJob(new, request: request)
        if !existing {
            note(
                .notice, job: row.id, name: row.name, step: checkpoint.step,
                "job \(row.name) branches from \(parent.name)@\(checkpoint.step)")
        }
        schedule()
        return (row, findings, existing)
    }

    /// A total before the checkpoint would be reached before the first step.
    private func requireSteps(_ recipe: Recipe, _ new: NewJob, from step: Int) throws {
        guard let facts = new.facts,
            let total = try Schedule(
                recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe), changes: new.changes
            ).totalSteps, total < step
        else { return }
        throw SimmerError.incompatible(
            message: "A branch from step \(step) has nothing to do: its total is \(total) steps.",
            findings: [
                Finding(
                    severity: .error, code: "branch.total",
                    message: "`until` is the total, with the steps before the branch.", path: Finding.pointer("until"),
                    hint: "Write more than \(step) steps.")
            ])
    }

    private func hint(_ text: String) -> Finding {
        Finding(severity: .info, code: "hint", message: text)
    }

    /// The checkpoint's tensors must be the new recipe's, and the data the same.
    private func requireFit(
        _ recipe: Recipe, _ before: Recipe, _ parent: JobRow, _ checkpoint: Checkpoint, keepsMoments: Bool
    ) throws {
        guard recipe.data == before.data, recipe.dataSeed == before.dataSeed || recipe.data.format.readsFiles,
            let facts = parent.facts
        else {
            throw SimmerError.incompatible(
                message: "A branch keeps its data and the seed that splits it.",
                findings: [hint("submit a new recipe for other data")])
        }
        guard recipe.kind == before.kind, recipe.teachers == before.teachers else {
            throw SimmerError.incompatible(
                message: "A branch keeps its kind and its teachers.",
                findings: [hint("submit a new recipe for others, with `model.from` to begin at these weights")])
        }
        guard recipe.targets == .live || before.targets == .cached && recipe.seed == before.seed else {
            throw SimmerError.incompatible(
                message: "A branch reuses its job's cached answers of the teachers, which are those to the examples "
                    + "that the job's seed chose: `targets` and `seed` must be the job's.",
                findings: [hint("write `targets: live`")])
        }
        func shapes(_ recipe: Recipe) -> [ParameterSpec] {
            recipe.resolve(for: facts).layers.flatMap(\.parameters)
        }
        let now = shapes(recipe)
        let then = shapes(before)
        var findings: [Finding] = []
        for spec in now where !then.contains(where: { $0.name == spec.name && $0.shape == spec.shape }) {
            findings.append(
                Finding(
                    severity: .error, code: "shape",
                    message: "The checkpoint has no tensor \(spec.name) of shape \(spec.shape)."))
        }
        for spec in then where !now.contains(where: { $0.name == spec.name }) {
            findings.append(
                Finding(severity: .error, code: "shape", message: "The new recipe has no tensor \(spec.name)."))
        }
        if keepsMoments, recipe.optimizer.kind != before.optimizer.kind {
            findings.append(
                Finding(
                    severity: .error, code: "optimizer",
                    message: "The checkpoint's moments are \(before.optimizer.kind.rawValue)'s, not "
                        + "\(recipe.optimizer.kind.rawValue)'s.",
                    path: Finding.pointer("optimizer.kind"),
                    hint: "`--reset-optimizer` keeps the weights and begins with fresh moments."
                ))
        }
        guard findings.isEmpty else {
            throw SimmerError.incompatible(
                message: "Checkpoint \(checkpoint.step) of \(parent.name) does not fit the changed recipe.",
                findings: findings)
        }
    }
}

extension [HotChange] {
    /// Those made up to a step, without the keys that something else decides.
    func upTo(_ step: Int, without keys: some Collection<String>) -> [HotChange] {
        filter { $0.step <= step }.compactMap { change in
            var change = change
            for key in keys { change.values[key] = nil }
            return change.values.isEmpty ? nil : change
        }
    }
}
