import Datasets
import Recipes
import Tensors

/// Holds a student against its teachers, and against a twin that learned from the labels alone.
public struct GradeMeasurement {
    /// A network to be measured, and how its weights are read; their memory is given back before the next are.
    public struct Pupil {
        let role: GradeRole
        let record: TeacherRecord
        let open: () throws(TrainingFailure) -> TeacherSource

        public init(
            _ role: GradeRole, _ record: TeacherRecord, open: @escaping () throws(TrainingFailure) -> TeacherSource
        ) {
            self.role = role
            self.record = record
            self.open = open
        }
    }

    private let request: GradeRequest
    private let pupils: [Pupil]
    private let pool: ThreadPool
    private let clock: any TrainingClock

    /// - Parameter pupils: the student first, its twin if there is one, then the teachers, which `GradeRequest.findings`
    ///   has no errors against.
    public init(_ request: GradeRequest, pupils: [Pupil], threads: Int, clock: any TrainingClock) {
        self.request = request
        self.pupils = pupils
        pool = ThreadPool(threads: threads)
        self.clock = clock
    }

    /// One pass over the training, validation and test examples for each network. Answers are kept: 4 bytes for each
    /// number of each.
    /// - Parameter dataset: of the student's job.
    /// - Throws: `TrainingFailure` where weights or answers cannot be used, or the answers do not fit in memory.
    public func run(_ dataset: Dataset) throws(TrainingFailure) -> StudentGrade {
        // A temperature is fitted on the validation split whichever is reported.
        let names = ["training", "validation"] + (request.split == "validation" ? [] : [request.split])
        var subsets: [Subset] = []
        for name in names { subsets.append(try subset(dataset, name)) }
        try requireRoom(dataset.facts, subsets)
        var graded: [Graded] = []
        for pupil in pupils { graded.append(try measure(pupil, names, subsets)) }
        let teachers = graded.filter { $0.network.role == .teacher }
        guard let student = graded.first, let first = teachers.first else {
            throw TrainingFailure(code: .internal, message: "A student came without teachers.")
        }
        let together = teachers.count == 1 ? first : mean(teachers)
        let twin = graded.first { $0.network.role == .twin }
        guard let own = student.answers[request.split], let theirs = together.answers[request.split] else {
            throw TrainingFailure(code: .internal, message: "Nothing was measured on \(request.split) data.")
        }
        var grade = StudentGrade(split: request.split, count: own.count)
        let errors = own.judgement().errors
        for other in graded + (teachers.count > 1 ? [together] : []) {
            var network = other.network
            if network.role != .student, let answers = other.answers[request.split] {
                network.comparison = PairedComparison(before: answers.judgement().errors, now: errors)
            }
            grade.networks.append(network)
        }
        for pupil in [student] + (twin.map { [$0] } ?? []) {
            for name in names {
                guard let answers = pupil.answers[name], let teachers = together.answers[name] else { continue }
                grade.agreements.append(
                    GradedAgreement(
                        role: pupil.network.role, split: name, count: answers.count,
                        top1: answers.agreement(with: teachers), divergence: answers.divergence(from: teachers)))
            }
        }
        let beside = twin?.answers[request.split]
        grade.classes = classes(dataset.facts, own, theirs, beside)
        if let comparison = grade.networks.first(where: { $0.role == .twin })?.comparison {
            grade.verdict = GradeVerdict(better: comparison.better, worse: comparison.worse, of: own.count)
        }
        return grade
    }

    /// A network's row, and its answers by split.
    private struct Graded {
        var network: GradedNetwork
        var answers: [String: ClassAnswers]
    }

    private func measure(
        _ pupil: Pupil, _ names: [String], _ subsets: [Subset]
    ) throws(TrainingFailure) -> Graded {
        let model = try pupil.open().model(pool: pool)
        var answers: [String: ClassAnswers] = [:]
        for (name, subset) in zip(names, subsets) {
            guard case .classes(let own) = try model.answers(subset, name: pupil.record.name).1 else {
                throw TrainingFailure(
                    code: .dataError, message: "\(pupil.record.name) answers with something else than classes.")
            }
            answers[name] = own
        }
        guard let reported = answers[request.split],
            let subset = zip(names, subsets).first(where: { $0.0 == request.split })
        else { throw TrainingFailure(code: .internal, message: "There is no split '\(request.split)'.") }
        let (scores, calibration) = try scores(reported, answers["validation"])
        let parameters = model.network.plan.parameterCount
        let network = GradedNetwork(
            role: pupil.role, name: pupil.record.name, checkpoint: pupil.record.checkpoint, scores: scores,
            calibration: calibration, parameterCount: parameters, sizeBytes: MemoryLayout<Float>.size * parameters,
            answersPerSecond: model.answersPerSecond(subset.1, clock: clock))
        return Graded(network: network, answers: answers)
    }

    private func scores(
        _ reported: ClassAnswers, _ validation: ClassAnswers?
    ) throws(TrainingFailure) -> (ClassScore, Calibration?) {
        guard let scores = reported.judgement().classes else {
            throw TrainingFailure(code: .internal, message: "Classes were judged as something else.")
        }
        return (scores, validation.flatMap { reported.calibration(temperature: $0.fittedTemperature()) })
    }

    /// The mean of the teachers' probabilities, which is what a student learns.
    private func mean(_ teachers: [Graded]) -> Graded {
        var answers: [String: ClassAnswers] = [:]
        for (name, model) in teachers[0].answers {
            var sum = AnswerSum(.averageProbabilities)
            for teacher in teachers { if let own = teacher.answers[name] { sum.add(.classes(own)) } }
            if case .classes(let mean) = sum.mean(like: .classes(model)) { answers[name] = mean }
        }
        var network = teachers[0].network
        network.role = .teachers
        network.name = String(teachers.count)
        network.checkpoint = nil
        network.parameterCount = teachers.reduce(0) { $0 + $1.network.parameterCount }
        network.sizeBytes = teachers.reduce(0) { $0 + $1.network.sizeBytes }
        network.answersPerSecond = 1 / teachers.reduce(0) { $0 + 1 / $1.network.answersPerSecond }
        if let reported = answers[request.split] {
            let judgement = reported.judgement()
            network.scores = judgement.classes ?? network.scores
            network.calibration = answers["validation"].flatMap {
                reported.calibration(temperature: $0.fittedTemperature())
            }
        }
        return Graded(network: network, answers: answers)
    }

    private func classes(
        _ facts: DataFacts, _ student: ClassAnswers, _ teachers: ClassAnswers, _ twin: ClassAnswers?
    ) -> [GradedClass] {
        guard case .classes(let names) = facts.target else { return [] }
        let (own, theirs, beside) = (student.recalls, teachers.recalls, twin?.recalls)
        return names.indices.map { index in
            var graded = GradedClass(
                name: names[index], count: own[index].count, teachers: theirs[index].recall,
                student: own[index].recall, twin: beside?[index].recall)
            if let twin = graded.twin, graded.teachers > twin {
                graded.recovered = (graded.student - twin) / (graded.teachers - twin)
            }
            return graded
        }
    }

    private func subset(_ dataset: Dataset, _ split: String) throws(TrainingFailure) -> Subset {
        guard let subset = dataset.subset(named: split), subset.count > 0 else {
            throw TrainingFailure(
                code: .dataError, message: "The recipe of \(pupils[0].record.name) has no \(split) data.")
        }
        return subset
    }

    private func requireRoom(_ facts: DataFacts, _ subsets: [Subset]) throws(TrainingFailure) {
        guard case .classes(let names) = facts.target else {
            throw TrainingFailure(code: .dataError, message: "A student answers with classes, not with numbers.")
        }
        // The mean's sums are twice as wide as an answer.
        try Model.requireRoom(
            answers: subsets.reduce(0) { $0 + $1.count } * facts.targetsPerExample, width: names.count,
            copies: pupils.count + 3, what: "A grade of \(pupils.count) networks")
    }
}
