import Recipes
import Storage
import Wire

extension Daemon {
    /// Names of checkpoints, with its best one where one names a job, and the best ones of its members where that is an
    /// ensemble.
    /// - Throws: `incompatible` where a member has none yet, or is gone.
    nonisolated func expanded(_ references: [String]) throws -> [String] {
        try references.flatMap { reference -> [String] in
            guard let whole = try ensemble(named: reference) else { return [try bestOf(reference)] }
            let members = try store.parts(ofJob: whole.id).filter { $0.memberNumber != nil }
            let wanted = try readRecipe(ofJob: whole.id).members ?? 0
            func refuse(_ text: String, _ hint: String) -> SimmerError {
                .incompatible(
                    message: "The ensemble \(whole.name) \(text)",
                    findings: [Finding(severity: .info, code: "hint", message: hint)])
            }
            guard Set(members.compactMap(\.memberNumber)).count == wanted else {
                throw refuse(
                    "has \(members.count) of its \(wanted) members.",
                    members.isEmpty ? "they are made when its turn comes" : "name the checkpoints that are there")
            }
            return try members.map { member in
                let checkpoint: Checkpoint
                do {
                    checkpoint = try bestCheckpoint(ofJob: member.id)
                } catch SimmerError.noSuchCheckpoint {
                    throw refuse(
                        "has a member without a checkpoint: \(member.name) is \(member.state.rawValue).",
                        "wait until it has one")
                }
                return try name(of: checkpoint, of: member)
            }
        }
    }

    /// A job's name alone, perhaps with an average, as its best checkpoint (a squeeze's is its student's); all else is as
    /// it was.
    private nonisolated func bestOf(_ reference: String) throws -> String {
        let parts = WeightsReference(reference)
        guard !parts.checkpoint.contains("@"), !parts.checkpoint.contains(":"),
            var row = try job(known: parts.checkpoint), try !isCheckpoint(parts.checkpoint)
        else { return reference }
        if row.kind == .squeeze {
            let parts = try store.parts(ofJob: row.id)
            guard let student = parts.last(where: { $0.notes[JobRow.partNote] == JobRow.studentPart }) else {
                return reference
            }
            row = student
        }
        do {
            return try name(of: try bestCheckpoint(ofJob: row.id), of: row) + (parts.average.map { "/" + $0 } ?? "")
        } catch SimmerError.noSuchCheckpoint {
            return reference
        }
    }

    private nonisolated func isCheckpoint(_ reference: String) throws -> Bool {
        do {
            _ = try store.checkpoint(reference)
            return true
        } catch SimmerError.noSuchCheckpoint {
            return false
        } catch SimmerError.ambiguousName {
            return true  // whoever looks it up says so
        }
    }

    /// A recipe whose teachers are ensembles, with the members in their place; nil where it names none.
    nonisolated func expanded(_ recipe: Recipe) throws -> [String: String]? {
        guard recipe.kind == .distill else { return nil }
        let teachers = try expanded(recipe.teachers)
        guard teachers != recipe.teachers else { return nil }
        // A list of JSON is one of YAML.
        return ["teachers": JSONValue.array(teachers.map { .string($0) }).canonicalText]
    }

    /// The complete checkpoints of a job, and the last ones of its harvests, oldest first: the same run at several times.
    /// Of more than can be measured, some at equal distances.
    /// - Throws: `incompatible` where there are fewer than two.
    nonisolated func snapshots(of job: JobRow) throws -> [String] {
        try requireNetwork(job)
        let own = try store.checkpoints(job: String(job.id), limit: 1000).checkpoints.reversed()
            .filter { $0.verifyState == .ok || $0.verifyState == .unverified }
        var candidates = try own.map { try name(of: $0, of: job) }
        for harvest in try store.harvests(ofJob: job.id) {
            if let id = harvest.jobId { candidates.append(try name(of: harvest, of: try store.job(id: id))) }
        }
        guard candidates.count > 1 else {
            throw SimmerError.incompatible(
                message:
                    "Job \(job.name) has \(candidates.isEmpty ? "no complete checkpoint" : "one complete checkpoint"); "
                    + "two or more are put together.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "keep more of them (`checkpoint: {keep: {last: 10}}`), or wait for the next one")
                ])
        }
        let most = TeacherRecord.most
        guard candidates.count > most else { return candidates }
        return (0..<most).map { candidates[$0 * (candidates.count - 1) / (most - 1)] }
    }

    /// What a person calls it, unless that could be another's.
    private nonisolated func name(of checkpoint: Checkpoint, of job: JobRow) throws -> String {
        do {
            if try store.job(job.name).id == job.id { return "\(job.name)@\(checkpoint.step)" }
        } catch SimmerError.ambiguousName {
            // Several ended jobs have the name: the id is one's own.
        }
        return "\(job.id)@\(checkpoint.step)"
    }

    /// The ensemble of this name; nil for whatever else the name is.
    nonisolated func ensemble(named reference: String) throws -> JobRow? {
        guard !reference.contains("@"), !reference.contains(":") else { return nil }
        // Else a checkpoint's id or tag.
        guard let row = try job(known: reference), row.kind == .ensemble else { return nil }
        return row
    }
}
