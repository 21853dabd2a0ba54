import Recipes
import Storage
import Wire

extension Daemon {
    /// Longest suites, seconds: a full one trains ladders of networks.
    private static let longestSuite = 86_400.0
    /// Points of a curve that a worker is told.
    private static let mostEvaluations = 2_000

    /// By what the results of a recipe and its data are found again.
    nonisolated func checkSubject(_ recipe: Recipe, digests: [(path: String, digest: String)]) throws -> CheckSubject {
        let files = digests.sorted { $0.path < $1.path }.map { "\($0.path)=\($0.digest)" }
        let text = try JSONValue(encoding: recipe.checked).canonicalText
        return .recipe(Fingerprint.sha256(([text] + files).joined(separator: "\u{0}")))
    }

    nonisolated func checkSubject(of row: JobRow) throws -> CheckSubject {
        try checkSubject(readRecipe(ofJob: row.id), digests: row.files.map { ($0.path, $0.digest) })
    }

    /// Runs a suite in a worker of its own, and keeps what it finds.
    /// - Parameter tell: takes how far it is, and results as they come; what it throws gives the suite up.
    nonisolated func runChecks(
        _ material: LaunchMaterial, _ request: CheckRequest, of subject: CheckSubject,
        owner: Int, job: Int? = nil, ticket: ShortWorkers.Ticket = ShortWorkers.Ticket(),
        tell: @escaping @Sendable (CheckProgress, [CheckResult]) throws -> Void = { _, _ in }
    ) async throws -> [CheckResult] {
        struct Heard {
            var progress = CheckProgress(ids: [], done: 0, count: 0)
            var pictures: [String: [Picture]] = [:]
            var results: [CheckResult] = []
        }
        let heard = Locked(Heard())
        let assignment = material.assignment
        let (recipe, _) = Recipe.read(assignment.recipe, overrides: assignment.overrides)
        let limits = configuration.limits
        let report = try await checkers.run(
            assignment, descriptors: material.descriptors,
            memory: WorkerProgram.memory(inspecting: recipe, configured: limits.workerMemory),
            seconds: request.suite == .full ? Self.longestSuite : limits.inspectionSeconds, ticket: ticket
        ) { report in
            switch report {
            case .checksBegin(let count, let seconds):
                let progress = heard.withLock { heard in
                    heard.progress.count = count
                    heard.progress.expectedSeconds = seconds
                    return heard.progress
                }
                try tell(progress, [])
            case .checking(let ids, let done):
                let progress = heard.withLock { heard in
                    heard.progress.ids = ids
                    heard.progress.done = done
                    return heard.progress
                }
                try tell(progress, [])
            case .pictured(let check, let picture):
                heard.withLock { $0.pictures[check, default: []].append(picture) }
            case .checked(var results):
                if let place = results.firstIndex(where: { $0.id == "P2" }), let recipe,
                    let known = try self.oneChange(recipe, except: job, owner: owner)
                {
                    results[place] = known
                }
                let (progress, pictures) = heard.withLock { heard in
                    // A check whose question has two parts answers again, for both.
                    heard.results.removeAll { old in results.contains { $0.id == old.id } }
                    heard.results += results
                    heard.progress.done += 1
                    return (heard.progress, heard.pictures)
                }
                let kept = try self.store.addCheckResults(results, of: subject, pictures: pictures)
                heard.withLock { heard in for result in results { heard.pictures[result.id] = nil } }
                try tell(progress, kept)
            default: break
            }
        }
        guard case .checksEnded = report else { throw try Routes.refusal(report) }
        return heard.value.results
    }

    /// What a worker needs to check a job's recipe on the job's own data; for the trained suite also a checkpoint.
    nonisolated func checkMaterial(
        _ row: JobRow, _ request: CheckRequest, checkpoint: Checkpoint?
    ) throws -> LaunchMaterial {
        if let checkpoint {
            var request = request
            request.history = try history(of: row)
            return try material(of: checkpoint, job: row.id, .check(request))
        }
        guard let facts = row.facts else {
            throw SimmerError.wrongState(job: row.name, state: row.state, allowed: [.queued, .running, .succeeded])
        }
        let input = try store.input(ofJob: row.id)
        var material = LaunchMaterial(
            assignment: Assignment(
                task: .check(request), recipe: input.recipe, overrides: input.overrides, facts: facts,
                threads: defaultThreads, jobName: row.name),
            descriptors: [], findings: [], checkpoint: nil)
        try addFiles(row.files, to: &material)
        return material
    }

    /// What a checkpoint's checks need to know of its run. A run that was evaluated more often comes with means.
    private nonisolated func history(of row: JobRow) throws -> RunHistory {
        let names = ["validation.loss", "validation.accuracy", "validation.mae", row.bestMetric]
        var best: Checkpoint?
        do {
            best = try store.checkpoint("\(row.id)@best")
        } catch SimmerError.noSuchCheckpoint {
            // That is one of the things to be told.
        }
        let units = try store.checkResults(of: .job(row.id)).last { $0.id == "W5" && $0.verdict != .skip }
        return RunHistory(
            job: row.name, metric: row.bestMetric, isHigherBetter: row.bestIsHigher,
            series: try store.metrics(ofJob: row.id, names: names, maxPoints: Self.mostEvaluations),
            best: best.map { best in
                RunHistory.Kept(
                    step: best.step,
                    value: best.metrics.last { $0.name == row.bestMetric && $0.step == best.step }?.value)
            }, deadUnits: units?.verdict)
    }

    /// What is known of a job by checks, and what follows.
    nonisolated func checkReport(of row: JobRow, isChecking: Bool) throws -> CheckReport {
        let recipe = try readRecipe(ofJob: row.id)
        var results: [CheckResult] = []
        if row.facts != nil { results = try store.checkResults(of: try checkSubject(of: row)) }
        results += try store.checkResults(of: .data(try exampleKey(of: row)))
        results += try store.checkResults(of: .job(row.id))
        if let band = try referenceBand(of: row, recipe) { results.append(band) }
        if let baselines = CheckReport.baselines(results) { results.append(baselines) }
        if let first = CheckReport.dataFirst(results) { results.append(first) }
        results = results.inStageOrder
        var reasons = recipe.acknowledge
        if let text = row.notes[JobRow.acknowledgedNote] {
            let later = try StrictJSON.parse(Array(text.utf8)).decoded(as: [String: String].self)
            reasons.merge(later) { $1 }
        }
        let obstacles = CheckReport.obstacles(results, acknowledged: reasons, isChecking: isChecking)
        let isForced = row.notes[JobRow.forcedNote] != nil
        let gate: CheckGate =
            !isGated(row, recipe) ? .off : obstacles.isEmpty || isForced ? .open : .closed
        return CheckReport(
            results: results, acknowledged: reasons, forced: isForced, gate: gate, obstacles: obstacles)
    }
}
