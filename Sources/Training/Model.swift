import Datasets
import Networks
import Recipes
import Tensors

/// A recipe's network for data of known shape, with its averages: what training and evaluation share.
package final class Model {
    package let recipe: Recipe
    package let facts: DataFacts
    package let network: Network
    let averages: Averages
    let layout: SnapshotLayout
    /// The one in use.
    package var batch: Batch
    /// A copy of what is mixed; nil until something is.
    private var copy: FloatMemory?
    package var lossKind: Loss.Kind { network.plan.loss.kind }

    package convenience init(recipe: Recipe, facts: DataFacts, threads: Int) throws(TrainingFailure) {
        try self.init(recipe: recipe, facts: facts, pool: ThreadPool(threads: threads))
    }

    package init(recipe: Recipe, facts: DataFacts, pool: ThreadPool) throws(TrainingFailure) {
        self.recipe = recipe
        self.facts = facts
        let kernels = try recipe.precision.kernels()
        let plan: Plan
        do {
            plan = try Plan(
                model: recipe.model, inputShape: facts.inputShape, outputCount: facts.outputCount(for: recipe.loss),
                batch: recipe.batch, accumulate: recipe.accumulate,
                loss: recipe.trainingLoss(for: facts), vocabulary: facts.vocabulary.count,
                targetsPerExample: facts.targetsPerExample)
        } catch let error as SimmerError {
            throw TrainingFailure(error)
        } catch {
            throw TrainingFailure(code: .internal, message: "The model does not compile: \(error).")
        }
        network = Network(
            plan: plan, optimizer: recipe.optimizer, clip: recipe.clip, seed: recipe.seed, pool: pool, kernels: kernels)
        averages = Averages(recipe.averages, network: network)
        layout = SnapshotLayout(network, averages)
        batch = network.makeBatch()
    }

    /// First weights, and averages that begin at them.
    package func initialize() {
        network.initialize(headBias: headBias)
        averages.begin()
    }

    /// The last bias: log of each class's share of the training targets, or the mean of each target; for binary
    /// cross-entropy the log odds of each; else zero. Classes without examples count as half of one: log 0 is no bias.
    private var headBias: [Float] {
        guard recipe.model.head == .prior else { return [Float](repeating: 0, count: network.plan.outputCount) }
        let isBinary = lossKind == .binaryCrossEntropy
        switch facts.target {
        case .classes where isBinary: return facts.classCounts.dropFirst().map { logOdds(Double($0)) }
        case .classes:
            let total = Double(max(facts.classCounts.reduce(0, +), 1))
            return AbsentClasses.filled(facts.classCounts).map { Float(logarithm($0 / total)) }
        case .numbers:
            return facts.targetMeans.map { isBinary ? logOdds($0 * Double(facts.trainingCount)) : Float($0) }
        }
    }

    private func logOdds(_ positives: Double) -> Float {
        Float(logarithm(max(positives, 0.5) / max(Double(facts.trainingCount) - positives, 0.5)))
    }

    /// Fills the batch with the examples at `positions`.
    package func fill(_ subset: Subset, _ positions: ArraySlice<UInt32>) {
        batch.count = positions.count
        batch.share = nil
        subset.fill(inputs: batch.inputs, positions)
        if case .classes = facts.target {
            batch.isLabelled = true
            subset.fill(classes: batch.classes, positions)
        } else {
            batch.isLabelled = false
            subset.fill(numbers: batch.numbers, positions)
        }
    }

    /// Mixes the batch as it was filled: inputs, and targets as the loss takes them.
    package func mix(_ draw: Mixup.Draw) {
        let copy = copy ?? FloatMemory(count: batch.capacity * max(batch.exampleCount, batch.targetCount))
        self.copy = copy
        let share = Float(draw.share)
        func mix(_ rows: UnsafeMutablePointer<Float>, _ width: Int) {
            Streams.mix(rows, width: width, with: draw.partners, share: share, copy: copy.base, pool: network.pool)
        }
        mix(batch.inputs, batch.exampleCount)
        switch lossKind {
        case .crossEntropy:
            for (place, partner) in draw.partners.enumerated() { batch.otherClasses[place] = batch.classes[partner] }
            // What is mixed with an example without a label has none.
            for place in draw.partners.indices {
                if batch.otherClasses[place] == Subset.noClass {
                    batch.classes[place] = Subset.noClass
                } else if batch.classes[place] == Subset.noClass {
                    batch.otherClasses[place] = Subset.noClass
                }
            }
            batch.share = share
        case .binaryCrossEntropy where batch.isLabelled:
            for place in draw.partners.indices { batch.numbers[place] = Float(batch.classes[place]) }
            batch.isLabelled = false
            mix(batch.numbers, 1)
        case .binaryCrossEntropy, .mse, .mae, .huber: mix(batch.numbers, batch.targetCount)
        }
    }

    /// Measures a split in full, in the order of its rows.
    /// - Parameters:
    ///   - average: whose statistics are measured; nil for the raw weights.
    ///   - visit: called after each batch, whose outputs and targets are there until it returns.
    package func evaluate(_ subset: Subset, visit: (Model) -> Void = { _ in }) -> Score {
        evaluate(subset, average: nil, visit: visit)
    }

    func evaluate(_ subset: Subset, average: Average?, visit: (Model) -> Void = { _ in }) -> Score {
        var score = Score(answersPerTarget: network.plan.answersPerTarget)
        let weights = average.map { UnsafePointer($0.values.base) }
        let statistics = average?.statistics.map { UnsafePointer($0.base) }
        for start in stride(from: 0, to: subset.count, by: batch.capacity) {
            let end = min(start + batch.capacity, subset.count)
            fill(subset, ArraySlice((UInt32(start)..<UInt32(end)).map { $0 }))
            let part = network.evaluate(batch, parameters: weights, buffers: statistics)
            visit(self)
            score.lossSum += part.lossSum
            score.correct += part.correct
            score.absoluteErrorSum += part.absoluteErrorSum
            score.count += part.count
        }
        return score
    }

    /// Sums over a split, and the metrics they give.
    package struct Score {
        package var answersPerTarget: Int
        package var lossSum = 0.0
        package var correct = 0
        package var absoluteErrorSum = 0.0
        package var count = 0

        package func metrics(_ loss: Loss.Kind) -> [(name: String, value: Double)] {
            let total = Double(max(count, 1))
            switch loss {
            case .crossEntropy, .binaryCrossEntropy:
                return [
                    ("loss", lossSum / total), ("accuracy", Double(correct) / (total * Double(answersPerTarget))),
                ]
            case .mse, .mae, .huber: return [("loss", lossSum / total), ("mae", absoluteErrorSum / total)]
            }
        }
    }
}

extension TrainingFailure {
    public init(_ error: SimmerError) {
        switch error {
        case .recipeInvalid(let findings):
            self.init(
                code: .dataError, message: findings.first?.message ?? "The recipe is not valid.", findings: findings)
        case .incompatible(let message, let findings), .badFile(let message, let findings):
            self.init(code: .dataError, message: message, findings: findings)
        default: self.init(code: .internal, message: "\(error)")
        }
    }

    public init(_ error: DatasetError) {
        self.init(
            code: .dataError, message: error.findings.first?.message ?? "The data cannot be read.",
            findings: error.findings)
    }
}
