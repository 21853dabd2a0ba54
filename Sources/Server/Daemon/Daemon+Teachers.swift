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
    /// - Parameters:
    ///   - role: what they are to the caller, in a word.
    ///   - caller: nil for the daemon itself.
    /// - Throws: as `teachers` does.
    nonisolated func records(of references: [String], as role: String, caller: Caller?) throws -> [TeacherRecord] {
        try references.map { reference in
            let checkpoint = try store.checkpoint(reference)
            try caller?.require(owner: checkpoint.ownerUid)
            guard checkpoint.complete else { throw SimmerError.checkpointIncomplete(checkpoint: reference) }
            guard let job = checkpoint.jobId, let facts = try store.job(id: job).facts else {
                throw SimmerError.incompatible(
                    message:
                        "The \(role) \(reference) has no job: there is no recipe that says what to do with its weights.",
                    findings: [])
            }
            let input = try store.input(ofJob: job)
            return TeacherRecord(
                checkpoint: checkpoint.id, name: "\(try store.job(id: job).name)@\(checkpoint.step)",
                recipe: input.recipe,
                overrides: input.overrides, facts: facts)
        }
    }

    /// The teachers as files of the student's job, which then needs their checkpoints no more: what is known of them,
    /// and the weights of each. The members of an ensemble reach their worker in the same way.
    nonisolated func files(of teachers: [TeacherRecord]) throws -> [(path: String, descriptor: Descriptor)] {
        guard !teachers.isEmpty else { return [] }
        let text = try JSONValue(encoding: teachers).canonicalText
        let records = try SharedMemory.create(name: "simmer-teachers", holding: Array(text.utf8))
        var files = [(TeacherRecord.recordsPath, records)]
        for (index, teacher) in teachers.enumerated() {
            let weights = Descriptor(owning: try store.weightsFile(ofCheckpoint: teacher.checkpoint))
            files.append((TeacherRecord.weightsPath(index), weights))
        }
        return files
    }
}
