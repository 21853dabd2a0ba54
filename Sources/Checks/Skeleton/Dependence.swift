import Datasets
import Networks
import Recipes
import Tensors
import Training

/// K31: an example's answer depends on that example alone. K32: a place of a sequence on what came before it. S4: no target
/// stands in its own input.
enum Dependence: Check {
    static let ids = ["K31", "K32", "S4"]

    static func seconds(_ bench: Bench) -> Double { 0.2 + 3 * (bench.stepSeconds ?? 0) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard bench.facts.trainingCount > 1 else { throw CheckSkip("There is one training example.") }
        var recipe = bench.recipe.plain()
        recipe.batch = min(16, bench.facts.trainingCount)
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, 64, salt: 4))
        let model = try Training.Model(recipe: recipe, facts: bench.facts, pool: bench.pool)
        model.initialize()
        model.network.drawHead()
        let batch = sample.picked(Array(0..<min(recipe.batch, sample.count)))
        let probe = DependenceProbe(model, batch)
        let between = acrossExamples(probe, hasBatchNorm: recipe.hasBatchNorm)
        let causal: CheckResult
        if bench.facts.targetsPerExample > 1 {
            causal = overTime(probe, seed: recipe.seed)
        } else {
            causal = .skip("K32", "An example has one target: there is no time to look ahead in.")
        }
        return [between, causal, try leaks(bench, causal)]
    }

    // MARK: K31

    static func acrossExamples(_ probe: DependenceProbe, hasBatchNorm: Bool) -> CheckResult {
        var foreign = 0
        var silent: [Int] = []
        var isTold: [String] = []
        let chosen = Array(Set([0, probe.count / 2, probe.count - 1])).sorted()
        // Batch normalisation mixes the examples of a training batch by design.
        for mode in hasBatchNorm ? [false] : [false, true] {
            let base = probe.outputs(isTraining: mode) { _ in false }
            for example in chosen {
                let others = probe.outputs(isTraining: mode) { $0 != example }
                let own = probe.outputs(isTraining: mode) { $0 == example }
                let changed = probe.differences(base, others, example)
                if changed > 0 { isTold.append("example \(example)") }
                foreign += changed
                if probe.differences(base, own, example) == 0, !silent.contains(example) { silent.append(example) }
            }
        }
        let numbers = [
            CheckNumber("answers that others change", Double(foreign)),
            CheckNumber("examples that do not change their own", Double(silent.count)),
        ]
        if foreign > 0 {
            return CheckResult(
                "K31", .fail, .invariant, "Other examples of the batch change the answers to \(isTold[0]).",
                numbers: numbers, places: isTold,
                action: "Something mixes the examples of a batch: look at the layers that reshape or transpose.")
        }
        if silent.count == chosen.count {
            return CheckResult(
                "K31", .fail, .invariant, "The answers do not depend on the inputs.", numbers: numbers,
                action: "Look for first values of zero, units that are all off, inputs so large that all is saturated.")
        }
        return CheckResult(
            "K31", .pass, .invariant,
            "Changing all other examples of a batch leaves each answer's bits as they are, in evaluation"
                + (hasBatchNorm ? " (batch normalisation mixes them while training)" : " and in training")
                + "; changing its own input changes it.", numbers: numbers)
    }

    // MARK: K32

    static func overTime(_ probe: DependenceProbe, seed: UInt64) -> CheckResult {
        let places = probe.places
        let random = Philox(seed: seed, purpose: .checks)
        let times = Array(
            Set((0..<5).map { random.below(max(places - 1, 1), step: 5, index: UInt64($0)) })
        ).sorted()
        var ahead: [Int] = []
        var deaf: [Int] = []
        let base = probe.outputs(isTraining: false, from: places)
        for time in times {
            // The target of place t is the input of place t + 1.
            let later = probe.outputs(isTraining: false, from: time + 1)
            if probe.differences(base, later, before: time + 1) > 0 { ahead.append(time) }
            let own = probe.outputs(isTraining: false, from: time)
            if probe.differences(base, own, at: time) == 0 { deaf.append(time) }
        }
        let numbers = [
            CheckNumber("places looked at", Double(times.count)),
            CheckNumber("places that look ahead", Double(ahead.count)),
            CheckNumber("places that do not see their own input", Double(deaf.count)),
        ]
        if !ahead.isEmpty {
            return CheckResult(
                "K32", .fail, .invariant,
                "The answer at place \(ahead[0]) depends on inputs behind it, of which the first is its target.",
                numbers: numbers, places: ahead.map { "place \($0)" },
                action: "A layer mixes all places (`transpose` and `linear`): use `attention`, `lstm` or `gru`, which "
                    + "look back alone.")
        }
        if deaf.count == times.count {
            return CheckResult(
                "K32", .fail, .invariant, "The answer at a place does not depend on the input there.", numbers: numbers,
                action: "Look for first values of zero.")
        }
        return CheckResult(
            "K32", .pass, .invariant,
            "Changing everything behind a place leaves the bits of its answer as they are, at \(count(times.count, "place")).",
            numbers: numbers)
    }

    // MARK: S4

    private static func leaks(_ bench: Bench, _ causal: CheckResult) throws -> CheckResult {
        if causal.verdict == .fail {
            return CheckResult(
                "S4", .fail, .invariant, "The target is contained in the input: \(causal.message)",
                action: causal.action)
        }
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, 4000, salt: 6))
        if let leak = TargetCopy(sample) {
            let name = bench.inputName(leak.column, sample)
            return CheckResult(
                "S4", .fail, .invariant,
                "The target is contained in the input: \(name) tells it in \(percent(leak.share, 4)) of "
                    + "\(count(leak.rows, "target")).",
                numbers: [CheckNumber("agreement", 100 * leak.share, unit: "%")], places: [name],
                action: "Take it out of the inputs: it is not there when the network is used.")
        }
        guard !bench.facts.vocabulary.isEmpty, let bigram = bench.bigram(),
            let contrast = bench.shared.skeleton.contrast
        else {
            return CheckResult(
                "S4", .pass, .invariant,
                "No input equals the target in more than 99.9 % of \(count(sample.count, "example")).",
                numbers: [CheckNumber("examples", Double(sample.count))])
        }
        let level = bigram.loss(contrast.judge)
        let numbers = [
            CheckNumber("loss", contrast.realLoss, unit: "nats"), CheckNumber("bigram's loss", level, unit: "nats"),
            CheckNumber("steps", Double(contrast.steps), unit: "steps"),
        ]
        if contrast.realLoss < 0.5 * level, contrast.steps <= 600 {
            return CheckResult(
                "S4", .warn, .statistic,
                "After \(count(contrast.steps, "update")) the loss is \(figure(contrast.realLoss)), less than half of a "
                    + "bigram's \(figure(level)): this fast is suspicious.", numbers: numbers,
                action: "Look at inputs and targets side by side (K26's picture).")
        }
        return CheckResult(
            "S4", .pass, .invariant,
            "No target stands at a fixed place of its input, and after \(count(contrast.steps, "update")) the loss is "
                + "\(figure(contrast.realLoss)), a bigram's \(figure(level)).", numbers: numbers)
    }
}

extension Recipe {
    var hasBatchNorm: Bool {
        model.allLayers.contains { if case .batchnorm = $0.kind { true } else { false } }
    }
}

/// A network, a batch, and what becomes of the answers when some of its inputs are changed.
struct DependenceProbe {
    let model: Training.Model
    let batch: HeldExamples
    /// What an input is changed to.
    private let others: [Float]

    var count: Int { batch.count }
    var places: Int { model.facts.targetsPerExample }
    private var width: Int { model.network.plan.outputCount }

    init(_ model: Training.Model, _ batch: HeldExamples) {
        self.model = model
        self.batch = batch
        let random = Philox(seed: model.recipe.seed, purpose: .checks)
        let tokens = model.facts.vocabulary.count
        others = batch.inputs.indices.map { index in
            let value = batch.inputs[index]
            // Another token; or a number as far away as the data's own deviation.
            if tokens > 1 {
                let shift = 1 + random.below(tokens - 1, step: 7, index: UInt64(index))
                return Float((Int(value) + shift) % tokens)
            }
            return value + random.normal(step: 8, index: UInt64(index)) * max(1, abs(value))
        }
    }

    /// The answers with the examples changed that `changes` says.
    func outputs(isTraining: Bool, changing changes: (Int) -> Bool) -> [Float] {
        var inputs = batch.inputs
        let size = batch.elementCount
        for example in 0..<count where changes(example) {
            inputs.replaceSubrange(
                example * size..<(example + 1) * size, with: others[example * size..<(example + 1) * size])
        }
        return run(inputs, isTraining: isTraining)
    }

    /// The answers with every input from `place` on changed, in all examples.
    func outputs(isTraining: Bool, from place: Int) -> [Float] {
        var inputs = batch.inputs
        let size = batch.elementCount
        for example in 0..<count {
            for index in min(place, size)..<size { inputs[example * size + index] = others[example * size + index] }
        }
        return run(inputs, isTraining: isTraining)
    }

    private func run(_ inputs: [Float], isTraining: Bool) -> [Float] {
        model.fill(Subset(batch), ArraySlice((0..<UInt32(count)).map { $0 }))
        for index in inputs.indices { model.batch.inputs[index] = inputs[index] }
        if isTraining {
            // A forward pass in training mode alone, whose statistics go nowhere.
            var spare = [Float](repeating: 0, count: max(model.network.plan.bufferFloats, 1))
            spare.withUnsafeMutableBufferPointer {
                model.network.measureStatistics(model.batch, index: 0, buffers: $0.baseAddress)
            }
        } else {
            _ = model.network.evaluate(model.batch)
        }
        return Array(UnsafeBufferPointer(start: model.network.outputs, count: count * places * width))
    }

    /// How many numbers of an example's answer are not the same bits.
    func differences(_ one: [Float], _ two: [Float], _ example: Int) -> Int {
        let size = places * width
        return (example * size..<(example + 1) * size).count { one[$0].bitPattern != two[$0].bitPattern }
    }

    /// The same of all examples' answers before a place.
    func differences(_ one: [Float], _ two: [Float], before place: Int) -> Int {
        (0..<place).reduce(0) { $0 + differences(one, two, at: $1) }
    }

    func differences(_ one: [Float], _ two: [Float], at place: Int) -> Int {
        (0..<count).reduce(0) { sum, example in
            let start = (example * places + place) * width
            return sum + (start..<start + width).count { one[$0].bitPattern != two[$0].bitPattern }
        }
    }
}

extension Network {
    /// A head of zeros hides what lies before it: it gets values of its own.
    func drawHead() {
        guard let last = plan.layers.last(where: { if case .linear = $0.layer.kind { true } else { false } }) else {
            return
        }
        for tensor in plan.tensors where tensor.layer == last.index && tensor.shape.count > 1 {
            let own = UnsafeBufferPointer(start: parameters + tensor.offset, count: tensor.count)
            guard own.allSatisfy({ $0 == 0 }) else { continue }
            let random = Philox(seed: seed, purpose: .checks)
            let scale = 1 / Float(max(tensor.count / max(tensor.shape[0], 1), 1)).squareRoot()
            for index in 0..<tensor.count {
                parameters[tensor.offset + index] = random.normal(step: 9, index: UInt64(index)) * scale
            }
        }
    }
}

/// An input that says the target: at one fixed place, in nearly every example.
struct TargetCopy {
    var column: Int
    var share: Double
    var rows: Int

    private static let enough = 0.999

    /// nil where there is none, or where targets vary too little to tell.
    init?(_ examples: HeldExamples) {
        guard examples.count >= 20 else { return nil }
        let found =
            !examples.hasClasses
            ? Self.number(examples) : examples.targetsPerExample > 1 ? Self.place(examples) : Self.column(examples)
        guard let found else { return nil }
        self = found
    }

    private init(column: Int, share: Double, rows: Int) {
        self.column = column
        self.share = share
        self.rows = rows
    }

    /// The most frequent target is itself right this often.
    private static func isDull(_ labels: [Int32]) -> Bool {
        var counts: [Int32: Int] = [:]
        for label in labels { counts[label, default: 0] += 1 }
        return Double(counts.values.max() ?? 0) > 0.99 * Double(labels.count)
    }

    /// A sequence whose target is an input seen already, so many places before.
    private static func place(_ examples: HeldExamples) -> TargetCopy? {
        guard !isDull(examples.classes) else { return nil }
        let length = examples.targetsPerExample
        for offset in 0..<min(length, 16) {
            var rows = 0
            var equal = 0
            for example in 0..<examples.count {
                for place in offset..<length {
                    rows += 1
                    let seen = examples.inputs[example * examples.elementCount + place - offset]
                    if Int32(seen) == examples.classes[example * length + place] { equal += 1 }
                }
            }
            if Double(equal) > enough * Double(rows) {
                return TargetCopy(column: offset, share: Double(equal) / Double(rows), rows: rows)
            }
        }
        return nil
    }

    /// A column each of whose few values goes with one class.
    private static func column(_ examples: HeldExamples) -> TargetCopy? {
        guard !isDull(examples.classes) else { return nil }
        let classes = Set(examples.classes).count
        for column in 0..<examples.elementCount {
            var groups: [Float: [Int32: Int]] = [:]
            for example in 0..<examples.count {
                groups[examples.inputs[example * examples.elementCount + column], default: [:]][
                    examples.classes[example], default: 0] += 1
                if groups.count > classes { break }
            }
            // A copy of the label has as many values as there are classes.
            guard groups.count == classes, classes > 1 else { continue }
            let equal = groups.values.reduce(0) { $0 + ($1.values.max() ?? 0) }
            let winners = Set(groups.values.compactMap { $0.max { $0.value < $1.value }?.key })
            if winners.count == classes, Double(equal) > enough * Double(examples.count) {
                return TargetCopy(
                    column: column, share: Double(equal) / Double(examples.count), rows: examples.count)
            }
        }
        return nil
    }

    /// A column that is the number itself, scaled and moved.
    private static func number(_ examples: HeldExamples) -> TargetCopy? {
        for target in 0..<examples.targetWidth {
            let wanted = (0..<examples.count).map { Double(examples.numbers[$0 * examples.targetWidth + target]) }
            let own = Spread(wanted)
            guard own.deviation > 0 else { continue }
            for column in 0..<examples.elementCount {
                let values = (0..<examples.count).map { Double(examples.inputs[$0 * examples.elementCount + column]) }
                let spread = Spread(values)
                guard spread.deviation > 0 else { continue }
                let both = zip(values, wanted).reduce(0.0) { $0 + ($1.0 - spread.mean) * ($1.1 - own.mean) }
                let correlation = both / Double(examples.count - 1) / (spread.deviation * own.deviation)
                if abs(correlation) > 0.99999 {
                    return TargetCopy(column: column, share: abs(correlation), rows: examples.count)
                }
            }
        }
        return nil
    }
}

extension Bench {
    /// How a person calls an input.
    func inputName(_ column: Int, _ examples: HeldExamples) -> String {
        if examples.targetsPerExample > 1 {
            return column == 0 ? "the input at the target's own place" : "the input \(count(column, "place")) before it"
        }
        let names = facts.columns.flatMap(\.names)
        return names.indices.contains(column) ? "input `\(names[column])`" : "input \(column)"
    }
}

extension InputColumn {
    /// `size`, or `color=blue` and so on.
    fileprivate var names: [String] { words.isEmpty ? [name] : words.map { "\(name)=\($0)" } }
}
