import CLinux
import Glibc
import Recipes
import Storage
import Wire

/// All that a worker is started with, read from the store away from the decision queue.
struct LaunchMaterial: Sendable {
    var assignment: Assignment
    var descriptors: [Descriptor]
    /// Damaged checkpoints that were passed over.
    var findings: [Finding]
    var checkpoint: Checkpoint?
}

extension Daemon {
    /// Takes the slot, marks the job `starting`, and reads what the worker needs.
    func launch(_ row: JobRow, restart message: String? = nil, notice: Notice? = nil) throws {
        let event: EventKind? = message == nil ? nil : .restart
        let row = try store.updateJob(row.id, event: event, message: message) { row in
            row.state = .starting
            if message != nil { row.restarts += 1 }
            try row.keep(notice)
        }
        tell(row)
        nextToken += 1
        let run = Run(
            row: (row.id, row.name, row.ownerUid), token: nextToken, isShort: row.cooldownOf != nil,
            partOf: row.partOf, step: row.lastCheckpointStep ?? 0,
            activeBefore: row.activeUsec)
        runs[row.id] = run
        run.suspectStep = try row.watch().suspect?.step
        giveWayToJobs()
        let token = nextToken
        Task {
            do {
                let row = try await bindTeachers(of: row)
                let material = try await copying.run { try self.material(for: row) }
                spawn(job: row.id, token: token, material)
            } catch {
                launchFailed(job: row.id, token: token, error)
            }
        }
    }

    /// Reads recipe, data files and newest good checkpoint; several hundred MiB for a large job.
    nonisolated func material(for row: JobRow) throws -> LaunchMaterial {
        let input = try store.input(ofJob: row.id)
        var assignment = Assignment(
            task: .train, recipe: input.recipe, overrides: input.overrides, changes: row.changes, facts: row.facts,
            threads: defaultThreads, jobName: row.name)
        var material = LaunchMaterial(assignment: assignment, descriptors: [], findings: [], checkpoint: nil)
        if let facts = row.facts, row.files.contains(where: { $0.path == TeacherRecord.answersPath }) {
            let recipe = try readRecipe(ofJob: row.id)
            material.assignment.answersKey = Self.answersKey(recipe, facts, row.files)
        }
        try addStoredFiles(of: row, to: &material)
        assignment = material.assignment
        let (checkpoint, findings) = try startingPoint(of: row)
        material.findings = findings
        if let checkpoint {
            try addSnapshot(checkpoint, to: &material)
            material.checkpoint = checkpoint
            // Its own checkpoints hold the moments that it has made since.
            material.assignment.startsMoments =
                row.notes[JobRow.freshMomentsNote] != nil && checkpoint.id == row.parentCheckpoint
        }
        return material
    }

    private nonisolated func startingPoint(of row: JobRow) throws -> (Checkpoint?, [Finding]) {
        if let asked = row.notes[JobRow.resumeNote] { return (try store.checkpoint(asked), []) }
        return try store.newestGood(job: row.id)
    }

    nonisolated func addFiles(_ files: [JobFile], to material: inout LaunchMaterial) throws {
        for file in files {
            let descriptor = Descriptor(owning: try store.openDataFile(file))
            material.assignment.files.append(DataFile(path: file.path, fileDescriptor: material.descriptors.count))
            material.descriptors.append(descriptor)
        }
    }

    nonisolated func addSnapshot(_ checkpoint: Checkpoint, to material: inout LaunchMaterial) throws {
        let size = try store.byteCount(ofCheckpoint: checkpoint.id)
        let memory = try SharedMemory.create(name: "simmer-resume", byteCount: max(size, 1))
        material.assignment.resume = try store.load(checkpoint: checkpoint.id, into: memory.raw)
        material.assignment.resumeDescriptor = material.descriptors.count
        material.descriptors.append(memory)
    }

    private func launchFailed(job: Int, token: Int, _ error: any Error) {
        guard let run = runs[job], run.token == token else { return }
        runs[job] = nil
        finishWaiters(of: run)
        if let changed = error as? ChangedData { return pause(job: job, for: changed) }
        if let unbound = error as? UnboundTeacher, !shared.value.stopping { return fail(job: job, for: unbound) }
        attempt("failing job \(job)", job: job) {
            if shared.value.stopping { return _ = try store.updateJob(job) { $0.state = .interrupted } }
            let text =
                "\((answerable(error, "starting job \(run.name)") as? SimmerError).map { "\($0)" } ?? "\(error)")"
            try setFailed(job, code: "io_error", "The job cannot be started: \(text)")
        }
        schedule()
    }

    private func spawn(job: Int, token: Int, _ material: LaunchMaterial) {
        guard let run = runs[job], run.token == token, run.phase == .launching else { return }
        attempt("starting job \(run.name)", job: job) {
            let row = try store.job(id: job)
            guard row.desired == .run, row.state == .starting, !shared.value.stopping else {
                return try abandonLaunch(run, row)
            }
            for finding in material.findings {
                note(.warning, job: job, name: run.name, id: .storeDegraded, finding.message)
                keepLine(job: job, priority: 4, step: nil, finding.message)
            }
            try start(run, material)
        }
    }

    private func start(_ run: Run, _ material: LaunchMaterial) throws {
        let resume = material.assignment.resume
        let job = run.job
        let token = run.token
        do {
            let (child, socket) = try program.start(resume: resume, memory: nil)
            records.add(child.pid)
            let link = WorkerLink(child: child, socket: socket, queue: executor.queue)
            run.link = link
            run.phase = .starting
            run.resumedFrom = resume?.step ?? 0
            run.lastStep = run.resumedFrom
            run.hear()
            run.expectedEnvironment = resume?.environment
            link.start { word in self.assumeIsolated { $0.hear(job: job, token: token, word) } }
            try link.send(.start(material.assignment), descriptors: material.descriptors)
        } catch {
            runs[job] = nil
            run.link?.kill()
            try setFailed(job, code: "internal", "The worker cannot be started: \(error)")
        }
    }

    /// The wish changed while the checkpoint was read: nothing has been started yet.
    func abandonLaunch(_ run: Run, _ row: JobRow) throws {
        runs[run.job] = nil
        finishWaiters(of: run)
        if !row.state.isEnded { try settle(row, reason: nil) }
        schedule()
    }

    /// The state of a job without a worker, by what its owner wants.
    @discardableResult
    func settle(_ row: JobRow, reason: Reason?) throws -> JobRow {
        try store.updateJob(row.id, message: reason?.message) { row in
            switch row.desired {
            case .run: row.state = shared.value.stopping ? .interrupted : .queued
            case .pause: row.state = .paused
            case .stop: row.state = .stopped
            case .cancel: row.state = .cancelled
            }
            row.reason = reason
        }
    }
}
