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

    /// What made each of these checkpoints.
    /// - Parameter role: what they are to the caller, in a word.
    /// - Throws: as `teachers` does.
    nonisolated func records(of references: [String], as role: String, caller: Caller) throws -> [TeacherRecord] {
        try references.map { reference in
            let (checkpoint, average) = try weights(reference, caller: caller)
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
        let parts = WeightsReference(reference)
        let checkpoint = try store.checkpoint(parts.checkpoint)
        try caller.require(owner: checkpoint.ownerUid)
        guard checkpoint.complete else { throw SimmerError.checkpointIncomplete(checkpoint: parts.checkpoint) }
        if let average = parts.average { try store.requireAverage(average, ofCheckpoint: checkpoint.id) }
        return (checkpoint, parts.average)
    }

    /// The teachers as files of the student's job, which then needs their checkpoints no more: what is known of them,
    /// and the weights of each. The members of an ensemble reach their worker in the same way.
    nonisolated func files(of teachers: [TeacherRecord]) throws -> [(path: String, descriptor: Descriptor)] {
        guard !teachers.isEmpty else { return [] }
        let text = try JSONValue(encoding: teachers).canonicalText
        let records = try SharedMemory.create(name: "simmer-teachers", holding: Array(text.utf8))
        var files = [(TeacherRecord.recordsPath, records)]
        for (index, teacher) in teachers.enumerated() {
            let weights = Descriptor(
                owning: try store.weightsFile(ofCheckpoint: teacher.checkpoint, average: teacher.average))
            files.append((TeacherRecord.weightsPath(index), weights))
        }
        return files
    }
}
