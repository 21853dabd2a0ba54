import Recipes
import Storage
import Wire

extension Daemon {
    /// Measures what the members are worth together, in a short worker, and ends their whole with the report.
    func measure(_ row: JobRow, _ recipe: Recipe, _ members: [JobRow]) throws {
        guard let facts = row.facts else { return }
        let request = recipe.ensembleRequest(for: facts)
        let ids = members.map(\.id)
        work(row, "All \(members.count) members have reached their end: they are measured.", ends: true) {
            daemon, ticket in
            let material = try await daemon.copying.run {
                let references = try ids.map { try daemon.bestCheckpoint(ofJob: $0).id }
                return try daemon.material(of: references, request, named: nil, caller: nil)
            }
            let report = try await daemon.runShort(material, ticket: ticket, again: daemon.tellsAgain(job: row.id))
            guard case .combined(let measured) = report else { throw try Routes.refusal(report) }
            return try JSONValue(encoding: measured).canonicalText
        }
    }

    /// Work of a whole away from the decision queue, one piece at a time.
    /// - Parameters:
    ///   - text: what the job's log says.
    ///   - ends: whether the whole has reached its end when it is done.
    ///   - body: gives the whole's report.
    func work(
        _ row: JobRow, _ text: String, ends: Bool,
        _ body: @escaping @Sendable (Daemon, ShortWorkers.Ticket) async throws -> String
    ) {
        guard measurements[row.id] == nil else { return }
        keepLine(job: row.id, priority: 6, step: nil, text)
        let ticket = ShortWorkers.Ticket()
        measurements[row.id] = ticket
        Task {
            do {
                let report = try await body(self, ticket)
                measured(row.id, report, ends: ends)
            } catch {
                notMeasured(row.id, error)
            }
        }
    }

    private func measured(_ id: Int, _ report: String, ends: Bool) {
        measurements[id] = nil
        attempt("the report of job \(id)", job: id) {
            let row = try store.job(id: id)
            // Wanted otherwise meanwhile: it is measured again when it goes on.
            guard row.state == .running, row.desired == .run else { return convergeSoon(id) }
            if ends {
                try finish(row, report: report)
            } else {
                _ = try store.updateJob(id) { $0.report = report }
                convergeSoon(id)
            }
        }
    }

    private func finish(_ row: JobRow, report: String) throws {
        let text = "Job \(row.name) has reached its end: its networks are measured."
        let notice = notice([.finished], text, job: row.id)
        let ended = try store.updateJob(row.id) { row in
            row.state = .succeeded
            row.reason = nil
            row.report = report
            try row.keep(notice)
        }
        partProgress[row.id] = nil
        note(.notice, job: row.id, name: row.name, id: .jobSucceeded, text)
        keepLine(job: row.id, priority: 5, step: nil, text)
        tell(ended)
        schedule()
    }

    private func notMeasured(_ id: Int, _ error: any Error) {
        measurements[id] = nil
        guard !shared.value.stopping else { return }
        attempt("failing job \(id)", job: id) {
            let row = try store.job(id: id)
            guard row.state == .running, row.desired == .run else { return convergeSoon(id) }
            // Paused and taken up again before the worker was gone.
            if case .operationCancelled? = error as? SimmerError { return convergeSoon(id) }
            let known = answerable(error, "measuring job \(row.name)")
            let text = error is ShortWorkDied ? "\(error)" : "\(known)"
            try setFailed(
                id, code: error is ShortWorkDied ? "oom" : "internal",
                "The networks cannot be measured: \(text) `simmer resume \(row.name)` tries again.")
        }
        schedule()
    }

    /// The best checkpoint of a job by its metric, or its last where nothing was measured.
    /// - Throws: `noSuchCheckpoint`.
    nonisolated func bestCheckpoint(ofJob id: Int) throws -> Checkpoint {
        do {
            return try store.checkpoint("\(id)@best")
        } catch SimmerError.noSuchCheckpoint {
            return try store.checkpoint("\(id)@last")
        }
    }

    /// The first one's recipe and data, and every one's weights.
    /// - Parameters:
    ///   - names: as the caller named them; by `job@step` otherwise.
    ///   - caller: nil for the daemon itself.
    nonisolated func material(
        of references: [String], _ ensemble: EnsembleRequest, named names: [String]?, caller: Caller?
    ) throws -> LaunchMaterial {
        let records = try records(of: references, as: "member", caller: caller)
        let names = names ?? records.map(\.name)
        var findings = ensemble.findings(of: records, named: names)
        if findings.isEmpty, ensemble.method == .averageWeights {
            findings = try lineageFindings(records, named: names)
        }
        guard findings.isEmpty, let first = records.first else {
            throw SimmerError.incompatible(
                message: findings.first?.message ?? "There is no member.", findings: findings)
        }
        let checkpoint = try store.checkpoint(first.checkpoint)
        let files = try checkpoint.jobId.map { try store.job(id: $0).files } ?? []
        var material = LaunchMaterial(
            assignment: Assignment(
                task: .combine(ensemble), recipe: first.recipe, overrides: first.overrides, facts: first.facts,
                threads: defaultThreads, jobName: first.name),
            descriptors: [], findings: [], checkpoint: checkpoint)
        try addFiles(files, to: &material)
        for (path, descriptor) in try self.files(of: records) {
            material.assignment.files.append(DataFile(path: path, fileDescriptor: material.descriptors.count))
            material.descriptors.append(descriptor)
        }
        return material
    }

    /// What a worker needs to use a checkpoint: its job's recipe and data, its bytes.
    nonisolated func material(
        of checkpoint: Checkpoint, job id: Int, _ task: Assignment.Task
    ) throws -> LaunchMaterial {
        let row = try store.job(id: id)
        let input = try store.input(ofJob: id)
        let changes = row.changes.filter { $0.step <= checkpoint.step }
        var material = LaunchMaterial(
            assignment: Assignment(
                task: task, recipe: input.recipe, overrides: input.overrides, changes: changes, facts: row.facts,
                threads: defaultThreads, jobName: row.name),
            descriptors: [], findings: [], checkpoint: checkpoint)
        try addFiles(row.files, to: &material)
        try addSnapshot(checkpoint, to: &material)
        return material
    }

    nonisolated func runShort(
        _ material: LaunchMaterial, ticket: ShortWorkers.Ticket = ShortWorkers.Ticket(),
        again: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> WorkerReport {
        let limits = configuration.limits
        let assignment = material.assignment
        let (recipe, _) = Recipe.read(assignment.recipe, overrides: assignment.overrides)
        return try await shortWorkers.run(
            assignment, descriptors: material.descriptors,
            memory: WorkerProgram.memory(inspecting: recipe, configured: limits.workerMemory),
            seconds: limits.inspectionSeconds, ticket: ticket, again: again)
    }

    /// Weights have a mean that is worth something only where they lie near each other, which those of one lineage do
    /// (Wortsman et al. 2022, arXiv:2203.05482; Frankle et al. 2020, arXiv:1912.05671).
    private nonisolated func lineageFindings(
        _ records: [TeacherRecord], named references: [String]
    ) throws -> [Finding] {
        let roots = try records.map { try origin(of: $0.checkpoint) }
        return roots.indices.dropFirst().filter { roots[$0] == nil || roots[$0] != roots[0] }.map { index in
            Finding(
                severity: .error, code: "ensemble.lineage",
                message:
                    "`\(references[index])` and `\(references[0])` have no ancestor in common that the store knows "
                    + "of: networks that began apart have no mean.",
                hint: "Take checkpoints of one job, of branches from it, or of jobs that began with its weights "
                    + "(`model.from`); or the mean of the probabilities.")
        }
    }
}
