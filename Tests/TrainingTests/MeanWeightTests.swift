import Datasets
import Foundation
import Recipes
import Testing
import Training

/// Means of the weights as PyTorch computes them; Tests/Reference/averages.py printed the numbers.
@Suite struct MeanWeightTests {
    private struct Reference: Decodable {
        struct Tensor: Decodable {
            var shape: [Int]
            var values: [Float]
        }
        var table: String
        var steps: Int
        var batch: Int
        var rate: Double
        /// Weights in `swa`.
        var taken: Int
        var first: [String: Tensor]
        var averages: [String: [String: [Float]]]
    }

    private static func reference() throws -> Reference {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: URL(filePath: "/\(path)/Reference/averages.json")))
    }

    /// The reference's first weights as a file that `model.from` names.
    private static func weights(_ reference: Reference) throws -> SourceFile {
        let tensors = reference.first.sorted { $0.key < $1.key }
        let header = try SafetensorsHeader(
            tensors: tensors.map { ($0.key, $0.key.hasSuffix("tracked") ? "I64" : "F32", $0.value.shape) })
        var bytes = header.encoded()
        for (name, tensor) in tensors {
            for value in tensor.values {
                if name.hasSuffix("tracked") {
                    withUnsafeBytes(of: Int64(value)) { bytes += Array($0) }
                } else {
                    withUnsafeBytes(of: value) { bytes += Array($0) }
                }
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("simmer-first-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        // The descriptor keeps the file; left over, the name would harm nobody.
        defer { try? FileManager.default.removeItem(at: url) }
        let descriptor = open(url.path, O_RDONLY)
        try #require(descriptor >= 0)
        return SourceFile(path: "w.safetensors", descriptor: descriptor)
    }

    @Test(arguments: [1, 3]) func areThoseOfPyTorch(_ threads: Int) throws {
        let reference = try Self.reference()
        var recipe = tabular([.linear(units: .count(5)), .batchnorm(), .tanh, head]) { recipe in
            recipe.data.validation = .fraction(0)
            recipe.data.normalize = .none
            recipe.data.shuffle = false
            recipe.data.target = "y"
            recipe.model.from = "w.safetensors"
            recipe.optimizer = Optimizer(kind: .sgd, rate: reference.rate)
            recipe.batch = reference.batch
            recipe.until = .steps(reference.steps)
            recipe.averages.ema = [0.9]
            recipe.averages.lawa.every = 4
            recipe.averages.lawa.last = 3
            recipe.averages.swa.from = .share(0.4)
            recipe.averages.swa.every = .steps(5)
        }
        recipe.loss = Loss(kind: .mse)
        let file = try Self.weights(reference)
        defer { close(file.descriptor) }
        let last = try train(
            recipe, try table(reference.table, recipe), weights: try WeightsFile(file), threads: threads
        ).last
        #expect(last.snapshot.averageNames == ["ema-0.9", "lawa-4x3", "swa"])
        #expect(last.snapshot.state.contains(#""averages":{"lawa-4x3":10,"swa":\#(reference.taken)}"#))
        for (average, tensors) in reference.averages {
            for (name, expected) in tensors {
                let values = try last.tensor(AverageName.prefix(of: average) + name)
                let worst = zip(values, expected).map { abs($0 - $1) }.max() ?? 1
                #expect(values.count == expected.count && worst < 2e-6, "\(average) \(name): \(worst)")
            }
        }
        // They are three different things.
        #expect(try last.tensor("swa.0.weight") != last.tensor("lawa_4x3.0.weight"))
        #expect(try last.tensor("swa.1.running_var") != last.tensor("1.running_var"))
    }

    private static let recipe = digits(convolutional) { recipe in
        recipe.averages.ema = [0.9]
        recipe.averages.lawa.every = 4
        recipe.averages.lawa.last = 3
        recipe.averages.swa.from = .steps(20)
        recipe.averages.swa.every = .steps(3)
        recipe.checkpoint.every = .steps(1)
    }

    private static func evaluation(_ kept: Kept, _ recipe: Recipe, _ dataset: Dataset, _ average: String) throws
        -> Evaluation
    {
        try kept.bytes.withUnsafeBytes { bytes in
            try Evaluator(
                recipe: recipe, facts: dataset.facts, snapshot: kept.snapshot, bytes: bytes, average: average,
                threads: 2
            ).evaluate(dataset, split: "validation")
        }
    }

    @Test func aMeanIsOfTheWeightsOfItsSteps() throws {
        let outcome = try train(Self.recipe, try Dataset.open(Self.recipe, files: []))
        func weights(_ steps: [Int]) throws -> [Double] {
            var sums: [Double] = []
            for step in steps {
                let values = try outcome.kept(at: step).tensor("6.weight").map(Double.init)
                sums = sums.isEmpty ? values : zip(sums, values).map { $0 + $1 }
            }
            return sums.map { $0 / Double(steps.count) }
        }
        for (step, window) in [(4, [4]), (11, [4, 8]), (12, [4, 8, 12]), (39, [28, 32, 36]), (40, [32, 36, 40])] {
            let mean = try outcome.kept(at: step).tensor("lawa_4x3.6.weight").map(Double.init)
            #expect(try zip(mean, weights(window)).allSatisfy { abs($0 - $1) < 1e-7 }, "lawa at \(step)")
        }
        for (step, taken) in [(20, [20]), (22, [20]), (23, [20, 23]), (40, [20, 23, 26, 29, 32, 35, 38])] {
            let mean = try outcome.kept(at: step).tensor("swa.6.weight").map(Double.init)
            #expect(try zip(mean, weights(taken)).allSatisfy { abs($0 - $1) < 1e-6 }, "swa at \(step)")
        }
        // What has not begun is not there, and what a window does not hold yet is not either.
        #expect(try outcome.kept(at: 3).snapshot.averageNames == ["ema-0.9"])
        #expect(try outcome.kept(at: 19).snapshot.averageNames == ["ema-0.9", "lawa-4x3"])
        #expect(try outcome.kept(at: 20).snapshot.averageNames == ["ema-0.9", "lawa-4x3", "swa"])
        let slots = try outcome.kept(at: 11).snapshot.tensors.filter { $0.role == .window }.map { $0.name.prefix(10) }
        #expect(Set(slots) == ["lawa_4x3_0", "lawa_4x3_1"])
    }

    @Test func theyAreMeasuredBesideTheWeightsWithTheirOwnStatistics() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let outcome = try train(Self.recipe, dataset)
        for name in ["ema-0.9", "lawa-4x3", "swa"] {
            let told = outcome.values("validation.loss@\(name)")
            #expect(Set(told.keys) == (name == "swa" ? [30, 40] : [15, 30, 40]), "\(name)")
            // Any checkpoint's are measured: also of one that nothing was evaluated at.
            for step in [30, 37, 40] {
                let kept = try outcome.kept(at: step)
                let loss = try Self.evaluation(kept, Self.recipe, dataset, name).metrics["loss"]
                if step != 37 { #expect(loss == told[step], "\(name) at \(step)") }
                #expect(try #require(loss) < 5)
            }
        }
        let kept = try outcome.kept(at: 37)
        #expect(try kept.tensor("swa.1.running_mean") != kept.tensor("1.running_mean"))
        #expect(try kept.tensor("swa.1.running_mean") != kept.tensor("lawa_4x3.1.running_mean"))
    }

    @Test func anAverageThatACheckpointLacksIsRefusedWithThoseItHas() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let early = try train(Self.recipe, dataset).kept(at: 19)
        for name in ["swa", "ema-0.99", "lawa-4x5", "nonsense"] {
            #expect {
                try Self.evaluation(early, Self.recipe, dataset, name)
            } throws: { error in
                guard let failure = error as? TrainingFailure else { return false }
                return failure.message.contains("'\(name)'")
                    && (name == "nonsense" || failure.findings.contains { $0.message.contains("ema-0.9, lawa-4x3") })
            }
        }
    }

    /// The mean must not depend on whether, or when, somebody looked at it.
    @Test func measuringChangesNothing() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let whole = try train(Self.recipe, dataset).last
        var seldom = Self.recipe
        seldom.checkpoint.every = .forever
        let plain = try train(seldom, dataset).last
        #expect(plain.future.differences(to: whole.future) == [])
        var without = seldom
        without.averages = AveragePolicy()
        let raw = try train(without, dataset).last
        for tensor in raw.snapshot.tensors {
            #expect(
                raw.future.tensors[tensor.name].map(Array.init) == whole.future.tensors[tensor.name].map(Array.init))
        }
    }

    @Test func aBranchWithOtherWindowsBeginsThemAnew() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let middle = try train(Self.recipe, dataset).kept(at: 30)
        var other = Self.recipe
        other.averages.lawa.last = 4
        other.averages.swa.from = .steps(35)
        let outcome = try train(other, dataset, from: middle)
        #expect(try outcome.kept(at: 31).snapshot.averageNames == ["ema-0.9"])
        #expect(try outcome.last.snapshot.state.contains(#""averages":{"lawa-4x4":3,"swa":2}"#))
        #expect(
            try outcome.kept(at: 32).tensor("lawa_4x4.6.weight") == outcome.kept(at: 32).tensor("6.weight"))
    }

    @Test func theEstimateIsWhatASnapshotTakes() throws {
        let dataset = try Dataset.open(Self.recipe, files: [])
        let kept = try train(Self.recipe, dataset).last
        let bytes = kept.snapshot.tensors.reduce(0) { $0 + $1.byteCount }
        #expect(try Self.recipe.estimate(for: dataset.facts).snapshotBytes == bytes)
    }
}
