import Recipes
import Tensors

/// W14: answers that are nearly always the same, held against the targets: an imbalanced set is no fault, and a network that
/// knows nothing yet answers with the prior.
struct SameAnswers {
    static let fewest = 200

    private var warnInRow = 0
    private var failInRow = 0

    mutating func judge(_ look: AnswerLook, step: Int) -> CheckResult {
        guard look.classes > 1 else { return .skip("W14", "The targets are numbers, or of one class.") }
        guard look.softCount >= Self.fewest else {
            return .skip("W14", "\(look.softCount) validation targets are too few: \(Self.fewest) are needed.")
        }
        let targets = shares(look.labelled.map(Double.init))
        let answers = shares(look.probabilities)
        let top = answers.indices.max { answers[$0] < answers[$1] } ?? 0
        let named = Double(look.answered[top]) / Double(max(look.hardCount, 1))
        let (own, theirs) = (entropy(answers), entropy(targets))
        let isOne = named > 0.95 && answers[top] > 0.9 && targets[top] < 0.8
        failInRow = isOne ? failInRow + 1 : 0
        warnInRow = own < 0.5 * theirs ? warnInRow + 1 : 0
        let verdict: CheckVerdict = failInRow >= 2 ? .fail : warnInRow >= 2 ? .warn : .pass
        return CheckResult(
            "W14", verdict, .statistic,
            "The mean answer has an entropy of \(short(own)) nats, the targets one of \(short(theirs)); "
                + "\(percent(named)) % of the answers are one class, which \(percent(targets[top])) % of the targets are.",
            numbers: [
                CheckNumber("entropy of the answers", own, unit: "nats"),
                CheckNumber("entropy of the targets", theirs, unit: "nats"),
                CheckNumber("answers of one class", named * 100, unit: "%"),
            ],
            action: verdict == .pass
                ? nil
                : "Look at the rate and at the data's order: networks collapse so where a rate is too high, or where all "
                    + "examples of a class come in a row.", step: step)
    }

    private func shares(_ counts: [Double]) -> [Double] {
        let total = counts.reduce(0, +)
        return counts.map { total > 0 ? $0 / total : 0 }
    }

    private func entropy(_ shares: [Double]) -> Double {
        shares.reduce(0) { $1 > 0 ? $0 - $1 * logarithm($1) : $0 }
    }
}

/// Three digits behind the point.
func short(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
