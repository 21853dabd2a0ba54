import Recipes
import Storage
import Wire

// A squeeze is made of members, where more are trained, and of a student. How far it is is in the rows: the parts, and
// the report, which begins when the members have been measured.
extension Daemon {
    func squeeze(
        _ input: SqueezeJob.Input, descriptors: [Descriptor], caller: Caller, request: RequestKey?
    ) async throws -> SqueezeJob.Output {
        let plan = try await copying.run { try self.plan(input, descriptors, caller) }
        let output = try submit(plan.submission, as: plan.whole, caller: caller, request: request)
        return .init(job: output.job, findings: output.findings, existing: output.existing)
    }

    /// What a submission is, where it is not the training of its recipe.
    struct Whole: Sendable {
        var kind: JobKind
        var defaultName: String
        var notes: [String: String]
        /// Data that the store has already.
        var kept: [JobFile]
    }

    private nonisolated func plan(
        _ input: SqueezeJob.Input, _ descriptors: [Descriptor], _ caller: Caller
    ) throws -> (submission: Submission, whole: Whole) {
        if let members = input.members, !JobRow.newMembersRange.contains(members) {
            throw StandardError.invalidParameter(parameter: "members")
        }
        if let shrink = input.shrink, !(shrink > 0 && shrink < 1) {
            throw StandardError.invalidParameter(parameter: "shrink")
        }
        let source = try store.job(input.job)
        try caller.require(owner: source.ownerUid)
        let teacher = try firstTeacher(of: source, more: input.members ?? 0)
        if let members = input.members { try refuseEndless(members, of: source) }
        var whole = Whole(
            kind: .squeeze, defaultName: "\(source.name.prefix(50))-squeezed",
            notes: [JobRow.squeezedNote: String(source.id)], kept: [])
        if let members = input.members { whole.notes[JobRow.newMembersNote] = String(members) }
        var submission: Submission
        if let text = input.recipe {
            submission = try Submission(
                asSubmitted(input, text, Recipe.distilling([teacher], input.overrides ?? [:]), source),
                descriptors: descriptors, limits: configuration.limits)
        } else {
            (submission, whole.kept) = try smallOne(like: source, teacher, input)
        }
        guard submission.recipe.until != .forever else {
            throw SimmerError.recipeInvalid(findings: [
                Finding(
                    severity: .error, code: "squeeze.forever",
                    message: "The student would train for ever, and a squeeze ends when it has reached its end.",
                    path: Finding.pointer("until"), hint: "Say where: `--set until=20000`.")
            ])
        }
        return (submission, whole)
    }

    /// New members train by the job's own recipe, and what is laid over the student's says nothing of them.
    private nonisolated func refuseEndless(_ members: Int, of source: JobRow) throws {
        guard try readRecipe(ofJob: source.id).until == .forever else { return }
        let harvests = try store.harvests(ofJob: source.id).count
        let instead =
            harvests > 1
            ? "Without `--members` its \(harvests) harvests are squeezed."
            : "Without `--members` its harvests are squeezed; `simmer cooldown \(source.name)` makes one, and two are needed."
        throw SimmerError.recipeInvalid(findings: [
            Finding(
                severity: .error, code: "squeeze.forever",
                message:
                    "The recipe of job \(source.name) trains for ever, and so would \(members) new members: a squeeze "
                    + "goes on when all of them have reached their end.",
                path: Finding.pointer("until"),
                hint: instead
                    + " Or submit its recipe again with an end, and squeeze that job: `--set until=…` here is "
                    + "the student's.")
        ])
    }

    /// The job's own recipe with narrower layers.
    private nonisolated func smallOne(
        like source: JobRow, _ teacher: String, _ input: SqueezeJob.Input
    ) throws -> (Submission, [JobFile]) {
        let own = try store.input(ofJob: source.id)
        guard let narrow = Recipe.narrowing(own.recipe, own.overrides, by: input.shrink ?? 0.5) else {
            throw SimmerError.incompatible(
                message: "How the network of \(source.name) is made smaller cannot be told from its recipe.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "write the recipe of the small one, and name it with `--student FILE`")
                ])
        }
        let overrides = Recipe.distilling(
            [teacher],
            own.overrides.merging(narrow) { $1 }
                .merging(try readRecipe(ofJob: source.id).overridesOfStudent()) { $1 }
                .merging(input.overrides ?? [:]) { $1 })
        let (recipe, findings) = Recipe.read(own.recipe, overrides: overrides)
        guard let recipe else { throw SimmerError.recipeInvalid(findings: findings) }
        let paths = Set(recipe.filePaths.map(\.path))
        return (
            Submission(
                input: asSubmitted(input, own.recipe, overrides, source), recipe: recipe, findings: findings,
                files: [], digest: Submission.digest(own.recipe, overrides)),
            source.files.filter { paths.contains($0.path) }
        )
    }

    private nonisolated func asSubmitted(
        _ input: SqueezeJob.Input, _ text: String, _ overrides: [String: String], _ source: JobRow
    ) -> SubmitJob.Input {
        // The members of an ensemble are there when it is done.
        let waits = source.kind == .ensemble && source.state != .succeeded
        return SubmitJob.Input(
            recipe: text, files: input.files, name: input.name, priority: input.priority, labels: input.labels,
            dependsOn: waits ? [String(source.id)] : nil, startPaused: input.startPaused, overrides: overrides)
    }

    // MARK: Members

    /// A network of the job that there is already: the student's data is held against its, before anything is trained.
    private nonisolated func firstTeacher(of source: JobRow, more: Int) throws -> String {
        func refuse(_ text: String, _ hint: String) -> SimmerError {
            .incompatible(
                message: "Job \(source.name) \(text)",
                findings: [Finding(severity: .info, code: "hint", message: hint)])
        }
        guard source.kind != .squeeze else {
            throw refuse("is a squeeze itself.", "name the job that its student is: \(source.name).student")
        }
        do {
            let there = try networks(of: source, mayLack: true)
            guard let first = there.first else { throw SimmerError.noSuchCheckpoint(checkpoint: source.name) }
            guard there.count + more > 1 || source.kind == .ensemble else {
                throw refuse(
                    "has one network to learn from; several are worth more.",
                    "`--members 3` trains three more from its recipe; `simmer distill` learns from one")
            }
            return first.id
        } catch SimmerError.noSuchCheckpoint {
            throw [.failed, .cancelled, .stopped].contains(source.state)
                ? refuse(
                    "is \(source.state.rawValue) and has no checkpoint.",
                    "`simmer status \(source.name)` says why; submit its recipe again when that is mended")
                : refuse("has no checkpoint yet.", "wait for one: `simmer wait \(source.name)`")
        }
    }

    /// The finished networks of a job: an ensemble's members, the ends of its harvests, or its best checkpoint.
    /// - Parameter mayLack: whether members without a checkpoint are passed over.
    private nonisolated func networks(of source: JobRow, mayLack: Bool = false) throws -> [Checkpoint] {
        if source.kind == .ensemble {
            return try store.parts(ofJob: source.id).filter { $0.memberNumber != nil }.compactMap { member in
                do {
                    return try bestCheckpoint(ofJob: member.id)
                } catch SimmerError.noSuchCheckpoint where mayLack {
                    return nil
                }
            }
        }
        let harvests = try store.harvests(ofJob: source.id)
        return harvests.isEmpty ? [try bestCheckpoint(ofJob: source.id)] : harvests
    }

    // MARK: On and on

    func advance(squeeze row: JobRow, _ parts: [JobRow]) throws {
        guard let source = row.notes[JobRow.squeezedNote].flatMap({ Int($0) }) else {
            try setFailed(row.id, code: "dependency_failed", JobRow.isSqueezedElsewhere)
            return schedule()
        }
        var members: [JobRow] = []
        if let (source, count) = row.newMembers {
            members = try self.members(of: row, from: try store.job(id: source), count: count, parts)
            guard try mayGoOn(row, members) else { return }
        }
        guard let text = row.report else { return try measure(squeeze: row, source: source, members.map(\.id)) }
        let report = try Self.squeeze(text)
        guard let student = parts.last(where: { $0.notes[JobRow.partNote] == JobRow.studentPart }) else {
            return try beginStudent(row, report)
        }
        // Its data was on the way to it when the daemon ended.
        if student.isStudentWithoutData, student.reason?.code == "daemon_restart" {
            _ = try store.deleteJob(student.id)
            return try beginStudent(row, report)
        }
        guard try mayGoOn(row, [student]) else { return }
        try measure(student: student, row, report)
    }

    nonisolated static func squeeze(_ text: String) throws -> Squeeze {
        try StrictJSON.parse(Array(text.utf8), limits: StrictJSON.Limits(bytes: .max)).decoded(as: Squeeze.self)
    }

    private func measure(squeeze row: JobRow, source: Int, _ members: [Int]) throws {
        work(row, "The members are measured.", ends: false) { daemon, ticket in
            let (material, report) = try await daemon.copying.run {
                let job = try daemon.store.job(id: source)
                let checkpoints =
                    try daemon.networks(of: job) + members.map { try daemon.bestCheckpoint(ofJob: $0) }
                guard let facts = job.facts else { throw SimmerError.noSuchJob(job: job.name) }
                let request = try daemon.readRecipe(ofJob: job.id).ensembleRequest(for: facts)
                let material = try daemon.material(of: checkpoints.map(\.id), request, named: nil, caller: nil)
                let parameters = try checkpoints.reduce(0) { sum, checkpoint in
                    guard let id = checkpoint.jobId else { return sum }
                    return try sum + daemon.readRecipe(ofJob: id).estimate(for: facts).parameterCount
                }
                let empty = Ensemble(method: request.method, split: request.split, count: 0, members: [], steps: [])
                return (material, Squeeze(source: job.name, ensemble: empty, memberParameters: parameters))
            }
            let answer = try await daemon.runShort(material, ticket: ticket, again: daemon.tellsAgain(job: row.id))
            guard case .combined(let measured) = answer else { throw try Routes.refusal(answer) }
            var filled = report
            filled.ensemble = measured
            return try JSONValue(encoding: filled).canonicalText
        }
    }

    private func beginStudent(_ row: JobRow, _ report: Squeeze) throws {
        let input = try store.input(ofJob: row.id)
        let overrides = Recipe.distilling(
            report.ensemble.members.map(\.checkpoint), input.overrides.without("teachers"))
        let recipe = try Self.recipe(input.recipe, overrides)
        let teachers: [TeacherRecord]
        do {
            teachers = try records(of: recipe.teachers, as: "teacher", caller: nil)
        } catch SimmerError.noSuchCheckpoint {
            // Retention took one since: those that are there now are measured.
            _ = try store.updateJob(row.id) { $0.report = nil }
            return convergeSoon(row.id)
        }
        var new = NewJob(
            name: nil, defaultName: "\(row.name.prefix(55)).student", ownerUid: row.ownerUid, recipe: input.recipe,
            recipeDigest: Submission.digest(input.recipe, overrides))
        new.kind = recipe.kind
        new.priority = row.priority
        new.labels = row.labels
        new.overrides = overrides
        new.keep = recipe.checkpoint.keep
        if let expect = recipe.expect {
            new.bestMetric = expect.metric
            new.bestIsHigher = expect.above != nil
        }
        new.notes[JobRow.wholeNote] = String(row.id)
        new.notes[JobRow.partNote] = JobRow.studentPart
        let paths = Set(recipe.filePaths.map(\.path))
        let (student, _) = try store.insertJob(new)
        note(.notice, job: row.id, name: row.name, "job \(student.name) learns from \(teachers.count) networks")
        prepare(
            student, recipe, copy: [], kept: row.files.filter { paths.contains($0.path) }, start: nil,
            teachers: teachers)
    }

    private func measure(student: JobRow, _ row: JobRow, _ report: Squeeze) throws {
        let split = (student.facts?.testCount ?? 0) > 0 ? "test" : "validation"
        work(row, "The student is measured.", ends: true) { daemon, ticket in
            let (material, checkpoint, parameters) = try await daemon.copying.run {
                let checkpoint = try daemon.bestCheckpoint(ofJob: student.id)
                let material = try daemon.material(
                    of: checkpoint, job: student.id,
                    .evaluate(split: split, average: nil, calibrates: true, adjusts: []))
                let parameters = try student.facts.map {
                    try daemon.readRecipe(ofJob: student.id).estimate(for: $0).parameterCount
                }
                return (material, checkpoint, parameters)
            }
            let answer = try await daemon.runShort(material, ticket: ticket, again: daemon.tellsAgain(job: row.id))
            guard case .evaluated(var evaluation) = answer else { throw try Routes.refusal(answer) }
            evaluation.checkpoint = checkpoint.id
            var filled = report
            filled.student = student.name
            filled.studentParameters = parameters
            filled.evaluation = evaluation
            return try JSONValue(encoding: filled).canonicalText
        }
    }
}

extension JobRow {
    /// A squeeze's student that has failed before there was anything to learn.
    var isStudentWithoutData: Bool {
        unreadable == nil && state == .failed && facts == nil && notes[Self.partNote] == Self.studentPart
    }

    /// The job whose recipe a squeeze trains members from, and how many; nil where it trains none.
    var newMembers: (source: Int, count: Int)? {
        guard let source = notes[Self.squeezedNote].flatMap({ Int($0) }),
            let count = notes[Self.newMembersNote].flatMap({ Int($0) }),
            Self.newMembersRange.contains(count)
        else { return nil }
        return (source, count)
    }
}

extension [String: String] {
    fileprivate func without(_ key: String) -> [String: String] { filter { $0.key != key } }
}
