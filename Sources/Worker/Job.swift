import CLinux
import Checks
import Datasets
import Glibc
import Recipes
import Tensors
import Training
import Wire

/// One assignment, from its recipe to its last word. Runs on the job's own thread and ends the process.
final class Job: Sendable {
    let assignment: Assignment
    /// Kept open as long as the job runs.
    private let descriptors: [Descriptor]
    private let mailbox: Mailbox
    private let buffers: SnapshotBuffers
    let send: @Sendable (WorkerReport) -> Void

    init(
        assignment: Assignment, descriptors: [Descriptor], mailbox: Mailbox, buffers: SnapshotBuffers,
        send: @escaping @Sendable (WorkerReport) -> Void
    ) {
        self.assignment = assignment
        self.descriptors = descriptors
        self.mailbox = mailbox
        self.buffers = buffers
        self.send = send
    }

    func run() -> Never {
        _ = cl_set_thread_name("simmer-job")
        // As the pool has it for each run, which then need not switch.
        SubnormalNumbers.flush()
        do throws(TrainingFailure) {
            switch assignment.task {
            case .inspect: inspectData()
            case .answer: try answer()
            case .train: try train()
            case .evaluate(let split, let average, let calibrates, let adjusts):
                try evaluate(split, average, calibrates, adjusts)
            case .combine(let request): try combine(request)
            case .grade(let request): try grade(request)
            case .replay(let request): try replay(request)
            case .predict(let average, let offset, let limit): try predict(average, offset, limit)
            case .check(let request): try check(request)
            case .improve(let request): try improve(request)
            case .tabulate(let average): try tabulate(average)
            case .show(let request): try show(request)
            case .look(let request): try look(request)
            }
        } catch {
            if let fault = error.fault {
                send(.faulted(fault, code: error.code.rawValue, message: error.message))
            } else {
                send(.failed(code: error.code.rawValue, message: error.message, findings: error.findings))
            }
            _exit(error.code == .dataError ? 65 : 70)  // EX_DATAERR, EX_SOFTWARE
        }
        _exit(0)
    }

    private func inspectData() {
        let (recipe, findings) = Recipe.read(assignment.recipe, overrides: assignment.overrides)
        guard let recipe else {
            send(.inspected(facts: nil, findings: findings, stepSeconds: nil))
            return
        }
        do throws(TrainingFailure) {
            let files = try sourceFiles()
            let teachers = assignment.hasTeachers ? try teachers(recipe, files) : []
            var (facts, found) = inspect(
                recipe, files: files, besides: teachers.reduce(0) { $0 + $1.record.memoryBytes(batch: recipe.batch) })
            let line = Recipe.line(of: "precision", in: assignment.recipe)
            if let finding = recipe.precision.finding(line: line) { found.append(finding) }
            if found.allSatisfy({ $0.code != "precision.unsupported" }), let facts,
                let file = weightsFile(recipe, files)
            {
                found += WeightsFile.findings(file, recipe: recipe, facts: facts)
            }
            if let facts, recipe.kind == .distill, assignment.hasTeachers {
                found += TeacherSource.findings(teachers, student: recipe, facts: facts)
            }
            if found.contains(where: { $0.severity == .error }) { facts = nil }
            let timing = facts == nil ? nil : StepTiming(recipe, files: files, threads: threads(recipe))
            if let slow = timing?.finding(line: line) { found.append(slow) }
            // What reading the recipe found is known to the daemon, which has read it as well.
            send(.inspected(facts: facts, findings: found, stepSeconds: timing?.seconds))
        } catch {
            send(.failed(code: error.code.rawValue, message: error.message, findings: error.findings))
        }
    }

    private func answer() throws(TrainingFailure) {
        let recipe = try readRecipe()
        let files = try sourceFiles()
        guard let target = files.last, target.path == TeacherRecord.answersPath, let key = assignment.answersKey else {
            throw TrainingFailure(code: .internal, message: "There is no file for the teachers' answers.")
        }
        try SavedAnswers.write(
            try teachers(recipe, files), student: recipe, try openData(recipe, files), to: target.descriptor, key: key,
            threads: threads(recipe))
        send(.answered)
    }

    private func savedAnswers(
        _ recipe: Recipe, _ facts: DataFacts, _ files: [SourceFile]
    ) throws(TrainingFailure) -> SavedAnswers? {
        guard recipe.kind == .distill, recipe.targets == .cached else { return nil }
        guard let key = assignment.answersKey else {
            throw TrainingFailure(code: .internal, message: "The teachers' answers came without their key.")
        }
        return try SavedAnswers(
            try Self.teacherFile(TeacherRecord.answersPath, files), key: key, recipe: recipe, facts: facts)
    }

    private func train() throws(TrainingFailure) {
        let send = send
        let trainer = try trainer(assignment.changes, .tells, orders: mailbox, sink: buffers) { event, dataset in
            if let report = WorkerReport(event, dataset) { send(report) }
        }
        do {
            try buffers.prepare(byteCount: trainer.snapshotByteCount)
        } catch {
            throw TrainingFailure(
                code: .oom,
                message: "There is no memory for two copies of the state: \(error). "
                    + "Each takes \(trainer.snapshotByteCount) bytes.")
        }
        try trainer.run()
    }

    /// The job's run, where it is to begin: at the snapshot, at a file's weights, or at first ones.
    private func trainer(
        _ changes: [HotChange], _ watching: Trainer.Watching, orders: any OrderSource, sink: any SnapshotSink,
        report: @escaping (TrainingEvent, Dataset) -> Void
    ) throws(TrainingFailure) -> Trainer {
        let recipe = try readRecipe()
        let environment = TrainingEnvironment.of(recipe)
        send(.ready(environment: environment))
        let files = try sourceFiles()
        let dataset = try openData(recipe, files)
        var setup = Trainer.Setup(
            recipe: recipe, changes: changes, dataset: dataset,
            teachers: recipe.targets == .cached ? [] : try teachers(recipe, files),
            answers: try savedAnswers(recipe, dataset.facts, files), threads: threads(recipe),
            environment: environment)
        setup.watching = watching
        let trainer = try Trainer(
            setup, clock: SystemClock(), orders: orders, sink: sink, report: { report($0, dataset) })
        if let snapshot = assignment.resume {
            let bytes = try snapshotBytes()
            try trainer.restore(snapshot, bytes.buffer, startsMoments: assignment.startsMoments)
        } else if let file = weightsFile(recipe, files) {
            try trainer.start(from: try WeightsFile(file))
        }
        return trainer
    }

    private func replay(_ request: ReplayRequest) throws(TrainingFailure) {
        // The bytes are mapped for as long as they are compared with.
        var received: [ReceivedBytes] = []
        var marks: [ReplayMark] = []
        for mark in request.marks {
            let text = try ReceivedBytes(try descriptor(mark.snapshotDescriptor, "a checkpoint's snapshot"))
            let bytes = try ReceivedBytes(try descriptor(mark.bytesDescriptor, "a checkpoint"))
            received.append(bytes)
            do {
                let snapshot = try StrictJSON.parse(Array(text.buffer), limits: StrictJSON.Limits(bytes: .max))
                    .decoded(as: Snapshot.self)
                marks.append(ReplayMark(checkpoint: mark.checkpoint, snapshot: snapshot, bytes: bytes.buffer))
            } catch {
                throw TrainingFailure(code: .internal, message: "A checkpoint's snapshot cannot be read: \(error)")
            }
        }
        let changes = assignment.changes.filter { $0.step < request.to }
        let trainer = try trainer(changes, .remembers, orders: mailbox, sink: NoSnapshots()) { _, _ in }
        // Asked before its first step, it must say what it said when it was taken.
        if let result = trainer.canaryResult(assignment.resume) { send(.watched(result)) }
        send(
            .replaying(
                layers: try request.layer.map { index throws(TrainingFailure) in
                    try trainer.layersTraced(with: index)
                } ?? []))
        var steps: [ReplayedStep] = []
        var last = 0.0
        let clock = SystemClock()
        let comparisons = try trainer.replay(to: request.to, layer: request.layer, marks: marks) { step in
            if step.step > request.from { steps.append(step) }
            // A few messages a second, none of them long.
            guard steps.count >= 500 || !steps.isEmpty && clock.seconds - last > 0.25 else { return }
            last = clock.seconds
            send(.replayed(steps))
            steps.removeAll(keepingCapacity: true)
        }
        if !steps.isEmpty { send(.replayed(steps)) }
        withExtendedLifetime(received) { send(.replayEnded(comparisons)) }
    }

    private func evaluate(
        _ split: String, _ average: String?, _ calibrates: Bool, _ adjusts: [String]
    ) throws(TrainingFailure) {
        let recipe = try readRecipe()
        let dataset = try openData(recipe, try sourceFiles())
        let evaluator = try evaluator(recipe, dataset.facts, average)
        send(.ready(environment: TrainingEnvironment.of(recipe)))
        send(
            .evaluated(
                try evaluator.evaluate(
                    dataset, split: split, calibrates: calibrates, adjusts: adjusts, clock: SystemClock())))
    }

    private func combine(_ request: EnsembleRequest) throws(TrainingFailure) {
        let files = try sourceFiles()
        let recipe = try readRecipe()
        let dataset = try openData(recipe, files)
        let records = try teacherRecords(files)
        guard records.count > 1 else {
            throw TrainingFailure(code: .internal, message: "\(records.count) members came, too few for an ensemble.")
        }
        let measurement = EnsembleMeasurement(
            request, records: records, threads: threads(recipe), clock: SystemClock()
        ) {
            index throws(TrainingFailure) in
            try TeacherSource(
                records[index], try Self.teacherFile(TeacherRecord.weightsPath(index), files), index: index)
        }
        send(.combined(try measurement.run(dataset)))
    }

    private func grade(_ request: GradeRequest) throws(TrainingFailure) {
        let files = try sourceFiles()
        let recipe = try readRecipe()
        let dataset = try openData(recipe, files)
        var pupils: [GradeMeasurement.Pupil] = []
        for (path, roles) in [(GradeRequest.path, [GradeRole.student, .twin]), (TeacherRecord.recordsPath, [])] {
            for (index, record) in try teacherRecords(files, path).enumerated() {
                let file = try Self.teacherFile(TeacherRecord.weightsPath(index, of: path), files)
                let role = roles.indices.contains(index) ? roles[index] : GradeRole.teacher
                pupils.append(
                    GradeMeasurement.Pupil(role, record) { () throws(TrainingFailure) in
                        try TeacherSource(record, file, index: index)
                    })
            }
        }
        let measurement = GradeMeasurement(request, pupils: pupils, threads: threads(recipe), clock: SystemClock())
        send(.graded(try measurement.run(dataset)))
    }

    private func improve(_ request: ImproveRequest) throws(TrainingFailure) {
        let send = send
        let recipe = try readRecipe()
        let files = try sourceFiles()
        var weights: WeightsFile?
        if let file = weightsFile(recipe, files) { weights = try WeightsFile(file) }
        let round = ImproveRound(
            recipe, text: assignment.recipe, overrides: assignment.overrides, dataset: try openData(recipe, files),
            weights: weights, request: request, threads: threads(recipe), clock: SystemClock()
        ) { send(.improving($0)) }
        send(.improved(try round.run()))
    }

    private func check(_ request: CheckRequest) throws(TrainingFailure) {
        let send = send
        let recipe = try readRecipe()
        let files = try sourceFiles()
        let dataset = try openData(recipe, files)
        var weights: WeightsFile?
        if let file = weightsFile(recipe, files) { weights = try WeightsFile(file) }
        var trained: Evaluator?
        if request.suite == .trained { trained = try evaluator(recipe, dataset.facts, nil, takesMoments: true) }
        let bench = Bench(
            recipe: recipe, dataset: dataset, threads: threads(recipe), clock: SystemClock(), trained: trained?.model,
            step: assignment.resume?.step, trainedHasMoments: trained?.hasMoments ?? false, weights: weights,
            history: request.history
        ) { send(.pictured(check: $0, $1)) }
        let checks = Suite.checks(request)
        send(.checksBegin(count: checks.count, seconds: Suite.estimate(bench, checks)))
        for (done, check) in checks.enumerated() {
            send(.checking(ids: check.ids, done: done))
            send(.checked(bench.run(check)))
        }
        send(.checksEnded)
    }

    private func predict(_ average: String?, _ offset: Int, _ limit: Int) throws(TrainingFailure) {
        let recipe = try readRecipe()
        guard let facts = assignment.facts, let file = try sourceFiles().last else {
            throw TrainingFailure(code: .internal, message: "A prediction came without the data's facts or a file.")
        }
        let evaluator = try evaluator(recipe, facts, average)
        do throws(DatasetError) {
            let inputs = try Subset.predictionInputs(file, recipe: recipe, facts: facts)
            send(.predicted(evaluator.predict(inputs, offset: offset, limit: limit)))
        } catch {
            throw TrainingFailure(error)
        }
    }

    func evaluator(
        _ recipe: Recipe, _ facts: DataFacts, _ average: String?, takesMoments: Bool = false
    ) throws(TrainingFailure) -> Evaluator {
        guard let snapshot = assignment.resume else {
            throw TrainingFailure(code: .internal, message: "No checkpoint came with the assignment.")
        }
        let bytes = try snapshotBytes()
        return try Evaluator(
            recipe: recipe, facts: facts, snapshot: snapshot, bytes: bytes.buffer, average: average,
            threads: threads(recipe), takesMoments: takesMoments)
    }

    /// As many as the recipe says, or else the configuration.
    func threads(_ recipe: Recipe) -> Int { recipe.resources.threads ?? assignment.threads }

    func readRecipe() throws(TrainingFailure) -> Recipe {
        let (recipe, findings) = Recipe.read(assignment.recipe, overrides: assignment.overrides)
        guard let recipe else {
            throw TrainingFailure(
                code: .internal, message: findings.first?.message ?? "The recipe cannot be read.", findings: findings)
        }
        return recipe
    }

    /// Opens the data and holds it against what the inspection measured.
    func openData(_ recipe: Recipe, _ files: [SourceFile]) throws(TrainingFailure) -> Dataset {
        let dataset: Dataset
        do throws(DatasetError) {
            dataset = try Dataset.open(recipe, files: files)
        } catch {
            throw TrainingFailure(error)
        }
        if let facts = assignment.facts, !facts.agree(with: dataset.facts) {
            throw TrainingFailure(
                code: .dataError,
                message: "The data is not what it was when the job was submitted: "
                    + "\(dataset.facts.trainingCount) training examples of shape \(dataset.facts.inputShape) now, "
                    + "\(facts.trainingCount) of \(facts.inputShape) then.")
        }
        return dataset
    }

    /// All are the store's own, but for a prediction's last one and one that is only looked into.
    func sourceFiles() throws(TrainingFailure) -> [SourceFile] {
        var files: [SourceFile] = []
        for file in assignment.files {
            files.append(
                SourceFile(
                    path: file.path, descriptor: try descriptor(file.fileDescriptor, file.path), isStored: true))
        }
        switch assignment.task {
        case .predict, .look: if let last = files.indices.last { files[last].isStored = false }
        default: break
        }
        return files
    }

    private func weightsFile(_ recipe: Recipe, _ files: [SourceFile]) -> SourceFile? {
        recipe.model.from.flatMap { from in files.first { $0.path == from } }
    }

    /// The daemon's files of teachers are the last of the job's: data files of the same path do not hide them.
    private static func teacherFile(_ path: String, _ files: [SourceFile]) throws(TrainingFailure) -> SourceFile {
        guard let file = files.last(where: { $0.path == path }) else {
            throw TrainingFailure(code: .internal, message: "The teachers' file \(path) did not come.")
        }
        return file
    }

    private func teacherRecords(
        _ files: [SourceFile], _ path: String = TeacherRecord.recordsPath
    ) throws(TrainingFailure) -> [TeacherRecord] {
        do {
            let bytes = try Self.teacherFile(path, files).bytes()
            return try StrictJSON.parse(bytes, limits: StrictJSON.Limits(bytes: .max)).decoded(
                as: [TeacherRecord].self)
        } catch let error as TrainingFailure {
            throw error
        } catch let error as DatasetError {
            throw TrainingFailure(error)
        } catch {
            throw TrainingFailure(code: .internal, message: "What is known of the teachers cannot be read: \(error)")
        }
    }

    private func teachers(_ recipe: Recipe, _ files: [SourceFile]) throws(TrainingFailure) -> [TeacherSource] {
        guard recipe.kind == .distill else { return [] }
        let records = try teacherRecords(files)
        guard records.count == recipe.teachers.count else {
            throw TrainingFailure(
                code: .internal,
                message: "The recipe names \(recipe.teachers.count) teachers, and \(records.count) are known.")
        }
        var teachers: [TeacherSource] = []
        for (index, record) in records.enumerated() {
            teachers.append(
                try TeacherSource(
                    record, try Self.teacherFile(TeacherRecord.weightsPath(index), files), index: index))
        }
        return teachers
    }

    private func descriptor(_ index: Int, _ what: String) throws(TrainingFailure) -> Int32 {
        guard descriptors.indices.contains(index) else {
            throw TrainingFailure(
                code: .internal, message: "Descriptor \(index) for \(what) did not come with the assignment.")
        }
        return descriptors[index].raw
    }

    private func snapshotBytes() throws(TrainingFailure) -> ReceivedBytes {
        guard let index = assignment.resumeDescriptor else {
            throw TrainingFailure(code: .internal, message: "The checkpoint came without its bytes.")
        }
        return try ReceivedBytes(try descriptor(index, "the checkpoint"))
    }
}
