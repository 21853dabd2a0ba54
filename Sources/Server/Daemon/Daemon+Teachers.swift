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

    /// What a job keeps of its teachers among its files.
    nonisolated func teachers(among files: [JobFile]) throws -> [TeacherRecord] {
        guard let file = files.last(where: { $0.path == TeacherRecord.recordsPath }) else { return [] }
        let limits = StrictJSON.Limits(bytes: .max)
        return try StrictJSON.parse(try store.bytes(ofDataFile: file), limits: limits).decoded(as: [TeacherRecord].self)
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
        var files = [(path, try recordsFile(teachers))]
        for (index, teacher) in teachers.enumerated() {
            files.append((TeacherRecord.weightsPath(index, of: path), try weightsFile(teacher)))
        }
        return files
    }

    /// What is known of teachers, as a file.
    nonisolated func recordsFile(_ teachers: [TeacherRecord]) throws -> Descriptor {
        let text = try JSONValue(encoding: teachers).canonicalText
        return try SharedMemory.create(name: "simmer-teachers", holding: Array(text.utf8))
    }

    /// A teacher's weights, as a file.
    nonisolated func weightsFile(_ teacher: TeacherRecord) throws -> Descriptor {
        Descriptor(owning: try store.weightsFile(ofCheckpoint: teacher.checkpoint, average: teacher.average))
    }

    /// Has a short worker ask the teachers about all that the student learns from.
    /// - Parameter files: the job's data and teachers.
    /// - Returns: the answers as a file of the job.
    nonisolated func ask(
        _ row: JobRow, _ recipe: Recipe, _ facts: DataFacts, _ files: [JobFile], _ ticket: ShortWorkers.Ticket
    ) async throws -> JobFile {
        let key = Self.answersKey(recipe, facts, files)
        guard let layout = SavedAnswersLayout(facts, teachers: recipe.teachers.count) else {
            throw SimmerError.incompatible(message: "The answers of teachers are not classes.", findings: [])
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
            seconds: limits.inspectionSeconds, ticket: ticket, again: tellsAgain(job: row.id))
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
