import Datasets
import Glibc
import Recipes
import Testing
import Training

/// What a run and an evaluation measure, against the same network worked out example by example in double.
@Suite struct EvaluationTests {
    private static let recipe = digits([
        .flatten, .dropout(0.5), .linear(units: .count(20)), .batchnorm(), .relu, .dropout(0.5), head,
    ]) { recipe in
        recipe.optimizer.rate = 0.003
        recipe.averages.ema = [0.9]
        // 24 examples: a batch of 16 and one of 8.
        recipe.evaluate = .steps(20)
    }

    private func evaluator(_ kept: Kept, _ recipe: Recipe, _ facts: DataFacts, average: String? = nil) throws
        -> Evaluator
    {
        try kept.bytes.withUnsafeBytes { bytes in
            try Evaluator(
                recipe: recipe, facts: facts, snapshot: kept.snapshot, bytes: bytes, average: average, threads: 2)
        }
    }

    @Test func classesAreCountedAndLossesAdded() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let outcome = try train(Self.recipe, dataset)
        let kept = try outcome.last
        for (prefix, suffix, average) in [("", "", String?.none), ("ema_0.9.", "@ema-0.9", "ema-0.9")] {
            let network = try PlainPerceptron(kept, prefix)
            for (split, name) in [
                (dataset.validation, "validation"), (dataset.test, "test"), (dataset.training, "training"),
            ] {
                let expected = network.measure(split)
                let measured = try evaluator(kept, Self.recipe, dataset.facts, average: average)
                    .evaluate(dataset, split: name)
                #expect(measured.step == 40 && measured.split == name && measured.average == average ?? "none")
                #expect(measured.count == split.count)
                #expect(
                    measured.metrics["accuracy"] == Double(expected.correct) / Double(split.count), "\(name)\(suffix)")
                #expect(abs(try #require(measured.metrics["loss"]) - expected.loss) < 1e-5, "\(name)\(suffix)")
                // The run itself has said the same of validation and, at its end, test.
                guard name != "training" else { continue }
                #expect(outcome.values("\(name).loss\(suffix)")[40] == measured.metrics["loss"])
                #expect(outcome.values("\(name).accuracy\(suffix)")[40] == measured.metrics["accuracy"])
            }
            // It learned something, and not everything: a constant would agree with a broken count.
            #expect((6..<24).contains(network.measure(dataset.validation).correct))
        }
    }

    @Test func theBatchDoesNotMatter() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let kept = try train(Self.recipe, dataset).last
        var losses: [Double] = []
        for batch in [1, 5, 16, 24, 100] {
            var recipe = Self.recipe
            recipe.batch = batch
            let measured = try evaluator(kept, recipe, dataset.facts).evaluate(dataset, split: "validation")
            #expect(measured.count == 24)
            losses.append(try #require(measured.metrics["loss"]))
        }
        for loss in losses { #expect(abs(loss - losses[0]) < 1e-6) }
    }

    @Test func probabilitiesAndLabelsAreTheNetworks() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let kept = try train(Self.recipe, dataset).last
        let network = try PlainPerceptron(kept, "")
        let evaluator = try evaluator(kept, Self.recipe, dataset.facts)
        let answers = evaluator.predict(dataset.test, offset: 3, limit: 18)
        #expect(answers.map(\.index) == Array(3..<21))
        for answer in answers {
            let expected = network.probabilities(dataset.test, answer.index)
            for (value, other) in zip(answer.values, expected) { #expect(abs(value - other) < 1e-5) }
            #expect(answer.values.count == 10 && abs(answer.values.reduce(0, +) - 1) < 1e-12)
            #expect(answer.label == "\(expected.indices.max { expected[$0] < expected[$1] } ?? -1)")
        }
        #expect(evaluator.predict(dataset.test, offset: 20, limit: 100).map(\.index) == [20, 21, 22, 23])
        #expect(evaluator.predict(dataset.test, offset: 24, limit: 1).isEmpty)
        #expect(evaluator.predict(dataset.test, offset: 0, limit: -1).isEmpty)
    }

    @Test func numbersHaveASquaredAndAnAbsoluteError() throws {
        let recipe = tabular([head]) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.02)
            recipe.data.target = "y"
        }
        let rows = (0..<210).map { "\($0 % 7),\($0 % 11),\(Double($0 % 5) + 0.5)\n" }
        let dataset = try table("a,b,y\n" + rows.joined(), recipe)
        #expect(dataset.validation.count == 21)
        let kept = try train(recipe, dataset).last
        let weight = try kept.tensor("0.weight").map { Double($0) }
        let bias = try kept.tensor("0.bias").map { Double($0) }
        var squares = 0.0
        var absolutes = 0.0
        for example in 0..<21 {
            let inputs = floats(dataset.validation, example)
            var target = [Float](repeating: .nan, count: 1)
            dataset.validation.fill(numbers: &target, [UInt32(example)])
            let error = bias[0] + zip(weight, inputs).reduce(0) { $0 + $1.0 * $1.1 } - Double(target[0])
            squares += error * error
            absolutes += abs(error)
        }
        let metrics = try evaluator(kept, recipe, dataset.facts).evaluate(dataset, split: "validation").metrics
        #expect(Set(metrics.keys) == ["loss", "mae"])
        #expect(abs(try #require(metrics["loss"]) - squares / 21) < 1e-5)
        #expect(abs(try #require(metrics["mae"]) - absolutes / 21) < 1e-5)
    }

    @Test func whatIsNotThereIsSaid() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let kept = try train(Self.recipe, dataset).last
        #expect {
            try evaluator(kept, Self.recipe, dataset.facts, average: "ema-0.99")
        } throws: { error in
            let failure = error as? TrainingFailure
            return failure?.message.contains("no average 'ema-0.99'") == true
                && failure?.findings.contains { $0.message.contains("holds ema-0.9") } == true
        }
        #expect {
            try evaluator(kept, Self.recipe, dataset.facts).evaluate(dataset, split: "training set")
        } throws: { error in
            (error as? TrainingFailure)?.message.contains("training, validation or test") == true
        }
    }
}

/// flatten, linear, batchnorm, relu, linear as in evaluation: no dropout, running statistics.
private struct PlainPerceptron {
    let hidden: (weight: [Double], bias: [Double])
    let norm: (weight: [Double], bias: [Double], mean: [Double], variance: [Double])
    let last: (weight: [Double], bias: [Double])

    /// - Parameter prefix: of the weights' names; running statistics have no average.
    init(_ kept: Kept, _ prefix: String) throws {
        func values(_ name: String) throws -> [Double] { try kept.tensor(name).map { Double($0) } }
        hidden = try (values(prefix + "2.weight"), values(prefix + "2.bias"))
        norm = try (
            values(prefix + "3.weight"), values(prefix + "3.bias"), values("3.running_mean"), values("3.running_var")
        )
        last = try (values(prefix + "6.weight"), values(prefix + "6.bias"))
    }

    private func logits(_ inputs: [Double]) -> [Double] {
        let first = hidden.bias.indices.map { unit in
            let sum = inputs.indices.reduce(hidden.bias[unit]) { $0 + hidden.weight[unit * 784 + $1] * inputs[$1] }
            let normal = (sum - norm.mean[unit]) / (norm.variance[unit] + 1e-5).squareRoot()
            return max(0, normal * norm.weight[unit] + norm.bias[unit])
        }
        return last.bias.indices.map { unit in
            first.indices.reduce(last.bias[unit]) { $0 + last.weight[unit * first.count + $1] * first[$1] }
        }
    }

    func probabilities(_ subset: Subset, _ example: Int) -> [Double] {
        let powers = logits(floats(subset, example)).map { exp($0) }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    func measure(_ subset: Subset) -> (correct: Int, loss: Double) {
        var correct = 0
        var loss = 0.0
        for example in 0..<subset.count {
            var label = [Int32](repeating: -1, count: 1)
            subset.fill(classes: &label, [UInt32(example)])
            let probabilities = probabilities(subset, example)
            loss -= log(probabilities[Int(label[0])])
            correct += probabilities.indices.allSatisfy { probabilities[$0] <= probabilities[Int(label[0])] } ? 1 : 0
        }
        return (correct, loss / Double(subset.count))
    }
}

/// One example's inputs.
private func floats(_ subset: Subset, _ example: Int) -> [Double] {
    var values = [Float](repeating: .nan, count: subset.elementCount)
    values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { subset.fill(inputs: base, [UInt32(example)]) }
    }
    return values.map { Double($0) }
}
