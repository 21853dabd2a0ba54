import Recipes
import Storage
import Wire

/// All that a worker needs to do some of a job's steps again.
struct ReplayMaterial: Sendable {
    var material: LaunchMaterial
    var request: ReplayRequest
    /// By step; what is compared with.
    var marks: [Checkpoint]
    var replay: Replay
    /// Bytes of data that the worker may have.
    var memory: Int
    /// What decided the bits then.
    var environment: [String: String]
}

extension Daemon {
    /// Checkpoints that a replay is held against at most: each lies in memory while it runs.
    private static var mostMarks: Int { 8 }
    /// Seconds. A replay that takes longer is a run.
    static var longestReplay: Double { 86_400 }

    /// Finds where to begin and what to hold the steps against; refuses what cannot be done before anything runs.
    /// - Throws: `noSuchJob`, `permissionDenied`, `StandardError.invalidParameter`, `incompatible`.
    nonisolated func replayMaterial(_ input: ReplayJob.Input, caller: Caller?) throws -> ReplayMaterial {
        let row = try store.job(input.job)
        try caller?.require(owner: row.ownerUid)
        try requireNetwork(row)
        guard let facts = row.facts else {
            throw SimmerError.wrongState(
                job: row.name, state: row.state, allowed: [.queued, .running, .paused, .stopped, .succeeded])
        }
        let done = max(row.progress?.step ?? 0, row.lastCheckpointStep ?? 0)
        guard input.toStep <= done else {
            throw Self.noReplay(
                "Job \(row.name) has done \(done) steps; \(input.toStep) lies beyond them.",
                hint: done > input.fromStep
                    ? "name a step up to \(done)" : "a job that goes on is trained, not replayed")
        }
        let recipe = try readRecipe(ofJob: row.id)
        let layer = try input.layer.map { try ReplayRequest.layer($0, recipe, facts) }
        let checkpoints = try store.completeCheckpoints(ofJob: row.id)
        let text = try store.input(ofJob: row.id)
        let changes = row.changes.filter { $0.step < input.toStep }
        var material = LaunchMaterial(
            assignment: Assignment(
                task: .inspect, recipe: text.recipe, overrides: text.overrides, changes: changes, facts: facts,
                threads: defaultThreads, jobName: row.name),
            descriptors: [], findings: [], checkpoint: nil)
        try addFiles(row.files, to: &material)
        if row.files.contains(where: { $0.path == TeacherRecord.answersPath }) {
            material.assignment.answersKey = Self.answersKey(recipe, facts, row.files)
        }
        try addStart(checkpoints, row, from: input.fromStep, until: input.toStep, to: &material)
        let start = material.checkpoint?.step ?? 0
        let (marks, requests) = try addMarks(
            checkpoints.filter { $0.step > start && $0.step <= input.toStep }, changes, to: &material)
        let request = ReplayRequest(from: input.fromStep, to: input.toStep, layer: layer?.index, marks: requests)
        material.assignment.task = .replay(request)
        let plan = try row.plan.map { try MessageCoding.decode(PlanSummary.self, from: Array($0.utf8)) }
        let limit = configuration.limits.workerMemory
        return ReplayMaterial(
            material: material, request: request, marks: marks,
            replay: Replay(
                job: row.name, checkpoint: material.checkpoint?.id, startStep: start, fromStep: input.fromStep,
                toStep: input.toStep, changes: changes.filter { $0.step >= start }, findings: material.findings),
            memory: plan.map { WorkerProgram.memory(of: $0, recipe: recipe, configured: limit) }
                ?? WorkerProgram.memory(inspecting: recipe, configured: limit),
            environment: material.assignment.resume?.environment ?? row.environment)
    }

    private static func noReplay(_ message: String, hint: String) -> SimmerError {
        .incompatible(message: message, findings: [Finding(severity: .info, code: "hint", message: hint)])
    }

    /// The newest checkpoint at or before `step` that reads back whole; without one the first weights, which a branch has
    /// none of.
    private nonisolated func addStart(
        _ checkpoints: [Checkpoint], _ row: JobRow, from step: Int, until end: Int, to material: inout LaunchMaterial
    ) throws {
        for checkpoint in checkpoints.reversed() where checkpoint.step <= step {
            do {
                try addSnapshot(checkpoint, to: &material)
                material.checkpoint = checkpoint
                return
            } catch SimmerError.checkpointCorrupt(_, let problems) {
                material.findings.append(Self.passedOver(checkpoint, problems))
            }
        }
        if step == 0, row.parentCheckpoint == nil { return }
        let oldest = checkpoints.first.map { "its oldest is at step \($0.step)" } ?? "it has none at all"
        var hint = oldest
        if row.parentCheckpoint == nil {
            let seconds = row.notes[JobRow.stepSecondsNote].flatMap(Double.init).map { $0 * Double(end) }
            // Nobody asked for all the steps before: a replay that would be given up is not begun for them.
            guard let seconds, seconds > Self.longestReplay else { return }
            hint +=
                "; from the first weights it would take about \(Self.wholeHours(seconds)), and a replay is given up after "
                + "\(Int(Self.longestReplay / 3600))"
        }
        throw Self.noReplay(
            "Job \(row.name) has no complete checkpoint at or before step \(step) that its steps could be done again from.",
            hint: hint)
    }

    /// What was measured of a step may be anything, endless included.
    static func wholeHours(_ seconds: Double) -> String {
        seconds.isNaN ? "an unknown time" : "\(Int(min(1e9, max(0, seconds / 3600)))) hours"
    }

    private static func passedOver(_ checkpoint: Checkpoint, _ problems: [Finding]) -> Finding {
        Finding(
            severity: .warning, code: "checkpoint_damaged",
            message: "Checkpoint \(checkpoint.step) is damaged and was passed over"
                + (problems.first.map { ": \($0.message)" } ?? "."),
            hint: "`simmer checkpoint verify` says which are whole.")
    }

    /// Those nearest to the end, and those at which a change gave the run another length: there it may have ended, and
    /// more is measured at an end than elsewhere.
    private nonisolated func addMarks(
        _ checkpoints: [Checkpoint], _ changes: [HotChange], to material: inout LaunchMaterial
    ) throws -> ([Checkpoint], [ReplayRequest.Mark]) {
        let lengths = Set(changes.filter { $0.values.keys.contains { $0.hasPrefix("until") } }.map(\.step))
        let nearest = Set(checkpoints.suffix(Self.mostMarks).map(\.step))
        var marks: [Checkpoint] = []
        var requests: [ReplayRequest.Mark] = []
        for checkpoint in checkpoints where nearest.contains(checkpoint.step) || lengths.contains(checkpoint.step) {
            let size = try store.byteCount(ofCheckpoint: checkpoint.id)
            let memory = try SharedMemory.create(name: "simmer-mark", byteCount: max(size, 1))
            let snapshot: Snapshot
            do {
                snapshot = try store.load(checkpoint: checkpoint.id, into: memory.raw)
            } catch SimmerError.checkpointCorrupt(_, let problems) {
                material.findings.append(Self.passedOver(checkpoint, problems))
                continue
            }
            let text = Array(try JSONValue(encoding: snapshot).canonicalText.utf8)
            requests.append(
                ReplayRequest.Mark(
                    checkpoint: checkpoint.id, step: checkpoint.step, snapshotDescriptor: material.descriptors.count,
                    bytesDescriptor: material.descriptors.count + 1))
            material.descriptors += [try SharedMemory.create(name: "simmer-mark-snapshot", holding: text), memory]
            marks.append(checkpoint)
        }
        return (marks, requests)
    }
}
