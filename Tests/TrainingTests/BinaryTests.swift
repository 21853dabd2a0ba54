import Datasets
import Glibc
import Recipes
import Testing
import Training

/// Two classes, or numbers from 0 to 1, by binary cross-entropy: from the data through training to the answers.
@Suite struct BinaryTests {
    /// 240 rows; "yes" where a + b is large, which about one in three is.
    private struct Row {
        var a: Double
        var b: Double
        var isYes: Bool { a + b > 1.25 }
    }
    private static let rows = (0..<240).map { (row: Int) -> Row in
        Row(a: Double(row % 16) / 16, b: Double(row / 16) / 15)
    }

    private func recipe(_ kinds: [Layer.Kind], _ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
        tabular(kinds) { recipe in
            recipe.loss = Loss(kind: .binaryCrossEntropy)
            recipe.optimizer = Optimizer(kind: .adam, rate: 0.05)
            change(&recipe)
        }
    }

    private func classes(_ recipe: Recipe) throws -> Dataset {
        try table(
            "a,b,k\n" + Self.rows.map { "\($0.a),\($0.b),\($0.isYes ? "yes" : "no")\n" }.joined(), recipe)
    }

    private func evaluator(_ kept: Kept, _ recipe: Recipe, _ facts: DataFacts) throws -> Evaluator {
        try kept.bytes.withUnsafeBytes { bytes in
            try Evaluator(
                recipe: recipe, facts: facts, snapshot: kept.snapshot, bytes: bytes, average: nil, threads: 2)
        }
    }

    private func inputs(_ subset: Subset, _ example: Int) -> [Double] {
        var values = [Float](repeating: .nan, count: subset.elementCount)
        values.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { subset.fill(inputs: base, [UInt32(example)]) }
        }
        return values.map { Double($0) }
    }

    @Test func twoClassesAreOneOutput() throws {
        let recipe = recipe([head])
        let dataset = try classes(recipe)
        #expect(dataset.facts.target == .classes(["no", "yes"]))
        let outcome = try train(recipe, dataset, orders: [0: [.checkpoint]])
        let first = try outcome.kept(at: 0)
        #expect(try first.tensor("0.weight").count == 2)
        // The prior: log odds of "yes".
        let counts = dataset.facts.classCounts.map { Double($0) }
        #expect(abs(Double(try #require(try first.tensor("0.bias").first)) - log(counts[1] / counts[0])) < 1e-6)
        #expect(try #require(outcome.values("train.accuracy")[40]) > 0.9)
        // By hand: sigmoid of the weighted sum.
        let kept = try outcome.last
        let weight = try kept.tensor("0.weight").map { Double($0) }
        let bias = Double(try #require(try kept.tensor("0.bias").first))
        let evaluator = try evaluator(kept, recipe, dataset.facts)
        let answers = evaluator.predict(dataset.validation, offset: 0, limit: 100)
        #expect(answers.count == 24)
        var loss = 0.0
        var correct = 0
        for answer in answers {
            let x = inputs(dataset.validation, answer.index)
            let share = 1 / (1 + exp(-(bias + weight[0] * x[0] + weight[1] * x[1])))
            #expect(answer.values.count == 2 && abs(answer.values[1] - share) < 1e-5)
            #expect(answer.values[0] + answer.values[1] == 1)
            #expect(answer.label == (share > 0.5 ? "yes" : "no"))
            var label = [Int32](repeating: -1, count: 1)
            dataset.validation.fill(classes: &label, [UInt32(answer.index)])
            loss -= log(label[0] == 1 ? share : 1 - share)
            correct += (share > 0.5) == (label[0] == 1) ? 1 : 0
        }
        let metrics = try evaluator.evaluate(dataset, split: "validation").metrics
        #expect(Set(metrics.keys) == ["loss", "accuracy"])
        #expect(abs(try #require(metrics["loss"]) - loss / 24) < 1e-5)
        #expect(metrics["accuracy"] == Double(correct) / 24)
        #expect(outcome.values("validation.loss")[40] == metrics["loss"])
    }

    /// Two outputs of cross-entropy say the same as their difference by binary cross-entropy.
    @Test func aPositiveWeightMovesTheBorderWhileTrainingOnly() throws {
        let plain = recipe([head])
        let weighted = recipe([head]) { $0.loss?.positiveWeights = [6] }
        let dataset = try classes(plain)
        func share(_ recipe: Recipe) throws -> Double {
            let kept = try train(recipe, dataset).last
            let answers = try evaluator(kept, recipe, dataset.facts).predict(dataset.training, offset: 0, limit: 1000)
            return answers.reduce(0) { $0 + $1.values[1] } / Double(answers.count)
        }
        #expect(try share(weighted) > 1.3 * share(plain))
        // The same weights measure the same, whatever they were trained with.
        let kept = try train(weighted, dataset).last
        let one = try evaluator(kept, weighted, dataset.facts).evaluate(dataset, split: "validation").metrics
        let other = try evaluator(kept, plain, dataset.facts).evaluate(dataset, split: "validation").metrics
        #expect(one == other)
    }

    @Test func probabilitiesAreTargets() throws {
        let recipe = recipe([.linear(units: .count(8)), .tanh, head]) { $0.data.target = "p" }
        let dataset = try table(
            "a,b,p\n" + Self.rows.map { "\($0.a),\($0.b),\($0.a * $0.b)\n" }.joined(), recipe)
        #expect(dataset.facts.target == .numbers(1))
        let outcome = try train(recipe, dataset, orders: [0: [.checkpoint]])
        let mean = dataset.facts.targetMeans[0]
        let bias = try #require(try outcome.kept(at: 0).tensor("2.bias").first)
        #expect(abs(Double(bias) - log(mean / (1 - mean))) < 1e-6)
        let answers = try evaluator(outcome.last, recipe, dataset.facts).predict(
            dataset.validation, offset: 0, limit: 100)
        var error = 0.0
        for answer in answers {
            var target = [Float](repeating: .nan, count: 1)
            dataset.validation.fill(numbers: &target, [UInt32(answer.index)])
            #expect(answer.label == nil && answer.values.count == 1)
            error += abs(answer.values[0] - Double(target[0])) / 24
        }
        #expect(error < 0.08, "\(error)")
        #expect(try #require(outcome.values("validation.accuracy")[40]) > 0.8)
    }
}
