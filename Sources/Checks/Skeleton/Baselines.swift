import Datasets
import Recipes
import Tensors
import Training

/// Models that nobody can have got wrong, on the job's own data: what its network must beat.
struct Baselines {
    struct Line {
        var name: String
        var loss: Double
        /// Of classes.
        var accuracy: Double?
    }
    var lines: [Line] = []
    var judged = 0
    var learned = 0
}

/// K2: the dumb baselines. G5: text must beat counting.
enum BaselineCheck: Check {
    static let ids = ["K2", "G5"]

    static func seconds(_ bench: Bench) -> Double { 1.5 }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        let baselines = try bench.baselines()
        let unit = bench.lossUnit
        bench.draw(
            Picture(
                "baselines", caption: "Loss of models that cannot be wrong",
                chart: Chart(
                    .bars, x: "model", y: unit.map { "loss (\($0))" } ?? "loss",
                    series: [
                        ChartSeries(
                            "loss", x: baselines.lines.indices.map { Double($0) }, y: baselines.lines.map(\.loss))
                    ], labels: baselines.lines.map(\.name))), for: "K2")
        let numbers = baselines.lines.flatMap { line in
            [CheckNumber("loss: \(line.name)", line.loss, unit: unit)]
                + (line.accuracy.map { [CheckNumber("accuracy: \(line.name)", 100 * $0, unit: "%")] } ?? [])
        }
        let best = baselines.lines.min { $0.loss < $1.loss }
        let right = baselines.lines.compactMap { line in line.accuracy.map { (line.name, $0) } }.max { $0.1 < $1.1 }
        return [
            CheckResult(
                "K2", .pass, .statistic,
                "To beat: a loss of \(figure(best?.loss ?? .nan)) (\(best?.name ?? "none"))"
                    + (right.map { ", \(percent($0.1)) right (\($0.0))" } ?? "")
                    + ", learned from \(count(baselines.learned, "example")) in a second or two.", numbers: numbers),
            try text(bench),
        ]
    }

    private static func text(_ bench: Bench) throws -> CheckResult {
        guard !bench.facts.vocabulary.isEmpty else { return .skip("G5", "The data are not text.") }
        guard let bigram = bench.bigram() else { return .skip("G5", "The vocabulary is too large to count pairs.") }
        let contrast = try bench.contrast()
        return text(
            contrast.real, bigram: bigram.losses(contrast.judge), unigram: bigram.unigram.losses(contrast.judge),
            steps: contrast.steps)
    }

    /// - Parameters: losses of the same windows.
    static func text(_ own: [Double], bigram: [Double], unigram: [Double], steps: Int) -> CheckResult {
        let means = [own, bigram, unigram].map { Spread($0).mean }
        let numbers = zip(["loss", "bigram's loss", "unigram's loss"], means).map { CheckNumber($0, $1, unit: "nats") }
        let text =
            "After \(count(steps, "update")) the loss is \(figure(means[0])); counting pairs gives \(figure(means[1])), "
            + "counting characters \(figure(means[2]))"
        let over = Pairs(own, unigram)
        if over.z() < -Pairs.certain, -over.gain > 0.02 * means[2] {
            return CheckResult(
                "G5", .fail, .counterfactual, text + ": the network is worse than counting characters.",
                numbers: numbers, action: "See K20, K21 and S8: it does not learn what is plainly there.")
        }
        let isWorse = means[0] >= means[2]
        return CheckResult(
            "G5", isWorse && steps >= 100 ? .warn : .pass, .counterfactual,
            text + (means[0] < means[1] ? "." : isWorse ? ": it has not begun to learn." : ": on its way."),
            numbers: numbers, action: isWorse ? "See S8: the rate, or the number of updates, is too small." : nil)
    }
}

extension Bench {
    func baselines() throws -> Baselines {
        if let known = shared.skeleton.baselines { return known }
        let samples = try samples(training: 4000, judge: 500)
        let scale = TargetScale(samples.training, loss)
        let training = scale.applied(to: samples.training)
        let judge = scale.applied(to: samples.judge)
        let objective = objective
        var baselines = Baselines()
        baselines.judged = judge.count
        baselines.learned = training.count
        let constant = Constant(training, objective)
        baselines.lines.append(
            Baselines.Line(
                name: "constant", loss: constant.loss(judge), accuracy: constant.accuracy(judge)))
        if let bigram = bigram() {
            baselines.lines.append(
                Baselines.Line(name: "pairs of characters", loss: bigram.loss(judge), accuracy: nil))
        }
        for (name, layers) in simpleModels() {
            var plain = recipe.plain(rate: 3e-3)
            plain.model = Recipes.Model(layers: layers)
            plain.batch = min(plain.batch, 64)
            let steps = try Effort(plain, facts).steps(20, batch: plain.batch, 60...400)
            let trial = try Trial(plain, dataset.replacing(training: training, validation: nil), pool: pool)
            try trial.train(to: steps)
            let answers = Answers(trial.model, judge, objective)
            baselines.lines.append(
                Baselines.Line(
                    name: name, loss: answers.loss, accuracy: isProbabilistic ? answers.accuracy : nil))
        }
        if facts.vocabulary.isEmpty, facts.targetsPerExample == 1 {
            baselines.lines.append(
                Neighbour(pool: pool).line(
                    training.picked(Array(0..<min(training.count, 2000))), judge, objective))
        }
        shared.skeleton.baselines = baselines
        return baselines
    }

    private func simpleModels() -> [(String, [Layer])] {
        func layers(_ kinds: [Layer.Kind]) -> [Layer] { kinds.enumerated().map { Layer(kind: $1, name: String($0)) } }
        let head = Layer.Kind.linear(units: .classes)
        if !facts.vocabulary.isEmpty {
            let flat: [Layer.Kind] = facts.targetsPerExample > 1 ? [] : [.flatten]
            return [("tiny network", layers([.embedding(units: .count(16))] + flat + [head]))]
        }
        return [
            ("linear", layers([.flatten, head])),
            ("tiny network", layers([.flatten, .linear(units: .count(16)), .relu, head])),
        ]
    }
}

extension Constant {
    /// Of the most frequent class; nil for numbers.
    fileprivate func accuracy(_ examples: HeldExamples) -> Double? {
        guard examples.hasClasses, !examples.classes.isEmpty else { return nil }
        let most =
            objective.loss.kind == .binaryCrossEntropy
            ? (output[0] > 0 ? 1 : 0) : output.indices.max { output[$0] < output[$1] } ?? 0
        return Double(examples.classes.count { Int($0) == most }) / Double(examples.classes.count)
    }
}

/// The target of the nearest training example by the squared distance of their inputs.
struct Neighbour {
    let pool: ThreadPool

    /// Costs a multiply-add for each number of each pair.
    func line(_ training: HeldExamples, _ judge: HeldExamples, _ objective: Objective) -> Baselines.Line {
        let nearest = nearest(training, judge)
        var right = 0
        var sum = 0.0
        for (example, other) in nearest.enumerated() {
            switch (judge.target(example), training.target(other)) {
            case (.label(let own), .label(let said)):
                if own == said { right += 1 }
            case (let own, .numbers(let said)): sum += objective.loss(said, own)
            default: break
            }
        }
        let share = Double(right) / Double(max(judge.count, 1))
        guard judge.hasClasses else {
            return Baselines.Line(name: "nearest neighbour", loss: sum / Double(max(judge.count, 1)), accuracy: nil)
        }
        // A neighbour gives no probability: the best that it could have given is its own share of right answers.
        let classes = Double(max(objective.width, 2) - 1)
        let p = min(max(share, 0.5 / Double(max(judge.count, 1))), 1 - 0.5 / Double(max(judge.count, 1)))
        let loss = -(p * Constant.log(p) + (1 - p) * Constant.log((1 - p) / classes))
        return Baselines.Line(name: "nearest neighbour", loss: loss, accuracy: share)
    }

    private func nearest(_ training: HeldExamples, _ judge: HeldExamples) -> [Int] {
        let size = training.elementCount
        var nearest = [Int](repeating: 0, count: judge.count)
        nearest.withUnsafeMutableBufferPointer { nearest in
            training.inputs.withUnsafeBufferPointer { known in
                judge.inputs.withUnsafeBufferPointer { asked in
                    guard let known = known.baseAddress, let asked = asked.baseAddress, let out = nearest.baseAddress
                    else { return }
                    pool.run(judge.count) { example in
                        var best = Float.infinity
                        for other in 0..<training.count {
                            let distance = Self.distance(asked + example * size, known + other * size, size, best)
                            if distance < best {
                                best = distance
                                out[example] = other
                            }
                        }
                    }
                }
            }
        }
        return nearest
    }

    /// In eight sums, which the processor adds at once; given up where it is larger than `limit` already.
    @inline(__always)
    private static func distance(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int, _ limit: Float
    ) -> Float {
        var sums = SIMD8<Float>()
        var index = 0
        while index + 8 <= count {
            let x = UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Float>.self)
            let y = UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Float>.self)
            let gap = x - y
            sums += gap * gap
            index += 8
            if index & 63 == 0, sums.sum() >= limit { return .infinity }
        }
        var sum = sums.sum()
        while index < count {
            let gap = a[index] - b[index]
            sum += gap * gap
            index += 1
        }
        return sum
    }
}
