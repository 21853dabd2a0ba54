import Datasets
import Glibc
import Recipes

/// What comes next by the token before alone, from counts: the dumb model that every network of text must beat.
struct Bigram {
    private let logs: [Float]
    private let size: Int
    /// How often each token was counted as a target; as logarithms of shares.
    let unigram: Constant

    /// A pair that was seen rarely leans on how frequent its second token is, by as much as two observations.
    private static let lean = 2.0
    /// Targets that are counted at most.
    private static let most = 400_000

    /// nil where the vocabulary is too large for a table.
    init?(_ subset: Subset, vocabulary: Int, objective: Objective) {
        guard vocabulary > 1, vocabulary <= 1024, objective.width == vocabulary, subset.count > 0 else { return nil }
        size = vocabulary
        let targets = subset.targetsPerExample
        let step = max(1, subset.count * targets / Self.most)
        let chosen = stride(from: 0, to: subset.count, by: step).map { UInt32($0) }
        var pairs = [Double](repeating: 0, count: size * size)
        var counts = [Double](repeating: 0, count: size)
        // A few thousand windows at a time, so that memory stays small.
        for start in stride(from: 0, to: chosen.count, by: 4096) {
            let held = subset.held(Array(chosen[start..<min(start + 4096, chosen.count)]))
            for example in 0..<held.count {
                for place in 0..<targets {
                    let before = Int(held.inputs[example * held.elementCount + held.elementCount - targets + place])
                    let next = Int(held.classes[example * targets + place])
                    guard (0..<size).contains(before), (0..<size).contains(next) else { continue }
                    pairs[before * size + next] += 1
                    counts[next] += 1
                }
            }
        }
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let shares = counts.map { max($0, 0.5) / total }
        unigram = Constant(shares.map { Glibc.log($0) }, objective)
        var logs = [Float](repeating: 0, count: size * size)
        for before in 0..<size {
            let row = before * size
            let seen = pairs[row..<row + size].reduce(0, +)
            for next in 0..<size {
                logs[row + next] = Float(Glibc.log((pairs[row + next] + Self.lean * shares[next]) / (seen + Self.lean)))
            }
        }
        self.logs = logs
    }

    /// Mean over the targets, nats.
    func loss(_ examples: HeldExamples) -> Double {
        let all = losses(examples)
        return all.reduce(0, +) / Double(max(all.count, 1))
    }

    /// Of each example: the mean over its targets.
    func losses(_ examples: HeldExamples) -> [Double] {
        let targets = examples.targetsPerExample
        return (0..<examples.count).map { example in
            (0..<targets).reduce(0.0) { sum, place in
                let input = examples.inputs[example * examples.elementCount + examples.elementCount - targets + place]
                let label = examples.classes[example * targets + place]
                let (before, next) = (Int(input), Int(label))
                guard (0..<size).contains(before), (0..<size).contains(next) else { return .nan }
                return sum - Double(logs[before * size + next])
            } / Double(targets)
        }
    }
}

extension Bench {
    /// Of the training text; nil where the inputs are numbers.
    func bigram() -> Bigram? {
        if let known = shared.skeleton.bigram { return known }
        guard !facts.vocabulary.isEmpty else { return nil }
        let bigram = Bigram(dataset.training, vocabulary: facts.vocabulary.count, objective: objective)
        shared.skeleton.bigram = .some(bigram)
        return bigram
    }
}
