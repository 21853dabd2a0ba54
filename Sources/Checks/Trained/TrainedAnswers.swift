import Datasets
import Networks
import Recipes
import Tensors
import Training

/// What a trained network says to all examples of a split: one pass, in evaluation mode.
struct TrainedAnswers {
    /// Logits and true classes; nil where the answers are numbers.
    var classes: ClassAnswers?
    /// Of each answer to a class: -log(probability of the true one), and the class that is most probable.
    var losses: [Double] = []
    var said: [Int32] = []
    /// The probability of what is said.
    var confidence: [Float] = []
    /// `[answers, width]`, where they are numbers.
    var numbers: [Float] = []
    var targets: [Float] = []
    var score: Training.Model.Score
    /// Whether every answer is a number at all.
    var isFinite = true
    /// Answers of one example.
    let perExample: Int

    /// Numbers in answers that are kept, at most.
    private static let room = 64_000_000

    /// - Throws: `CheckSkip` where the answers do not fit in memory, or there are none.
    init(_ model: Training.Model, _ subset: Subset) throws {
        perExample = model.facts.targetsPerExample
        let width = model.classCount ?? model.network.plan.outputCount
        guard subset.count > 0 else { throw CheckSkip("There are no examples of the split.") }
        guard subset.count * perExample <= Self.room / max(width, 1) else {
            throw CheckSkip(
                "\(subset.count * perExample) answers of \(width) numbers are more than are kept in memory.")
        }
        var logitsOfAll: [Float] = []
        var labels: [Int32] = []
        var kept = Kept()
        score = model.evaluate(subset) { model in
            guard model.classCount != nil else {
                let count = model.batch.count * model.network.plan.outputCount
                kept.numbers += UnsafeBufferPointer(start: model.network.outputs, count: count)
                if !model.batch.isLabelled {
                    kept.targets += UnsafeBufferPointer(start: model.batch.numbers, count: count)
                }
                return
            }
            model.forEachClassAnswer { logits, label in
                logitsOfAll += logits
                labels.append(Int32(label))
                kept.add(logits, label)
            }
        }
        isFinite = kept.isFinite && kept.numbers.allSatisfy(\.isFinite)
        losses = kept.losses
        said = kept.said
        confidence = kept.confidence
        numbers = kept.numbers
        targets = kept.targets
        if model.classCount != nil { classes = ClassAnswers(width: width, logits: logitsOfAll, labels: labels) }
    }

    private struct Kept {
        var losses: [Double] = []
        var said: [Int32] = []
        var confidence: [Float] = []
        var numbers: [Float] = []
        var targets: [Float] = []
        var isFinite = true

        mutating func add(_ logits: UnsafeBufferPointer<Float>, _ label: Int) {
            var best = 0
            for index in logits.indices {
                if logits[index] > logits[best] { best = index }
                isFinite = isFinite && logits[index].isFinite
            }
            let top = Double(logits[best])
            var total = 0.0
            for logit in logits { total += exponential(Double(logit) - top) }
            let own = logits.indices.contains(label) ? Double(logits[label]) : .nan
            losses.append(logarithm(total) + top - own)
            said.append(Int32(best))
            confidence.append(Float(1 / total))
        }
    }

    var labels: [Int32] { classes?.labels ?? [] }
    var count: Int { classes?.count ?? (perExample > 0 ? score.count : 0) }

    /// The probabilities of one answer.
    func probabilities(_ row: Int) -> [Double] {
        guard let classes, row >= 0, row < classes.count else { return [] }
        let logits = classes.logits[row * classes.width..<(row + 1) * classes.width]
        let top = Double(logits.max() ?? 0)
        let powers = logits.map { exponential(Double($0) - top) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    /// Rows of true classes, columns of what was said.
    func confusion(_ classCount: Int) -> [[Int]] {
        var cells = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
        for (label, said) in zip(labels, said) where cells.indices.contains(Int(label)) {
            cells[Int(label)][Int(said)] += 1
        }
        return cells
    }
}

/// Mean and standard error of some numbers.
struct MeanError {
    var mean = 0.0
    /// Of the mean; 0 for fewer than two.
    var error = 0.0

    init(_ values: some Collection<Double>) {
        let count = Double(values.count)
        guard count > 0 else { return }
        let mean = values.reduce(0, +) / count
        self.mean = mean
        guard count > 1 else { return }
        let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
        error = (squares / (count - 1) / count).squareRoot()
    }
}

/// Numbers in sentences of the trained suite.
enum Worded {
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "not finite" }
        let size = abs(value)
        guard size > 0 else { return "0" }
        if size >= 1e7 || size < 1e-4 {
            var (mantissa, power) = (value, 0)
            while abs(mantissa) >= 10 { (mantissa, power) = (mantissa / 10, power + 1) }
            while abs(mantissa) < 0.9995 { (mantissa, power) = (mantissa * 10, power - 1) }
            return "\(number((mantissa * 100).rounded() / 100))e\(power)"
        }
        var scale = 1.0
        while size * scale < 1_000, scale < 1e8 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    static func percent(_ share: Double) -> String { "\((share * 10_000).rounded() / 100) %" }

    static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

extension DataFacts {
    /// Nil where the targets are numbers.
    var classNames: [String]? { if case .classes(let names) = target { names } else { nil } }
    var isImages: Bool { inputShape.count == 3 && vocabulary.isEmpty }
}

extension Bench {
    /// The network that the trained suite is about.
    func requireTrained() throws -> Training.Model {
        guard let trained else { throw CheckSkip("This is about a trained network, and there is no checkpoint.") }
        return trained
    }

    /// What judges it: the validation split.
    func requireValidation() throws -> Subset {
        guard dataset.validation.count > 0 else {
            throw CheckSkip("There is no validation split: `data: {validation: {fraction: 0.1}}` makes one.")
        }
        return dataset.validation
    }

    /// So many positions of a split, drawn by the recipe's seed without repetition, in rising order; all where there are
    /// no more.
    func sampled(_ count: Int, of total: Int, stream: UInt64) -> [UInt32] {
        guard total > count else { return (0..<UInt32(max(total, 0))).map { $0 } }
        let random = Philox(seed: recipe.seed, purpose: .bootstrap)
        // Floyd's selection (Bentley & Floyd, Comm. ACM 30(9), 1987).
        var chosen: Set<UInt32> = []
        for place in total - count..<total {
            let drawn = UInt32(random.below(place + 1, step: stream << 32 | 0x7261, index: UInt64(place)))
            chosen.insert(chosen.contains(drawn) ? UInt32(place) : drawn)
        }
        return chosen.sorted()
    }
}
