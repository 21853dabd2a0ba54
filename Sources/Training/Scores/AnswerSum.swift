import Glibc
import Recipes

/// Members' answers added up, so that the next one costs the same however many there are.
public struct AnswerSum {
    private let method: EnsembleMethod
    private var count = 0
    /// Of probabilities, logits or predictions: `[answers, width]`.
    private var sums: [Double] = []
    /// Members that name each class: `[answers, width]`, where they vote.
    private var votes: [Double] = []

    public init(_ method: EnsembleMethod) { self.method = method }

    /// - Precondition: the answers are to the same questions as those before.
    public mutating func add(_ answers: Answers) {
        switch answers {
        case .numbers(let answers): add(answers.values)
        case .classes(let answers) where method == .averageLogits: add(answers.logits)
        case .classes(let answers):
            if sums.isEmpty { sums = [Double](repeating: 0, count: answers.logits.count) }
            if method == .vote, votes.isEmpty { votes = [Double](repeating: 0, count: answers.logits.count) }
            var start = 0
            answers.forEach { logits, _ in
                let best = ClassMeter.largest(logits)
                let top = Double(logits[best])
                var total = 0.0
                for logit in logits { total += exp(Double(logit) - top) }
                for (index, logit) in logits.enumerated() {
                    sums[start + index] += exp(Double(logit) - top) / total
                }
                if method == .vote { votes[start + best] += 1 }
                start += logits.count
            }
        case .votes: return
        }
        count += 1
    }

    private mutating func add(_ values: [Float]) {
        if sums.isEmpty { sums = [Double](repeating: 0, count: values.count) }
        for (index, value) in values.enumerated() { sums[index] += Double(value) }
    }

    /// The answer of all that were added, to the questions of `model`, which lends its true answers.
    public func mean(like model: Answers) -> Answers {
        let share = 1 / Double(max(count, 1))
        switch model {
        case .numbers(var answers):
            answers.values = sums.map { Float($0 * share) }
            return .numbers(answers)
        case .classes(let answers) where method == .vote:
            return .votes(elected(answers))
        case .classes(var answers):
            answers.logits =
                method == .averageLogits
                ? sums.map { Float($0 * share) }
                // Logits of a mean of probabilities are its logarithms. One that is 0 stands for one too small to be told.
                : sums.map { Float(log(max($0 * share, 1e-300))) }
            return .classes(answers)
        case .votes: return model
        }
    }

    private func elected(_ model: ClassAnswers) -> VoteAnswers {
        var elected = VoteAnswers(width: model.width, shares: votes, answers: [], labels: model.labels)
        for index in votes.indices { elected.shares[index] = votes[index] / Double(max(count, 1)) }
        for start in stride(from: 0, to: votes.count, by: model.width) {
            var best = 0
            for index in 1..<max(model.width, 1) {
                let ahead = votes[start + index] - votes[start + best]
                if ahead > 0 || ahead == 0 && sums[start + index] > sums[start + best] { best = index }
            }
            elected.answers.append(Int32(best))
        }
        return elected
    }

    /// What a greedy order makes least: the loss of all that were added and one more.
    public func loss(with another: Answers) -> Double {
        var sum = self
        sum.add(another)
        switch sum.mean(like: another) {
        case .classes(let answers): return answers.nll
        case .numbers(let answers): return answers.judgement.numbers?.mse ?? .infinity
        case .votes: return .infinity
        }
    }
}
