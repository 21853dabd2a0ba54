import Datasets
import Glibc
import Recipes

/// A snapshot's network, measured or asked.
public final class Evaluator {
    package let model: Model
    private let step: Int
    private let averageName: String

    /// Whether the optimiser's moments were read with the weights.
    package let hasMoments: Bool

    /// - Parameters:
    ///   - average: `ema-0.999`, or nil for the raw weights.
    ///   - takesMoments: whether the optimiser's moments are wanted too, for a look at the next update.
    /// - Throws: `TrainingFailure` where the snapshot does not fit, or has no such average.
    public init(
        recipe: Recipe, facts: DataFacts, snapshot: Snapshot, bytes: UnsafeRawBufferPointer, average: String?,
        threads: Int, takesMoments: Bool = false
    ) throws(TrainingFailure) {
        // An average is read in the place of the weights: none is kept beside them.
        var recipe = recipe
        recipe.averages = AveragePolicy()
        model = try Model(recipe: recipe, facts: facts, threads: threads)
        step = snapshot.step
        averageName = average ?? "none"
        var snapshot = snapshot
        if let average, average != "none" {
            do {
                snapshot = try snapshot.taking(average: average)
            } catch let error as SimmerError {
                throw TrainingFailure(error)
            } catch {
                throw TrainingFailure(code: .internal, message: "\(error)")
            }
        }
        let missing = try model.layout.read(snapshot, bytes, weightsOnly: !takesMoments)
        hasMoments = takesMoments && !missing.moments
    }

    /// Measures a split in full.
    /// - Parameters:
    ///   - split: `training`, `validation` or `test`.
    ///   - calibrates: whether a temperature is fitted, on the validation split whatever `split` is.
    ///   - adjusts: names of classes whose biases are fitted there too, before the temperature; `all` for every class.
    ///   - clock: by which the network's speed is taken; nil leaves it out.
    /// - Throws: `TrainingFailure` where there is no such split, or nothing to calibrate or adjust.
    public func evaluate(
        _ dataset: Dataset, split: String, calibrates: Bool = false, adjusts: [String] = [],
        clock: (any TrainingClock)? = nil
    ) throws(TrainingFailure) -> Evaluation {
        let subset = try subset(of: dataset, split)
        var evaluation = try measure(dataset, subset, split, calibrates, adjusts)
        evaluation.answersPerSecond = clock.map { model.answersPerSecond(subset, clock: $0) }
        return evaluation
    }

    private func measure(
        _ dataset: Dataset, _ subset: Subset, _ split: String, _ calibrates: Bool, _ adjusts: [String]
    ) throws(TrainingFailure) -> Evaluation {
        if calibrates || !adjusts.isEmpty { return try fit(dataset, subset, split, calibrates, adjusts) }
        var meter = model.classCount.map { ClassMeter(classCount: $0) }
        var isFinite = true
        let score = model.evaluate(subset) { model in
            guard meter != nil else { return }
            model.forEachClassAnswer { logits, label in
                isFinite = isFinite && logits.allSatisfy(\.isFinite)
                if isFinite { meter?.add(logits: logits, label: label) }
            }
        }
        return evaluation(split, score, isFinite ? meter?.score() : nil)
    }

    /// What is fitted on the validation split, and what it does to the measured one.
    private func fit(
        _ dataset: Dataset, _ subset: Subset, _ split: String, _ calibrates: Bool, _ adjusts: [String]
    ) throws(TrainingFailure) -> Evaluation {
        guard model.classCount != nil else {
            throw TrainingFailure(
                code: .dataError,
                message:
                    "\(calibrates ? "A temperature calibrates" : "Biases adjust") probabilities of classes, and this "
                    + "network answers with "
                    + "\(model.lossKind == .binaryCrossEntropy ? "several yes or no" : "numbers").")
        }
        let validation = try self.subset(of: dataset, "validation")
        let (perExample, width) = model.answerShape
        try Model.requireRoom(
            answers: perExample * (split == "validation" ? subset.count : subset.count + validation.count),
            width: width, copies: adjusts.isEmpty ? 1 : 2, what: "A calibration")
        let name = "the checkpoint"
        let (score, answers) = try model.answers(subset, name: name)
        let fitted =
            split == "validation"
            ? answers : try model.answers(validation, name: name).1
        guard case .classes(var reported) = answers, case .classes(var fitted) = fitted else {
            throw TrainingFailure(code: .internal, message: "Classes were answered with something else.")
        }
        var evaluation = evaluation(split, score, reported.judgement().classes)
        if !adjusts.isEmpty { evaluation.adjustment = try adjust(&reported, &fitted, adjusts) }
        if calibrates { evaluation.calibration = reported.calibration(temperature: fitted.fittedTemperature()) }
        return evaluation
    }

    /// Fits the biases of the named classes and adds them to both.
    private func adjust(
        _ reported: inout ClassAnswers, _ fitted: inout ClassAnswers, _ words: [String]
    ) throws(TrainingFailure) -> BiasAdjustment? {
        func refuse(_ message: String) -> TrainingFailure { TrainingFailure(code: .dataError, message: message) }
        guard case .classes(let names) = model.facts.target else { return nil }
        var classes: [Int] = words.contains(BiasAdjustment.all) ? Array(names.indices) : []
        for word in words where word != BiasAdjustment.all {
            guard let index = names.firstIndex(of: word) else {
                throw refuse(
                    "There is no class '\(word)': \(names.prefix(12).joined(separator: ", "))"
                        + "\(names.count > 12 ? " and others" : "").")
            }
            if !classes.contains(index) { classes.append(index) }
        }
        guard classes.count <= BiasAdjustment.most else {
            throw refuse("\(classes.count) biases are more than the \(BiasAdjustment.most) that are fitted together.")
        }
        let counts = fitted.recalls.map(\.count)
        for index in classes where counts[index] == 0 || counts[index] == fitted.count {
            throw refuse(
                "\(counts[index] == 0 ? "No" : "Every") validation example is of class '\(names[index])': no bias can be "
                    + "fitted.")
        }
        let before = reported.recalls
        let biases = fitted.fittedBiases(of: classes)
        reported = reported.adding(biases, to: classes)
        fitted = fitted.adding(biases, to: classes)
        let after = reported.recalls
        return reported.judgement().classes.map { scores in
            BiasAdjustment(
                classes: zip(classes, biases).map { index, bias in
                    AdjustedClass(
                        name: names[index], bias: bias, before: before[index].recall, after: after[index].recall)
                }, scores: scores)
        }
    }

    private func subset(of dataset: Dataset, _ split: String) throws(TrainingFailure) -> Subset {
        guard let subset = dataset.subset(named: split) else {
            throw TrainingFailure(
                code: .dataError, message: "There is no split '\(split)': training, validation or test.")
        }
        guard subset.count > 0 else {
            throw TrainingFailure(
                code: .dataError, message: "The recipe has no \(split) data, so nothing can be measured on it.")
        }
        return subset
    }

    private func evaluation(_ split: String, _ score: Model.Score, _ classes: ClassScore?) -> Evaluation {
        Evaluation(
            checkpoint: "", step: step, split: split, average: averageName, count: score.count,
            metrics: Dictionary(uniqueKeysWithValues: score.metrics(model.lossKind).map { ($0.name, $0.value) }),
            classes: classes)
    }

    /// The network's answers to examples `offset` to `offset + limit` of a file; where each position of a sequence has
    /// one, the last: what comes after it.
    public func predict(_ inputs: Subset, offset: Int, limit: Int) -> [Prediction] {
        var predictions: [Prediction] = []
        let last = min(inputs.count, offset + max(limit, 0))
        guard offset >= 0, offset < last else { return [] }
        let outputCount = model.network.plan.outputCount
        for start in stride(from: offset, to: last, by: model.batch.capacity) {
            let end = min(start + model.batch.capacity, last)
            model.fill(inputs, ArraySlice((UInt32(start)..<UInt32(end)).map { $0 }))
            _ = model.network.evaluate(model.batch)
            for row in 0..<(end - start) {
                let outputs = UnsafeBufferPointer(
                    start: model.network.outputs + ((row + 1) * model.facts.targetsPerExample - 1) * outputCount,
                    count: outputCount)
                predictions.append(prediction(index: start + row, outputs))
            }
        }
        return predictions
    }

    private func prediction(index: Int, _ outputs: UnsafeBufferPointer<Float>) -> Prediction {
        if model.lossKind == .binaryCrossEntropy {
            let shares = outputs.map { 1 / (1 + exp(-Double($0))) }
            guard case .classes(let names) = model.facts.target, let share = shares.first else {
                return Prediction(index: index, values: shares)
            }
            return Prediction(index: index, label: names[outputs[0] > 0 ? 1 : 0], values: [1 - share, share])
        }
        guard case .classes(let names) = model.facts.target else {
            return Prediction(index: index, values: outputs.map { Double($0) })
        }
        let most = outputs.indices.max { outputs[$0] < outputs[$1] } ?? 0
        let powers = outputs.map { exp(Double($0) - Double(outputs[most])) }
        let total = powers.reduce(0, +)
        return Prediction(index: index, label: names[most], values: powers.map { $0 / total })
    }
}
