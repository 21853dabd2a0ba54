import Networks
import Datasets
import Recipes
import Tensors

/// What one evaluation of the validation split shows beside its metrics, gathered batch by batch: losses by groups of
/// examples, answers by class. Costs an exponential for each answer of 2,000 targets, and a look at those of 20,000.
struct AnswerLook {
    static let softTargets = 2_000
    static let hardTargets = 20_000

    /// Classes; 0 where the answers are numbers.
    let classes: Int
    private let examples: Int
    private let perExample: Int
    private var groups: [(sum: Double, count: Int)]
    private var example = 0
    /// Positions of the first examples whose loss is not finite, and how many there are.
    private(set) var notFinite: (first: [Int], count: Int) = ([], 0)
    private(set) var softCount = 0
    private(set) var hardCount = 0
    /// Sums of the probabilities of each class, over `softCount` targets.
    private(set) var probabilities: [Double]
    /// By class, over `hardCount` targets.
    private(set) var answered: [Int]
    private(set) var labelled: [Int]
    private(set) var right: [Int]
    /// By class, over the same targets: sums of their losses.
    private(set) var classLosses: [Double]

    /// - Parameter model: whose answers these are.
    init(_ model: Model, examples: Int) {
        classes = model.classCount ?? 0
        self.examples = examples
        perExample = model.facts.targetsPerExample
        groups = [(Double, Int)](repeating: (0, 0), count: min(GroupMeans.most, max(examples, 1)))
        probabilities = [Double](repeating: 0, count: classes)
        answered = [Int](repeating: 0, count: classes)
        labelled = answered
        right = answered
        classLosses = probabilities
    }

    /// After each batch.
    mutating func add(_ model: Model) {
        let losses = model.network.losses
        for place in 0..<model.batch.count where examples > 0 {
            let group = min(groups.count - 1, (example + place) * groups.count / examples)
            var isFinite = true
            for target in place * perExample..<(place + 1) * perExample where target < losses.count {
                groups[group].sum += Double(losses[target])
                groups[group].count += 1
                isFinite = isFinite && losses[target].isFinite
            }
            if !isFinite {
                if notFinite.count < 8 { notFinite.first.append(example + place) }
                notFinite.count += 1
            }
        }
        example += model.batch.count
        guard classes > 1, hardCount < Self.hardTargets else { return }
        var row = -1
        model.forEachClassAnswer { logits, label in
            row += 1
            guard hardCount < Self.hardTargets, labelled.indices.contains(label) else { return }
            var most = 0
            for index in logits.indices where logits[index] > logits[most] { most = index }
            answered[most] += 1
            labelled[label] += 1
            if most == label { right[label] += 1 }
            if row < losses.count { classLosses[label] += Double(losses[row]) }
            hardCount += 1
            guard softCount < Self.softTargets else { return }
            let top = Double(logits[most])
            let powers = logits.map { exponential(Double($0) - top) }
            let total = powers.reduce(0, +)
            guard total.isFinite, total > 0 else { return }
            for index in powers.indices { probabilities[index] += powers[index] / total }
            softCount += 1
        }
    }

    /// W1 of an evaluation; nil where every loss is finite.
    /// - Parameter subset: what was measured, for the examples' places.
    func notFinite(in subset: Subset, step: Int) -> CheckResult? {
        guard notFinite.count > 0 else { return nil }
        return CheckResult(
            "W1", .fail, .invariant,
            "The validation loss is not finite: that of \(notFinite.count) of \(examples) examples is not.",
            numbers: [CheckNumber("examples", Double(notFinite.count))],
            places: notFinite.first.map { "validation \(subset.place(of: $0))" },
            action: "Look at these examples (`simmer data show`); `simmer check` names numbers that are far out (D20).",
            step: step)
    }

    /// Mean losses of neighbouring examples.
    var means: GroupMeans { GroupMeans(values: groups.map { $0.count > 0 ? $0.sum / Double($0.count) : 0 }) }
}
