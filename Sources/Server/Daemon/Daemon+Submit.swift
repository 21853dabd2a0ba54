import CLinux
import Glibc
import Recipes
import Storage
import Wire

/// A recipe that was read and the files that came with it, checked before anything is written.
struct Submission: Sendable {
    var input: SubmitJob.Input
    var recipe: Recipe
    var findings: [Finding]
    /// By path; each path once.
    var files: [(path: String, descriptor: Descriptor)]
    var digest: String
}

extension Daemon {
    /// Commits the job, answers, then copies and inspects its data.
    /// - Parameter whole: where it is not the training of its recipe.
    func submit(
        _ submission: Submission, as whole: Whole? = nil, caller: Caller, request: RequestKey?
    ) throws -> SubmitJob.Output {
        try refuseWhenStopping()
        if shared.value.draining { throw SimmerError.draining }
        let input = submission.input
        let refused = commandFindings(submission.recipe, uid: caller.uid)
        guard refused.isEmpty else { throw SimmerError.recipeInvalid(findings: submission.findings + refused) }
        let depends = try (input.dependsOn ?? []).map { try store.job($0) }
        let start = try submission.recipe.model.weightsCheckpoint.map { reference in
            let (checkpoint, average) = try weights(reference, caller: caller)
            return (reference: reference, checkpoint: checkpoint.id, average: average)
        }
        var recipe = submission.recipe
        var overrides = input.overrides ?? [:]
        let plan = try teacherPlan(of: recipe, after: depends, caller: caller)
        if plan.names != recipe.teachers {
            overrides.merge(plan.overrides) { $1 }
            recipe = try Self.recipe(input.recipe, overrides)
        }
        try plan.refuseCached(recipe)
        let teachers = plan.present
        var findings = submission.findings
        // A squeeze's teachers are chosen when all are there.
        if whole == nil { findings += plan.findings(recipe) }
        try checkQuota(caller)
        var new = NewJob(
            name: input.name, defaultName: whole?.defaultName ?? recipe.name, ownerUid: caller.uid,
            recipe: input.recipe,
            recipeDigest: submission.digest)
        new.kind = whole?.kind ?? recipe.kind
        new.notes = whole?.notes ?? [:]
        if let reasons = input.acknowledge, !reasons.isEmpty {
            new.notes[JobRow.acknowledgedNote] = JSONValue.object(reasons.mapValues { .string($0) }).canonicalText
        }
        if input.force == true { new.notes[JobRow.forcedNote] = Self.forcing(caller) }
        new.desired = input.startPaused == true ? .pause : .run
        new.priority = input.priority ?? submission.recipe.resources.priority
        new.labels = input.labels ?? [:]
        new.overrides = overrides
        new.dependsOn = depends.map(\.id)
        new.notes[JobRow.lateTeachersNote] = try plan.note
        new.findings = findings
        new.keep = submission.recipe.checkpoint.keep
        if let expect = submission.recipe.expect {
            new.bestMetric = expect.metric
            new.bestIsHigher = expect.above != nil
        }
        let (row, existing) = try store.insertJob(new, request: request)
        if !existing {
            note(
                .notice, job: row.id, name: row.name,
                "job \(row.name) submitted by uid \(caller.uid), pid \(caller.pid)")
            prepare(
                row, recipe, copy: submission.files, kept: whole?.kept ?? [], start: start, teachers: teachers)
        }
        return .init(job: try store.summary(ofJob: row.id), findings: findings, existing: existing)
    }

    private func checkQuota(_ caller: Caller) throws {
        let limit = configuration.limits.queuedJobs
        let waiting = try store.jobs(in: [.preparing, .queued]).count { $0.ownerUid == caller.uid }
        if waiting >= limit {
            throw SimmerError.quotaExceeded(resource: "queued jobs", limit: limit, used: waiting)
        }
    }

    /// Copies the data into the store and has it measured, in the background.
    /// - Parameters:
    ///   - kept: data files that the store has already.
    ///   - start: what the recipe calls the checkpoint to start at, its id, and the average that is meant; the weights
    ///     become a file of the job, which then needs the checkpoint no more. So do the weights of its teachers.
    func prepare(
        _ row: JobRow, _ recipe: Recipe, copy files: [(path: String, descriptor: Descriptor)], kept: [JobFile] = [],
        start: (reference: String, checkpoint: String, average: String?)?, teachers: [TeacherRecord]
    ) {
        let ticket = ShortWorkers.Ticket()
        preparations[row.id] = ticket
        let job = row.id
        let limit = configuration.limits.dataBytes
        Task {
            do {
                var files = files
                if let start {
                    let weights = try await copying.run {
                        Descriptor(
                            owning: try self.store.weightsFile(
                                ofCheckpoint: start.checkpoint, average: start.average))
                    }
                    files.append((start.reference, weights))
                }
                files += try await copying.run { try self.files(of: teachers) }
                var stored = kept
                for (path, descriptor) in files {
                    stored.append(
                        try await copying.run {
                            try self.store.addDataFile(path: path, from: descriptor.raw) { _, total in
                                if ticket.isCancelled { throw SimmerError.operationCancelled }
                                if total > limit {
                                    throw SimmerError.quotaExceeded(
                                        resource: "data file bytes", limit: limit, used: total)
                                }
                            }
                        })
                }
                await measureData(row, recipe, stored, ticket)
            } catch {
                preparationFailed(job, error)
            }
        }
    }

    /// Has the data measured once more of a job whose worker died over it; all of it was received then.
    func prepareAgain(_ row: JobRow) throws {
        let recipe = try readRecipe(ofJob: row.id)
        let ticket = ShortWorkers.Ticket()
        preparations[row.id] = ticket
        Task { await measureData(row, recipe, row.files, ticket) }
    }

    /// At start: jobs whose data was all received when the daemon went, and whose measuring is still to come.
    func prepareReceived() {
        attempt("preparing jobs again") {
            for row in try store.jobs(in: [.preparing]) where preparations[row.id] == nil {
                attempt("preparing job \(row.name) again", job: row.id) { try prepareAgain(row) }
            }
        }
    }

    /// Has data measured that the store has, and the teachers asked where their answers are kept.
    private func measureData(
        _ row: JobRow, _ recipe: Recipe, _ received: [JobFile], _ ticket: ShortWorkers.Ticket
    ) async {
        do {
            // A daemon that comes after this one needs nothing of whoever has submitted it.
            _ = try store.updateJob(row.id) { row in
                guard row.state == .preparing else { return }
                row.files = received
                row.notes[JobRow.receivedNote] = "true"
            }
            let inspected = try await inspect(row, recipe, received, ticket)
            let report = inspected.adding(
                try await copying.run { try self.lateFindings(row, recipe, received, inspected) })
            var files = received
            if recipe.targets == .cached, case .inspected(let facts?, let findings, _) = report,
                !findings.contains(where: { $0.severity == .error })
            {
                files.append(try await ask(row, recipe, facts, received, ticket))
            }
            prepared(row.id, recipe, files, report)
        } catch {
            preparationFailed(row.id, error, received: received)
        }
    }

    private nonisolated func inspect(
        _ row: JobRow, _ recipe: Recipe, _ files: [JobFile], _ ticket: ShortWorkers.Ticket
    ) async throws -> WorkerReport {
        let input = try store.input(ofJob: row.id)
        var assignment = Assignment(
            task: .inspect, recipe: input.recipe, overrides: input.overrides, threads: 1, jobName: row.name)
        assignment.hasTeachers = row.notes[JobRow.lateTeachersNote] == nil
        var material = LaunchMaterial(assignment: assignment, descriptors: [], findings: [], checkpoint: nil)
        try addFiles(files, to: &material)
        let limits = configuration.limits
        return try await shortWorkers.run(
            material.assignment, descriptors: material.descriptors,
            memory: WorkerProgram.memory(inspecting: recipe, configured: limits.workerMemory),
            seconds: limits.inspectionSeconds, ticket: ticket, again: tellsAgain(job: row.id))
    }

    private func prepared(_ job: Int, _ recipe: Recipe, _ files: [JobFile], _ report: WorkerReport) {
        preparations[job] = nil
        attempt("queueing job \(job)", job: job) {
            let row = try store.job(id: job)
            guard row.state == .preparing else { return }
            switch report {
            case .inspected(let facts, var findings, let stepSeconds):
                if let facts, !findings.contains(where: { $0.severity == .error }) {
                    findings += recipe.resolve(for: facts).findings
                        .filter { shape in !findings.contains { $0.message == shape.message } }
                }
                if let first = findings.first(where: { $0.severity == .error }) {
                    return try setFailed(job, code: "data_error", first.message, findings: findings)
                }
                guard let facts else {
                    return try setFailed(job, code: "data_error", "The data could not be measured.", findings: findings)
                }
                let input = try store.input(ofJob: job)
                findings += recipe.ensembleFindings(input.recipe, overrides: input.overrides, facts: facts)
                findings += try diskFindings(row, recipe, facts, stepSeconds: stepSeconds)
                if let refusal = findings.first(where: { $0.severity == .error }) {
                    let code = refusal.code.hasPrefix("disk.") ? "disk_full" : "unsupported"
                    return try setFailed(job, code: code, refusal.message, findings: findings)
                }
                let queued = try store.updateJob(job) { row in
                    row.files = files
                    row.facts = facts
                    row.notes[JobRow.receivedNote] = nil
                    row.notes[JobRow.stepSecondsNote] = stepSeconds.map { "\($0)" }
                    row.findings += findings
                    row.state = row.desired.rest
                }
                note(
                    .info, job: job, name: queued.name,
                    "job \(queued.name): \(facts.trainingCount) training and \(facts.validationCount) validation examples"
                )
                checkBeforeLongRun(queued, recipe)
            case .failed(let code, let message, let findings):
                try setFailed(job, code: code, message, findings: findings)
            default: try setFailed(job, code: "internal", "The inspecting worker sent an unexpected reply.")
            }
        }
        schedule()
    }

    /// A squeeze's new members keep checkpoints as well, which are larger than the student's.
    private nonisolated func diskFindings(
        _ row: JobRow, _ recipe: Recipe, _ facts: DataFacts, stepSeconds: Double?
    ) throws -> [Finding] {
        guard let (source, count) = row.newMembers else {
            let plan = try diskPlan(recipe, facts)
            return plan.findings + droppedFindings(plan, recipe, facts, stepSeconds: stepSeconds)
        }
        let job = try store.job(id: source)
        guard let sourceFacts = job.facts else { return try diskPlan(recipe, facts).findings }
        var members = try readRecipe(ofJob: source)
        members.members = count
        let plan = try diskPlan(members, sourceFacts)
        let own = try diskPlan(recipe, facts, taken: plan.totalBytes)
        let memberSeconds = job.notes[JobRow.stepSecondsNote].flatMap(Double.init)
        return plan.findings + droppedFindings(plan, members, sourceFacts, stepSeconds: memberSeconds)
            + own.findings + droppedFindings(own, recipe, facts, stepSeconds: stepSeconds)
    }

    /// What is said of checkpoints that are dropped and not gone yet.
    nonisolated func droppedFindings(
        _ plan: DiskPlan, _ recipe: Recipe, _ facts: DataFacts, stepSeconds: Double?
    ) -> [Finding] {
        recipe.droppedFindings(
            plan, stepsPerEpoch: facts.stepsPerEpoch(of: recipe), stepSeconds: stepSeconds,
            stay: configuration.store.deletionGrace + Self.sweepSeconds)
    }

    /// What the run's checkpoints will take, and what the store's file system has.
    /// - Parameter taken: bytes that are spoken for already.
    /// - Throws: `recipeInvalid` where the layers do not fit; `SystemFailure`.
    nonisolated func diskPlan(_ recipe: Recipe, _ facts: DataFacts, taken: Int = 0) throws -> DiskPlan {
        guard let free = freeBytes(of: options.stateDirectory) else {
            throw SystemFailure("statvfs", errno: errno, path: options.stateDirectory)
        }
        return recipe.diskPlan(
            checkpointBytes: try recipe.estimate(for: facts).snapshotBytes,
            stepsPerEpoch: facts.stepsPerEpoch(of: recipe),
            freeBytes: max(0, free - taken), reserveBytes: configuration.store.reserve)
    }

    /// - Parameter received: the data, where all of it is in the store: the job keeps it, and can be prepared anew.
    private func preparationFailed(_ job: Int, _ error: any Error, received: [JobFile]? = nil) {
        preparations[job] = nil
        attempt("failing job \(job)", job: job) {
            let row = try store.job(id: job)
            guard row.state == .preparing else { return }
            if case .operationCancelled? = error as? SimmerError {
                // The next daemon measures its data, or says that it has to be submitted again.
                if shared.value.stopping, row.desired != .cancel { return }
                _ = try settle(row, reason: nil)
                return
            }
            let known = answerable(error, "preparing job \(row.name)")
            guard let died = error as? ShortWorkDied else {
                return try setFailed(
                    job, code: "data_error", "The data cannot be used: \(known)", findings: findings(of: error))
            }
            try setFailed(
                job, code: "oom",
                "The data could not be measured: \(died)"
                    + (received == nil ? "" : " `simmer resume \(row.name)` tries again."), received: received)
        }
        schedule()
    }

    func findings(of error: any Error) -> [Finding] {
        switch error as? SimmerError {
        case .badFile(_, let findings), .recipeInvalid(let findings), .incompatible(_, let findings): findings
        default: []
        }
    }
}

extension SimmerError {
    /// What `readRecipe` throws of a job that there is.
    var isUnreadableRecipe: Bool {
        switch self {
        case .recipeInvalid, .storeDegraded: true
        default: false
        }
    }
}

extension DesiredState {
    /// Where a job waits that has all it needs.
    var rest: JobState {
        switch self {
        case .run: .queued
        case .pause: .paused
        case .stop: .stopped
        case .cancel: .cancelled
        }
    }
}

extension Submission {
    /// Reads the recipe and checks every descriptor; nothing is kept of a refused one.
    ///
    /// - Throws: `recipeInvalid`, `badFileDescriptor`, `StandardError.invalidParameter`.
    init(_ input: SubmitJob.Input, descriptors: [Descriptor], limits: Configuration.Limits) throws {
        self.input = input
        if let name = input.name, !Recipe.isValidName(name) { throw StandardError.invalidParameter(parameter: "name") }
        if let priority = input.priority, !(-1000...1000).contains(priority) {
            throw StandardError.invalidParameter(parameter: "priority")
        }
        if let labels = input.labels,
            labels.count > 64 || labels.contains(where: { $0.key.count > 64 || $0.value.count > 256 })
        {
            throw StandardError.invalidParameter(parameter: "labels")
        }
        let (recipe, findings) = Recipe.read(input.recipe, overrides: input.overrides ?? [:])
        guard let recipe else { throw SimmerError.recipeInvalid(findings: findings) }
        self.recipe = recipe
        self.findings = findings
        files = try Self.files(recipe, input.files ?? [], descriptors, limits)
        digest = Self.digest(input.recipe, input.overrides ?? [:])
    }

    /// Of a recipe's text and what is laid over it.
    static func digest(_ recipe: String, _ overrides: [String: String]) -> String {
        let overrides = overrides.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "sha256:" + Fingerprint.sha256(([recipe] + overrides).joined(separator: "\u{0}"))
    }

    private static func files(
        _ recipe: Recipe, _ sent: [DataFile], _ descriptors: [Descriptor], _ limits: Configuration.Limits
    ) throws -> [(path: String, descriptor: Descriptor)] {
        var wanted: [String] = []
        for file in recipe.filePaths where !wanted.contains(file.path) { wanted.append(file.path) }
        let byPath = Dictionary(sent.map { ($0.path, $0.fileDescriptor) }, uniquingKeysWith: { first, _ in first })
        if let extra = sent.first(where: { !wanted.contains($0.path) }) {
            throw SimmerError.badFileDescriptor(
                message: "The recipe does not name the file \(extra.path) that was sent.")
        }
        return try wanted.map { path in
            guard let index = byPath[path], descriptors.indices.contains(index) else {
                throw SimmerError.badFileDescriptor(
                    message: "The recipe names the file \(path), but no descriptor for it came with the call.")
            }
            try DescriptorCheck.readable(descriptors[index], what: path, limit: limits.dataBytes)
            return (path, descriptors[index])
        }
    }
}

/// What a descriptor from a client must be before anything is done with it.
enum DescriptorCheck {
    /// A regular file, open for reading.
    static func readable(_ descriptor: Descriptor, what: String, limit: Int = .max) throws {
        let status = try regular(descriptor, what: what)
        if Int(status.st_size) > limit {
            throw SimmerError.quotaExceeded(resource: "data file bytes", limit: limit, used: Int(status.st_size))
        }
        let access = try flags(descriptor, what)
        guard access.readable else { throw SimmerError.badFileDescriptor(message: "\(what) is not open for reading.") }
    }

    /// A regular file, open for writing from its beginning.
    static func writable(_ descriptor: Descriptor, what: String) throws {
        _ = try regular(descriptor, what: what)
        let access = try flags(descriptor, what)
        guard access.writable, !access.append else {
            throw SimmerError.badFileDescriptor(message: "\(what) must be open for writing, and not for appending.")
        }
    }

    private static func regular(_ descriptor: Descriptor, what: String) throws -> stat {
        var status = stat()
        guard fstat(descriptor.raw, &status) == 0 else {
            throw SimmerError.badFileDescriptor(message: "\(what) cannot be looked at: \(ErrorText.of(errno)).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SimmerError.badFileDescriptor(message: "\(what) is not a regular file.")
        }
        return status
    }

    private static func flags(_ descriptor: Descriptor, _ what: String) throws -> (
        readable: Bool, writable: Bool, append: Bool
    ) {
        var readable = false
        var writable = false
        var append = false
        var path = false
        guard cl_descriptor_flags(descriptor.raw, &readable, &writable, &append, &path) >= 0, !path else {
            throw SimmerError.badFileDescriptor(message: "\(what) is not open for use.")
        }
        return (readable, writable, append)
    }
}
