import Datasets
import Recipes
import Tensors

/// Measures what several networks are worth together.
public struct EnsembleMeasurement {
    private let request: EnsembleRequest
    private let records: [TeacherRecord]
    private let pool: ThreadPool
    private let clock: any TrainingClock
    private let open: (Int) throws(TrainingFailure) -> TeacherSource

    /// - Parameters:
    ///   - records: the members, which `EnsembleRequest.findings` has nothing to say against.
    ///   - open: reads one member's weights; its memory is given back before the next is read.
    public init(
        _ request: EnsembleRequest, records: [TeacherRecord], threads: Int, clock: any TrainingClock,
        open: @escaping (Int) throws(TrainingFailure) -> TeacherSource
    ) {
        self.request = request
        self.records = records
        pool = ThreadPool(threads: threads)
        self.clock = clock
        self.open = open
    }

    /// One pass over the split for each member, and another over the validation split where something is chosen by it;
    /// as many again for mean weights. Answers are kept: 4 bytes for each number of each.
    /// - Parameter dataset: of the first member's job.
    /// - Throws: `TrainingFailure` where weights or answers cannot be used, or the answers do not fit in memory.
    public func run(_ dataset: Dataset) throws(TrainingFailure) -> Ensemble {
        let reported = try subset(dataset, request.split)
        // What is chosen by validation is chosen by the same answers where that is the split that is reported.
        let choosing =
            request.split != "validation" && request.needsValidation ? try subset(dataset, "validation") : nil
        try requireRoom(reported.count + (choosing?.count ?? 0))
        var answers: [Answers] = []
        var choices: [Answers] = []
        var speeds: [Double] = []
        for index in records.indices {
            let model = try open(index).model(pool: pool)
            answers.append(try model.answers(reported, name: records[index].name).1)
            if let choosing { choices.append(try model.answers(choosing, name: records[index].name).1) }
            speeds.append(model.answersPerSecond(reported, clock: clock))
        }
        if choosing == nil { choices = answers }
        let most = min(request.most ?? records.count, records.count)
        let order = request.isGreedy ? greedyOrder(choices, most) : Array(records.indices.prefix(most))
        var report = EnsembleReport(request, count: answers[0].count)
        for index in records.indices {
            report.add(member: records[index], answers[index].judgement, answersPerSecond: speeds[index])
        }
        if request.method == .averageWeights {
            let mean = WeightMean()
            for index in order {
                let model = try mean.add(
                    try open(index), name: records[index].name, first: records[order[0]].name,
                    training: dataset.training, pool)
                let name = "the mean weights of \(mean.count) members"
                let joint = try model.answers(reported, name: name).1
                var choice = joint
                if let choosing { choice = try model.answers(choosing, name: name).1 }
                report.add(step: index, joint, choice)
            }
        } else {
            var sum = AnswerSum(request.method)
            var choiceSum = AnswerSum(request.method)
            for index in order {
                sum.add(answers[index])
                let joint = sum.mean(like: answers[index])
                var choice = joint
                if choosing != nil, request.calibrates {
                    choiceSum.add(choices[index])
                    choice = choiceSum.mean(like: choices[index])
                }
                report.add(step: index, joint, choice)
            }
        }
        var ensemble = report.ensemble
        if request.most != nil {
            ensemble.disagreement = ClassAnswers.disagreement(order.map { choices[$0] })?.flatMap { $0 }
        }
        return ensemble
    }

    private func subset(_ dataset: Dataset, _ split: String) throws(TrainingFailure) -> Subset {
        guard let subset = dataset.subset(named: split), subset.count > 0 else {
            throw TrainingFailure(
                code: .dataError, message: "The recipe of \(records[0].name) has no \(split) data.")
        }
        return subset
    }

    private func requireRoom(_ examples: Int) throws(TrainingFailure) {
        let facts = records[0].facts
        let width =
            switch facts.target {
            case .classes(let names): names.count
            case .numbers(let count): count
            }
        // The sums are twice as wide as an answer, and there may be two kinds of them.
        try Model.requireRoom(
            answers: examples * facts.targetsPerExample, width: width, copies: records.count + 4,
            what: "An ensemble of \(records.count)")
    }

    /// Each time the member that leaves the least loss; of equal ones the first.
    private func greedyOrder(_ answers: [Answers], _ most: Int) -> [Int] {
        var order: [Int] = []
        var left = Array(answers.indices)
        var sum = AnswerSum(request.method)
        while order.count < most {
            let losses = left.map { sum.loss(with: answers[$0]) }
            let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
            let chosen = left.remove(at: best)
            sum.add(answers[chosen])
            order.append(chosen)
        }
        return order
    }
}

/// The report as it grows.
private struct EnsembleReport {
    private(set) var ensemble: Ensemble
    private let calibrates: Bool
    private var first: Double?
    private var before: [Float]?
    /// Of the first member alone.
    private var firstErrors: [Float]?

    init(_ request: EnsembleRequest, count: Int) {
        ensemble = Ensemble(method: request.method, split: request.split, count: count, members: [], steps: [])
        calibrates = request.calibrates
    }

    mutating func add(member record: TeacherRecord, _ judgement: Judgement, answersPerSecond: Double) {
        let comparison = firstErrors.map { PairedComparison(before: $0, now: judgement.errors) }
        firstErrors = firstErrors ?? judgement.errors
        ensemble.members.append(
            EnsembleMember(
                checkpoint: record.checkpoint, name: record.name, classes: judgement.classes,
                numbers: judgement.numbers, comparison: comparison, answersPerSecond: answersPerSecond))
    }

    /// - Parameter choice: the validation split's answers, by which a temperature is fitted.
    mutating func add(step added: Int, _ answers: Answers, _ choice: Answers) {
        let judgement = answers.judgement
        var step = EnsembleStep(
            size: ensemble.steps.count + 1, added: added, classes: judgement.classes, numbers: judgement.numbers)
        if calibrates, case .classes(let answers) = answers, case .classes(let choice) = choice {
            step.calibration = answers.calibration(temperature: choice.fittedTemperature())
        }
        let error = judgement.errors.reduce(0.0) { $0 + Double($1) }
        if let before {
            let comparison = PairedComparison(before: before, now: judgement.errors)
            step.comparison = comparison
            step.stopsPaying = !comparison.isBetter && !ensemble.steps.contains { $0.stopsPaying }
            if let first, first > 0 { step.errorReduction = 1 - error / first }
        } else {
            first = error
        }
        before = judgement.errors
        ensemble.steps.append(step)
    }
}
