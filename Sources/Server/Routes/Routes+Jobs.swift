import Recipes
import Storage
import Wire

extension Routes {
    var jobs: [Route<Caller>] {
        [
            Route(later: CheckRecipe.self) { input, request, responder in
                Task {
                    do { responder.finish(try await check(input, request)) } catch {
                        responder.fail(daemon.answerable(error, "CheckRecipe"))
                    }
                }
            },
            streaming(SubmitJob.self) { input, request, responder in
                let key = try Self.key(input.requestId, request)
                let submission = try await daemon.readers.run {
                    try Submission(input, descriptors: request.call.descriptors, limits: daemon.configuration.limits)
                }
                var output = try await daemon.submitKeepingOrigin(submission, caller: request.context, request: key)
                if responder.more { output = try await follow(output, responder) }
                return output
            },
            reading(ListJobs.self) { input, caller in
                if let limit = input.limit, !(1...1000).contains(limit) {
                    throw StandardError.invalidParameter(parameter: "limit")
                }
                let page = try store.jobs(filter: input.filter, limit: input.limit ?? 100, cursor: input.cursor)
                return .init(
                    jobs: page.jobs.map(named), nextCursor: page.nextCursor, total: page.total)
            },
            reading(GetJob.self) { input, caller in
                let row = try store.knownJob(input.job)
                var detail = try store.detail(ofJob: row.id)
                detail.summary = named(detail.summary)
                detail.kind = row.kind.rawValue
                if row.isWhole { detail.parts = try store.partSummaries(ofJob: row.id).map(named) }
                try fill(&detail, of: row)
                detail.medianStepsPerSecond = try store.medianStepsPerSecond(
                    ofJob: row.id, since: Clock.wallUsec() - 86_400_000_000)
                daemon.measure(&detail)
                if !caller.mayHandle(owner: row.ownerUid) {
                    // Others see that a job is there and how far it is, not what it is made of.
                    detail.recipe = ""
                    detail.warnings = []
                    detail.facts = nil
                    detail.environment = [:]
                    detail.ensemble = nil
                    detail.squeeze = nil
                    detail.checks = nil
                }
                return .init(job: detail)
            },
        ]
    }

    /// What is read out of the row and the recipe. A part that another version has written, or that is damaged, is told as
    /// a warning, and is no reason to keep the others from anybody.
    private func fill(_ detail: inout JobDetail, of row: JobRow) throws {
        /// - Parameter what: of the job, as a sentence says it.
        func fill(_ what: String, _ body: (inout JobDetail) throws -> Void) throws {
            do {
                try body(&detail)
            } catch SimmerError.recipeInvalid(let findings) {
                detail.warnings += findings.filter { !detail.warnings.contains($0) }
            } catch SimmerError.storeDegraded(let message) {
                guard !detail.warnings.contains(where: { $0.message == message }) else { return }
                detail.warnings.append(Finding(severity: .error, code: "store_damaged", message: message))
            } catch  where error is DecodingError || error is StrictJSON.Failure {
                detail.warnings.append(
                    Finding(
                        severity: .error, code: "row_unreadable",
                        message: "simmer \(SimmerVersion.current) cannot read \(what) of job \(row.id): \(error)",
                        hint: "Start the version that wrote it; the job itself is whole."))
            }
        }
        try fill("the plan") { detail in
            guard let text = row.plan else { return }
            let plan = try MessageCoding.decode(PlanSummary.self, from: Array(text.utf8))
            detail.resources.cpuThreads = plan.threads
            detail.parameterCount = plan.parameterCount
        }
        try fill("the facts") { detail in
            guard let facts = row.facts else { return }
            detail.facts = try JSONValue(encoding: facts.shortened)
            try tellSchedule(of: row, facts, &detail)
        }
        try fill("the harvests") { $0.harvests = try store.harvestPoints(ofJob: row.id) }
        try fill("the proof") { $0.proof = try row.proof() }
        try fill("the checks") { $0.checks = CheckSummary(try daemon.checkReport(of: row, isChecking: false)) }
        try fill("the report") { detail in
            guard let report = row.report else { return }
            if row.kind == .squeeze {
                detail.squeeze = try Daemon.squeeze(report)
            } else {
                detail.ensemble = try StrictJSON.parse(
                    Array(report.utf8), limits: StrictJSON.Limits(bytes: .max)
                ).decoded(as: Ensemble.self)
            }
        }
    }

    private func tellSchedule(of row: JobRow, _ facts: DataFacts, _ detail: inout JobDetail) throws {
        let recipe = try daemon.readRecipe(ofJob: row.id)
        let schedule = try Schedule(
            recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe), changes: row.changes)
        detail.changes = row.changes
        detail.schedule = schedule.preview(of: recipe, facts: facts)
        // What plateaus took of the rate is the worker's knowledge; it tells with the metrics.
        detail.rate =
            schedule.hasPlateau
            ? detail.summary.latestMetrics.first { $0.name == "rate" }?.value
            : schedule.rate(at: detail.summary.progress?.step ?? 0)
    }

    /// The owner's name, where the system knows it.
    func named(_ summary: JobSummary) -> JobSummary {
        var summary = summary
        summary.ownerName = summary.ownerName ?? Accounts.user(summary.ownerUid)
        return summary
    }

    /// Static checks, and with files an inspection of their data by a short worker. Nothing is stored.
    private func check(
        _ input: CheckRecipe.Input, _ request: Request<Caller>
    ) async throws -> CheckRecipe.Output {
        let digest = "sha256:" + Fingerprint.sha256(input.recipe)
        var estimate: Estimate?
        var disk: DiskPlan?
        var schedule: [SchedulePoint]?
        var stepSeconds: Double?
        let prepared = try await recipeMaterial(
            input.recipe, overrides: input.overrides ?? [:], files: input.files, .inspect, request)
        var (recipe, findings) = (prepared.recipe, prepared.findings)
        if let read = recipe, let material = prepared.material {
            let limits = daemon.configuration.limits
            let report = try await daemon.shortWorkers.run(
                material.assignment, descriptors: material.descriptors,
                memory: WorkerProgram.memory(inspecting: read, configured: limits.workerMemory),
                seconds: limits.inspectionSeconds)
            switch report {
            case .inspected(let facts, let found, let seconds):
                findings += found
                stepSeconds = seconds
                if let facts {
                    findings += read.resolve(for: facts).findings
                        .filter { shape in !findings.contains { $0.message == shape.message } }
                    if !findings.contains(where: { $0.severity == .error }) {
                        estimate = try read.estimate(for: facts)
                        findings += read.ensembleFindings(
                            input.recipe, overrides: material.assignment.overrides, facts: facts)
                        let plan = try daemon.diskPlan(read, facts)
                        disk = plan
                        let stepsPerEpoch = facts.stepsPerEpoch(of: read)
                        schedule = try Schedule(recipe: read, stepsPerEpoch: stepsPerEpoch)
                            .preview(of: read, facts: facts)
                        findings += plan.findings + daemon.droppedFindings(plan, read, facts, stepSeconds: seconds)
                        if let steps = read.until.steps(stepsPerEpoch: stepsPerEpoch) {
                            stepSeconds = stepSeconds.map { $0 * Double(steps) }
                        } else {
                            stepSeconds = read.until.seconds
                        }
                    }
                }
            case .failed(_, let message, let found):
                findings += found
                if found.isEmpty { findings.append(Finding(severity: .error, code: "data", message: message)) }
            default: break
            }
        }
        if findings.contains(where: { $0.severity == .error }) { recipe = nil }
        let strictlyOk = input.strict != true || !findings.contains { $0.severity == .warning }
        return .init(
            ok: recipe != nil && strictlyOk, findings: findings, estimatedMemoryBytes: estimate?.memoryBytes,
            estimatedDiskBytes: estimate?.snapshotBytes,
            estimatedUsec: estimate == nil ? nil : stepSeconds.map { Int(min($0, 1e9) * 1e6) },
            parameterCount: estimate?.parameterCount, recipeDigest: digest, disk: disk, schedule: schedule)
    }

    /// What a short worker needs for a recipe that came with its files: those of the caller, the weights that it begins
    /// at, and its teachers'.
    /// - Parameter files: nil leaves the data alone.
    /// - Returns: the recipe, nil where it is wrong; what was found; the material, nil without data.
    func recipeMaterial(
        _ text: String, overrides: [String: String], files: [DataFile]?, _ task: Assignment.Task,
        _ request: Request<Caller>
    ) async throws -> (recipe: Recipe?, findings: [Finding], material: LaunchMaterial?) {
        var overrides = overrides
        var (recipe, findings) = Recipe.read(text, overrides: overrides)
        if let recipe { findings += daemon.commandFindings(recipe, uid: request.context.uid) }
        if let read = recipe, let named = try await daemon.copying.run({ try daemon.expanded(read) }) {
            overrides.merge(named) { $1 }
            recipe = try Daemon.recipe(text, overrides)
        }
        guard let read = recipe, var files, !files.isEmpty || !read.data.format.readsFiles else {
            return (recipe, findings, nil)
        }
        var descriptors = request.call.descriptors
        for file in files {
            guard descriptors.indices.contains(file.fileDescriptor) else {
                throw SimmerError.badFileDescriptor(message: "No descriptor came for \(file.path).")
            }
            try DescriptorCheck.readable(descriptors[file.fileDescriptor], what: file.path)
        }
        if let reference = read.model.weightsCheckpoint {
            let weights = try await daemon.copying.run {
                let (checkpoint, average) = try daemon.weights(reference, caller: request.context)
                return Descriptor(owning: try store.weightsFile(ofCheckpoint: checkpoint.id, average: average))
            }
            files.append(DataFile(path: reference, fileDescriptor: descriptors.count))
            descriptors.append(weights)
        }
        let (teachers, teacherFiles) = try await daemon.copying.run {
            let teachers = try daemon.teachers(of: read, caller: request.context)
            return (teachers, try daemon.files(of: teachers))
        }
        findings += teachers.enumerated().map { $1.finding(index: $0, read) }
        for (path, descriptor) in teacherFiles {
            files.append(DataFile(path: path, fileDescriptor: descriptors.count))
            descriptors.append(descriptor)
        }
        let assignment = Assignment(
            task: task, recipe: text, overrides: overrides, files: files, threads: daemon.defaultThreads,
            jobName: read.name)
        return (
            recipe, findings,
            LaunchMaterial(assignment: assignment, descriptors: descriptors, findings: [], checkpoint: nil)
        )
    }

    /// Replies while the data is prepared; gives the job as it is when that is over.
    private func follow(
        _ first: SubmitJob.Output, _ responder: Responder<SubmitJob.Output>
    ) async throws -> SubmitJob.Output {
        let id = first.job.id
        return try await daemon.events.listen(wants: { $0.job?.id == id }) { box in
            try responder.report(first)
            while true {
                let row = try await daemon.readers.run { try store.job(id: id) }
                if row.state != .preparing {
                    let summary = try await daemon.readers.run { try store.summary(ofJob: id) }
                    return .init(job: summary, findings: row.findings, existing: first.existing)
                }
                switch await box.next(within: 15) {
                case .closed, .lagged: throw SimmerError.draining
                case .timeout: try responder.report(first)
                case .element: continue
                }
            }
        }
    }
}

extension DataFacts {
    /// Without what is as long as an example is wide, where that is much: a reply has room for a few hundred kilobytes.
    fileprivate var shortened: DataFacts {
        guard mean.count > 256 || columns.count > 256 else { return self }
        var short = self
        short.mean = []
        short.deviation = []
        short.columns = []
        return short
    }
}
