import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// The checkpoints that a recipe's teachers are at this moment, and all that is needed to ask them; none unless it
    /// distills.
    /// - Throws: `noSuchCheckpoint`, `permissionDenied`, `checkpointIncomplete`, or `incompatible` where one has no recipe.
    nonisolated func teachers(of recipe: Recipe, caller: Caller) throws -> [TeacherRecord] {
        guard recipe.kind == .distill else { return [] }
        return try records(of: recipe.teachers, as: "teacher", caller: caller)
    }

    /// Teachers that a job waits for: what their names stand for is known when these have succeeded.
    /// - Parameter jobs: those that must have succeeded before it starts.
    nonisolated func lateTeachers(of recipe: Recipe, after jobs: [JobRow]) -> [String] {
        guard recipe.kind == .distill else { return [] }
        return recipe.teachers.filter { reference in
            guard let end = reference.firstIndex(where: { $0 == "@" || $0 == ":" }) else { return false }
            let name = reference[..<end]
            return jobs.contains {
                $0.state != .succeeded && (name == $0.name || name == String($0.id) || name == $0.uuid)
            }
        }
    }

    /// Makes the teachers of a job that has waited for them files of it, before its first step.
    /// - Throws: as `teachers` does, and `incompatible` where they do not fit.
    func bindTeachers(of row: JobRow) async throws -> JobRow {
        guard row.notes[JobRow.lateTeachersNote] != nil, let facts = row.facts else { return row }
        let recipe = try readRecipe(ofJob: row.id)
        let limit = configuration.limits.dataBytes
        let owner = row.ownerUid
        let (records, files) = try await copying.run {
            let records = try self.records(of: recipe.teachers, as: "teacher") { other in
                guard other == owner || owner == 0 else { throw SimmerError.notOwner(ownerUid: other) }
            }
            let findings = recipe.findings(of: records, facts: facts)
            if let first = findings.first(where: { $0.severity == .error }) {
                throw SimmerError.incompatible(message: first.message, findings: findings)
            }
            let files = try self.files(of: records).map { path, descriptor in
                try self.store.addDataFile(path: path, from: descriptor.raw) { _, total in
                    if total > limit {
                        throw SimmerError.quotaExceeded(resource: "data file bytes", limit: limit, used: total)
                    }
                }
            }
            return (records, files)
        }
        return try store.updateJob(row.id) { row in
            row.files += files
            row.findings += records.enumerated().map { $1.finding(index: $0, recipe) }
            row.notes[JobRow.lateTeachersNote] = nil
        }
    }

    /// What made each of these checkpoints.
    /// - Parameters:
    ///   - role: what they are to the caller, in a word.
    ///   - caller: nil for the daemon itself.
    /// - Throws: as `teachers` does.
    nonisolated func records(of references: [String], as role: String, caller: Caller?) throws -> [TeacherRecord] {
        try records(of: references, as: role) { try caller?.require(owner: $0) }
    }

    /// - Parameter require: throws where a checkpoint of this owner may not be used.
    private nonisolated func records(
        of references: [String], as role: String, require: (Int) throws -> Void
    ) throws -> [TeacherRecord] {
        try references.map { reference in
            let (checkpoint, average) = try weights(reference, require: require)
            guard let job = checkpoint.jobId, let facts = try store.job(id: job).facts else {
                throw SimmerError.incompatible(
                    message:
                        "The \(role) \(reference) has no job: there is no recipe that says what to do with its weights.",
                    findings: [])
            }
            let input = try store.input(ofJob: job)
            return TeacherRecord(
                checkpoint: checkpoint.id,
                name: "\(try store.job(id: job).name)@\(checkpoint.step)" + (average.map { "/" + $0 } ?? ""),
                average: average, recipe: input.recipe, overrides: input.overrides, facts: facts)
        }
    }

    /// A complete checkpoint that the caller may use, and which of its averages is meant: `job@best/ema-0.999`.
    /// - Throws: `noSuchCheckpoint`, `permissionDenied`, `checkpointIncomplete`; `incompatible` where it holds no such
    ///   average.
    nonisolated func weights(
        _ reference: String, caller: Caller
    ) throws -> (checkpoint: Checkpoint, average: String?) {
        try weights(reference) { try caller.require(owner: $0) }
    }

    /// - Parameter require: throws where a checkpoint of this owner may not be used.
    private nonisolated func weights(
        _ reference: String, require: (Int) throws -> Void
    ) throws -> (checkpoint: Checkpoint, average: String?) {
        let parts = WeightsReference(reference)
        let checkpoint = try store.checkpoint(parts.checkpoint)
        try require(checkpoint.ownerUid)
        guard checkpoint.complete else { throw SimmerError.checkpointIncomplete(checkpoint: parts.checkpoint) }
        if let average = parts.average { try store.requireAverage(average, ofCheckpoint: checkpoint.id) }
        return (checkpoint, parts.average)
    }

    /// The teachers as files of the student's job, which then needs their checkpoints no more: what is known of them,
    /// and the weights of each. The members of an ensemble reach their worker in the same way.
    /// - Parameter path: of the records; the weights lie below it.
    nonisolated func files(
        of teachers: [TeacherRecord], at path: String = TeacherRecord.recordsPath
    ) throws -> [(path: String, descriptor: Descriptor)] {
        guard !teachers.isEmpty else { return [] }
        let text = try JSONValue(encoding: teachers).canonicalText
        let records = try SharedMemory.create(name: "simmer-teachers", holding: Array(text.utf8))
        var files = [(path, records)]
        for (index, teacher) in teachers.enumerated() {
            let weights = Descriptor(
                owning: try store.weightsFile(ofCheckpoint: teacher.checkpoint, average: teacher.average))
            files.append((TeacherRecord.weightsPath(index, of: path), weights))
        }
        return files
    }

    /// Has a short worker ask the teachers about all that the student learns from.
    /// - Parameter files: the job's data and teachers.
    /// - Returns: the answers as a file of the job.
    nonisolated func ask(
        _ row: JobRow, _ recipe: Recipe, _ facts: DataFacts, _ files: [JobFile], _ ticket: ShortWorkers.Ticket
    ) async throws -> JobFile {
        let key = Self.answersKey(recipe, facts, files)
        guard let layout = SavedAnswersLayout(facts, teachers: recipe.teachers.count) else {
            throw SimmerError.incompatible(message: "The answers of teachers are no classes.", findings: [])
        }
        let memory = try SharedMemory.create(
            name: "simmer-answers", byteCount: try layout.header(key: key).encoded().count + layout.byteCount)
        let input = try store.input(ofJob: row.id)
        var assignment = Assignment(
            task: .answer, recipe: input.recipe, overrides: input.overrides, facts: facts, threads: defaultThreads,
            jobName: row.name)
        assignment.answersKey = key
        var material = LaunchMaterial(assignment: assignment, descriptors: [], findings: [], checkpoint: nil)
        try addFiles(files, to: &material)
        material.assignment.files.append(
            DataFile(path: TeacherRecord.answersPath, fileDescriptor: material.descriptors.count))
        material.descriptors.append(memory)
        let limits = configuration.limits
        let report = try await shortWorkers.run(
            material.assignment, descriptors: material.descriptors,
            memory: WorkerProgram.memory(inspecting: recipe, configured: limits.workerMemory),
            seconds: limits.inspectionSeconds, ticket: ticket)
        guard case .answered = report else { throw try Routes.refusal(report) }
        return try await copying.run {
            try self.store.addDataFile(path: TeacherRecord.answersPath, from: memory.raw, progress: nil)
        }
    }

    /// A digest of all that decides what teachers answer.
    static func answersKey(_ recipe: Recipe, _ facts: DataFacts, _ files: [JobFile]) -> String {
        let asked = files.filter { $0.path != TeacherRecord.answersPath && $0.path != recipe.model.from }
        let parts = recipe.answersKey(facts, digests: asked.map { ($0.path, $0.digest) })
        return "sha256:" + Fingerprint.sha256(parts.joined(separator: "\u{0}"))
    }
}
