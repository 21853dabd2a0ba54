import Recipes
import Storage
import Wire

extension Daemon {
    /// Name, priority, labels, and hot keys of the recipe. A running worker is parked for the moment of the commit, so
    /// that the change is durable, with its step, before any update uses it.
    func set(_ input: SetJob.Input, caller: Caller, request: RequestKey?) async throws -> SetJob.Output {
        try refuseWhenStopping()
        if let name = input.name, !Recipe.isValidName(name) { throw StandardError.invalidParameter(parameter: "name") }
        if let priority = input.priority, !(-1000...1000).contains(priority) {
            throw StandardError.invalidParameter(parameter: "priority")
        }
        let values = input.values ?? [:]
        let findings = values.isEmpty ? [] : Recipe.validateChange(values)
        if findings.contains(where: { $0.severity == .error }) { throw SimmerError.recipeInvalid(findings: findings) }
        let row = try store.job(input.job)
        try caller.require(owner: row.ownerUid)
        if !values.isEmpty { try requireNetwork(row) }
        let parts = try store.parts(ofJob: row.id)
        let summary = try await change(row, values, request) { transaction, change in
            _ = try transaction.updateJob(row.id, expectedGeneration: input.expectedGeneration, event: .state) { row in
                if !values.isEmpty, row.state.isEnded {
                    throw SimmerError.wrongState(
                        job: row.name, state: row.state, allowed: [.running, .paused, .stopped, .queued])
                }
                if let name = input.name { row.name = name }
                if let priority = input.priority { row.priority = priority }
                if let labels = input.labels { row.labels = labels }
                if let change { row.changes.append(change) }
            }
            // Whose turn it is is asked of the parts.
            if let priority = input.priority {
                for part in parts {
                    _ = try transaction.updateJob(part.id, event: .state) { $0.priority = priority }
                }
            }
            return try transaction.summary(ofJob: row.id)
        }
        schedule()
        return .init(job: summary)
    }

    /// Runs `commit` with the step at which the values take effect, while the worker (if there is one) stands still,
    /// and tells the worker after the commit.
    private func change<Answer: Codable & Sendable>(
        _ row: JobRow, _ values: [String: String], _ request: RequestKey?,
        commit: (StoreTransaction, HotChange?) throws -> Answer
    ) async throws -> Answer {
        guard !values.isEmpty else { return try store.once(request) { try commit($0, nil) }.answer }
        let parked = try await park(row)
        defer {
            if let run = parked?.run {
                run.changing -= 1
                attempt("going on", job: row.id) { try parkOrGo(run) }
            }
        }
        let current = try store.job(id: row.id)
        let change = HotChange(step: parked?.step ?? current.lastCheckpointStep ?? 0, values: values)
        let (answer, repeated) = try store.once(request) { transaction in
            try refuseEndBehind(current, change)
            return try commit(transaction, change)
        }
        if !repeated, let run = parked?.run {
            try run.link?.send(.change(change))
            keepLine(
                job: row.id, priority: 5, step: change.step,
                "Changed from step \(change.step) on: "
                    + values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", "))
        }
        return answer
    }

    /// An end that lies behind the run would be one at once, at a step that nobody named.
    private func refuseEndBehind(_ row: JobRow, _ change: HotChange) throws {
        guard let facts = row.facts, change.values.keys.contains(where: { $0.hasPrefix("until") }) else { return }
        let recipe = try readRecipe(ofJob: row.id)
        let schedule = try Schedule(
            recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe), changes: row.changes + [change])
        guard let total = schedule.totalSteps, total < change.step else { return }
        let now = row.state.isEnded || row.state == .stopped ? "" : "To end the run now: `simmer stop \(row.name)`. "
        throw SimmerError.recipeInvalid(findings: [
            Finding(
                severity: .error, code: "until.done",
                message: "Job \(row.name) has done \(change.step) steps, and \(total) in all are fewer.",
                path: Finding.pointer("until"),
                hint: now + "To have it go on, name a total above \(change.step).")
        ])
    }

    /// Parks the job's worker for a change and gives the step where it stands; nil where there is no worker.
    ///
    /// A worker that is being started is awaited, and so is the end of one that is being stopped: it may have been given
    /// the changes before this one. Adds to `changing`; the caller takes it off.
    private func park(_ row: JobRow) async throws -> (run: Run, step: Int)? {
        while let run = runs[row.id] {
            if run.phase == .held {
                run.changing += 1
                return (run, run.lastStep)
            }
            if run.phase == .training { try hold(run) }
            let step = await withCheckedContinuation { run.holdWaiters.append($0) }
            if let step, runs[row.id] === run { return (run, step) }
        }
        return nil
    }

    /// Asks a worker that trains to stand still at its next step.
    func hold(_ run: Run) throws {
        run.phase = .holding
        try run.link?.send(.hold)
    }

    // MARK: Extend

    /// Another total. Says which rates follow before anything is done.
    func extend(_ input: ExtendJob.Input, caller: Caller, request: RequestKey?) async throws -> ExtendJob.Output {
        try refuseWhenStopping()
        let row = try store.job(input.job)
        try caller.require(owner: row.ownerUid)
        try requireNetwork(row)
        guard input.totalSteps > 0 else { throw StandardError.invalidParameter(parameter: "totalSteps") }
        let values = ["until": "\(input.totalSteps) steps"]
        let findings = Recipe.validateChange(values)
        if findings.contains(where: { $0.severity == .error }) { throw SimmerError.recipeInvalid(findings: findings) }
        guard let facts = row.facts, row.state != .preparing, row.state != .failed || row.lastCheckpoint != nil,
            row.state != .cancelled
        else {
            throw SimmerError.wrongState(
                job: row.name, state: row.state, allowed: [.queued, .running, .paused, .stopped, .succeeded])
        }
        let step = runs[row.id]?.lastStep ?? row.lastCheckpointStep ?? 0
        try refuseEndBehind(row, HotChange(step: step, values: values))
        var output = try preview(row, facts, step: step, total: input.totalSteps, values)
        if input.dryRun == true { return output }
        let summary = try await change(row, values, request) { transaction, change in
            let changed = try transaction.updateJob(
                row.id, event: .state, message: "extended to \(input.totalSteps) steps"
            ) { row in
                if let change { row.changes.append(change) }
                row.progress?.totalSteps = input.totalSteps
                // A finished or failed job goes on from its last checkpoint; a stopped one waits for `resume`.
                if row.state == .succeeded || row.state == .failed {
                    row.state = .queued
                    row.desired = .run
                    row.reason = nil
                }
            }
            return try transaction.summary(ofJob: changed.id)
        }
        output.job = summary
        output.dryRun = false
        note(
            .info, job: row.id, name: row.name, step: step,
            "job \(row.name) extended to \(input.totalSteps) steps by uid \(caller.uid)")
        schedule()
        return output
    }

    private func preview(
        _ row: JobRow, _ facts: DataFacts, step: Int, total: Int, _ values: [String: String]
    ) throws -> ExtendJob.Output {
        let recipe = try readRecipe(ofJob: row.id)
        let perEpoch = facts.stepsPerEpoch(of: recipe)
        let now = try Schedule(recipe: recipe, stepsPerEpoch: perEpoch, changes: row.changes)
        let then = try Schedule(
            recipe: recipe, stepsPerEpoch: perEpoch, changes: row.changes + [HotChange(step: step, values: values)])
        let summary = try store.summary(ofJob: row.id)
        // What plateaus have taken of the rate is the worker's knowledge; it tells with the metrics.
        var taken = 1.0
        if now.hasPlateau, let told = summary.latestMetrics.first(where: { $0.name == "rate" }), let rate = told.value {
            let planned = now.rate(at: max(0, told.step - 1))
            if planned > 0 { taken = rate / planned }
        }
        return ExtendJob.Output(
            job: summary, fromStep: step, totalNow: now.totalSteps, totalSteps: total,
            rateNow: taken * now.rate(at: max(0, step - 1)),
            rateNext: taken * then.rate(at: step), rateEnd: taken * then.rate(at: total - 1),
            dryRun: true, decay: try decay(of: row, now, step: step, total: total))
    }

    /// How a run whose rate has begun to fall comes to another total without being warmed up again.
    private func decay(of row: JobRow, _ schedule: Schedule, step: Int, total: Int) throws -> DecayedRun? {
        guard let start = schedule.decayStart, start < step else { return nil }
        var checkpoint: Checkpoint?
        do {
            checkpoint = try store.checkpoint("\(row.id)@\(start)")
        } catch SimmerError.noSuchCheckpoint {
            // Whether one is there is the question: a job may have lost it, or be of an older version.
        }
        return DecayedRun(
            step: start, rate: schedule.rate(at: start), checkpoint: checkpoint.flatMap { $0.complete ? $0.id : nil },
            overrides: schedule.stretched(to: total)?.overrides)
    }

    /// - Throws: `recipeInvalid` for a recipe that another version of simmer has written, `storeDegraded` for a damaged one.
    nonisolated func readRecipe(ofJob id: Int) throws -> Recipe {
        let input = try store.input(ofJob: id)
        do {
            return try Self.recipe(input.recipe, input.overrides)
        } catch SimmerError.recipeInvalid(let findings) {
            throw SimmerError.recipeInvalid(findings: findings + [Self.unreadable(findings, job: id)])
        }
    }

    /// What to do about a stored recipe that was right when it was submitted.
    private static func unreadable(_ findings: [Finding], job: Int) -> Finding {
        let first = findings.first { $0.severity == .error }
        return Finding(
            severity: .error, code: "recipe_unreadable",
            message:
                "The recipe of job \(job) was written for another version than simmer \(SimmerVersion.current), which "
                + "does not know all of it: \(first?.message ?? "it is not a recipe").",
            path: first?.path, line: first?.line,
            hint: "Start the version that wrote it, or submit the recipe again without that key; the job's checkpoints"
                + " are whole and can be exported.")
    }

    /// - Throws: `recipeInvalid`.
    static func recipe(_ text: String, _ overrides: [String: String]) throws -> Recipe {
        let (recipe, findings) = Recipe.read(text, overrides: overrides)
        guard let recipe else { throw SimmerError.recipeInvalid(findings: findings) }
        return recipe
    }

    // MARK: Checkpoints on demand

    /// Asks for a checkpoint at the next step boundary.
    ///
    /// A job without a worker has nothing newer than its last one, which is then the answer.
    /// - Parameter waits: until it is durable. Otherwise the answer is one that is not complete and has no id yet, at the
    ///   step after which it is taken at the earliest.
    func checkpoint(_ input: CheckpointJob.Input, waits: Bool, caller: Caller) async throws -> Checkpoint {
        try refuseWhenStopping()
        let row = try store.job(input.job)
        try caller.require(owner: row.ownerUid)
        try requireNetwork(row)
        guard let run = runs[row.id], run.phase == .training || run.phase == .held || run.phase == .holding else {
            guard let last = row.lastCheckpoint else {
                throw SimmerError.noSuchCheckpoint(checkpoint: "\(row.name)@last")
            }
            if let tag = input.tag { return try store.tag(checkpoint: last, tag) }
            return try store.checkpoint(last)
        }
        if let tag = input.tag { try store.requireFree(tag: tag, ofJob: row.id) }
        guard waits else {
            let request = try run.askForCheckpoint()
            run.checkpointWaiters.append(CheckpointWaiter(request: request, tag: input.tag))
            return Checkpoint(
                id: "", jobId: row.id, jobName: row.name, ownerUid: row.ownerUid, step: run.lastStep,
                createdUsec: Clock.wallUsec(), sizeBytes: 0, newBytes: 0, tags: input.tag.map { [$0] } ?? [],
                pinned: false, parents: [], metrics: [], verifyState: .unverified, complete: false,
                kind: Snapshot.Cause.asked.rawValue)
        }
        return try await withCheckedThrowingContinuation { continuation in
            do {
                let request = try run.askForCheckpoint()
                run.checkpointWaiters.append(
                    CheckpointWaiter(request: request, tag: input.tag, continuation: continuation))
            } catch {
                continuation.resume(throwing: answerable(error, "asking for a checkpoint"))
            }
        }
    }
}
