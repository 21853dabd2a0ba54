import Recipes
import Storage
import Wire

// Teachers that a job waits for are bound when it starts (docs/decisions/0039). Until then its row has a note of what
// each is to be, and so a daemon that ends in between takes nothing along.
extension Daemon {
    /// What a job's teachers are now, and which of them are known only when the jobs that it waits for have succeeded.
    /// - Throws: as `teachers` does; `recipeInvalid` where a name cannot stand for weights whatever its job comes to.
    nonisolated func teacherPlan(of recipe: Recipe, after jobs: [JobRow], caller: Caller) throws -> TeacherPlan {
        var plan = TeacherPlan()
        guard recipe.kind == .distill else {
            plan.names = recipe.teachers
            return plan
        }
        let awaited = try awaited(jobs)
        for (index, reference) in recipe.teachers.enumerated() {
            if let late = try late(reference, at: index, awaited, caller) {
                plan.names += late.map(\.name)
                plan.late += late.map(\.teacher)
            } else {
                let names = try expanded([reference])
                plan.names += names
                plan.late += names.map { _ in nil }
            }
        }
        let present = zip(plan.names, plan.late).filter { $1 == nil }.map(\.0)
        plan.present = try records(of: present, as: "teacher", caller: caller)
        return plan
    }

    /// The jobs that must succeed before one that waits for these: they, and what they wait for.
    private nonisolated func awaited(_ jobs: [JobRow]) throws -> Set<Int> {
        var found: Set<Int> = []
        var next = jobs
        while let row = next.popLast() {
            guard row.state != .succeeded, found.insert(row.id).inserted else { continue }
            next += try row.dependsOn.compactMap { try job(known: String($0)) }
        }
        return found
    }

    /// nil for a name of anything else.
    nonisolated func job(known reference: String) throws -> JobRow? {
        do {
            return try store.job(reference)
        } catch SimmerError.noSuchJob {
            return nil
        } catch SimmerError.ambiguousName {
            return nil
        }
    }

    /// - Returns: nil where it is no checkpoint of a job that is waited for.
    private nonisolated func late(
        _ reference: String, at index: Int, _ awaited: Set<Int>, _ caller: Caller
    ) throws -> [(name: String, teacher: LateTeacher)]? {
        let name = WeightsReference(reference).checkpoint.prefix { $0 != "@" && $0 != ":" }
        guard let row = try job(known: String(name)), row.state != .succeeded,
            awaited.contains(row.id) || row.partOf.map(awaited.contains) ?? false
        else { return nil }
        try caller.require(owner: row.ownerUid)
        let weights = String(reference.dropFirst(name.count))
        guard row.isWhole else { return [(reference, LateTeacher(job: row.id, weights: weights))] }
        guard weights.isEmpty else {
            throw SimmerError.recipeInvalid(findings: [
                Finding(
                    severity: .error, code: "distill.teacher",
                    message: "`\(reference)`: job \(row.name) is made of others and has no checkpoint of its own.",
                    path: Finding.pointer("teachers.\(index)"),
                    hint: "Write `\(row.name)`: it stands for the best of what it is made of.")
            ])
        }
        if row.kind == .squeeze {
            return [("\(row.name).student@best", LateTeacher(job: row.id, part: JobRow.studentPart, weights: ""))]
        }
        return (1...max(1, try readRecipe(ofJob: row.id).members ?? 1)).map { number in
            ("\(row.name).\(number)@best", LateTeacher(job: row.id, part: JobRow.memberPart(number), weights: ""))
        }
    }

    // MARK: Before the teachers have ended

    /// What keeps a student from learning from those that are still to be trained, as far as their recipes and data say.
    /// - Parameters:
    ///   - files: the student's, stored.
    ///   - report: of the inspection of its data.
    nonisolated func lateFindings(
        _ row: JobRow, _ recipe: Recipe, _ files: [JobFile], _ report: WorkerReport
    ) throws -> [Finding] {
        guard let note = row.notes[JobRow.lateTeachersNote], case .inspected(let facts?, let findings, _) = report,
            !findings.contains(where: { $0.severity == .error })
        else { return [] }
        let plan = try LateTeacher.read(note)
        var present = try kept(plan, files)[...]
        let records = try plan.map { late in try late.map { try expected($0) } ?? present.popFirst() }
        return recipe.findings(of: records, facts: facts)
    }

    /// Records of the teachers that were there from the beginning.
    private nonisolated func kept(_ plan: [LateTeacher?], _ files: [JobFile]) throws -> [TeacherRecord] {
        plan.contains { $0 == nil } ? try teachers(among: files) : []
    }

    /// What its job will make of it; nil where nothing is known of its data yet.
    private nonisolated func expected(_ late: LateTeacher) throws -> TeacherRecord? {
        guard let job = try job(known: String(late.job)), let facts = job.facts else { return nil }
        let input = try store.input(ofJob: job.id)
        return TeacherRecord(
            checkpoint: "", name: job.name, recipe: input.recipe, overrides: input.overrides, facts: facts)
    }

    // MARK: When they have

    /// Makes the teachers of a job that has waited for them files of it, before its first step. Files first, then one
    /// commit: whatever dies on the way, it is done again from the beginning.
    /// - Throws: `UnboundTeacher`.
    func bindTeachers(of row: JobRow) async throws -> JobRow {
        guard let note = row.notes[JobRow.lateTeachersNote], let facts = row.facts else { return row }
        let (files, findings) = try await copying.run { try self.bind(note, of: row, facts) }
        return try store.updateJob(row.id) { row in
            row.files = files
            // Of a start that failed.
            row.findings.removeAll { $0.code.hasPrefix("distill.") && $0.severity != .warning || findings.contains($0) }
            row.findings += findings
            row.notes[JobRow.lateTeachersNote] = nil
        }
    }

    private nonisolated func bind(
        _ note: String, of row: JobRow, _ facts: DataFacts
    ) throws -> (files: [JobFile], findings: [Finding]) {
        let recipe = try readRecipe(ofJob: row.id)
        // Earlier versions kept names, of which all were bound together.
        let plan = note.hasPrefix("[") ? try LateTeacher.read(note) : nil
        let kept = try plan.map { try self.kept($0, row.files) } ?? []
        var own = row.files
        var weights = own.suffix(kept.isEmpty ? 0 : kept.count + 1).dropFirst()
        own.removeLast(kept.isEmpty ? 0 : kept.count + 1)

        var present = kept[...]
        let records = try recipe.teachers.enumerated().map { index, name in
            if let plan, plan.indices.contains(index), plan[index] == nil, let record = present.popFirst() {
                return record
            }
            return try binding(name, at: index, of: row) {
                let late = plan.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                let reference = try late.map { try self.reference(to: $0) } ?? name
                return try self.records(of: [reference], as: "teacher", caller: nil)[0]
            }
        }
        let findings = recipe.findings(of: records, facts: facts)
        if findings.contains(where: { $0.severity == .error }) { throw UnboundTeacher(findings) }

        own.append(try addTeacherFile(TeacherRecord.recordsPath, try recordsFile(records)))
        for (index, record) in records.enumerated() {
            let path = TeacherRecord.weightsPath(index)
            if let plan, plan.indices.contains(index), plan[index] == nil, let file = weights.popFirst() {
                own.append(JobFile(path: path, digest: file.digest, sizeBytes: file.sizeBytes))
                continue
            }
            let file = try binding(recipe.teachers[index], at: index, of: row) { try self.weightsFile(record) }
            own.append(try addTeacherFile(path, file))
        }
        return (own, findings + records.enumerated().map { $1.finding(index: $0, recipe) })
    }

    /// The checkpoint that it has become.
    /// - Throws: `noSuchJob`, `noSuchCheckpoint`.
    private nonisolated func reference(to late: LateTeacher) throws -> String {
        var job = late.job
        if let part = late.part {
            let parts = try store.parts(ofJob: job)
            guard let found = parts.last(where: { $0.notes[JobRow.partNote] == part }) else {
                throw SimmerError.noSuchJob(job: "\(try store.job(id: job).name), \(part)")
            }
            job = found.id
        }
        if let first = late.weights.first, first != "/" { return "\(job)\(late.weights)" }
        return try bestCheckpoint(ofJob: job).id + late.weights
    }

    /// Says which teacher it is that cannot be used, where that is the reason.
    private nonisolated func binding<Result>(
        _ name: String, at index: Int, of row: JobRow, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as SimmerError {
            switch error {
            case .noSuchJob, .noSuchCheckpoint, .checkpointIncomplete, .checkpointCorrupt, .ambiguousName,
                .incompatible:
                throw UnboundTeacher(
                    name, at: index, error,
                    next: "`simmer checkpoint list` shows what is there; `simmer resume \(row.name)` tries again.")
            default: throw error
            }
        }
    }

    private nonisolated func addTeacherFile(_ path: String, _ file: Descriptor) throws -> JobFile {
        let limit = configuration.limits.dataBytes
        return try store.addDataFile(path: path, from: file.raw) { _, total in
            if total > limit {
                throw SimmerError.quotaExceeded(resource: "data file bytes", limit: limit, used: total)
            }
        }
    }

    /// A job whose teachers have ended and are none for it.
    func fail(job: Int, for unbound: UnboundTeacher) {
        attempt("failing job \(job)", job: job) {
            let others = try store.job(id: job).findings.filter { $0.severity != .error && $0.code != "distill.late" }
            try setFailed(
                job, code: "dependency_failed", unbound.message,
                findings: others + unbound.findings.filter { !others.contains($0) })
        }
        schedule()
    }
}

extension WorkerReport {
    /// With more findings beside those of an inspection.
    func adding(_ more: [Finding]) -> WorkerReport {
        guard !more.isEmpty, case .inspected(let facts, let findings, let seconds) = self else { return self }
        return .inspected(facts: facts, findings: findings + more, stepSeconds: seconds)
    }
}
