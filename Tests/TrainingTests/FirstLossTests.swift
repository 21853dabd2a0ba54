import Datasets
import Glibc
import Recipes
import Testing
import Training

/// Before anything is learned the loss is that of knowing the targets' distribution alone.
@Suite struct FirstLossTests {
    /// The mean loss of the first batch, before its update.
    private func firstLoss(_ recipe: Recipe, _ dataset: Dataset) throws -> Double {
        var short = recipe
        short.until = .steps(1)
        short.evaluate = .steps(1)
        short.batch = 216
        return try #require(try train(short, dataset).values("train.loss")[1])
    }

    @Test(arguments: 0..<5) func balancedClassesBeginNearTheirLogarithm(_ seed: UInt64) throws {
        let recipe = digits([.flatten, .linear(units: .count(64)), .relu, head]) { $0.seed = seed }
        let loss = try firstLoss(recipe, try Dataset.open(recipe, files: []))
        // Random weights of the head add a little; they never take much away.
        #expect((0.97...1.15).contains(loss / log(10)), "\(loss)")
    }

    /// 1 in 24 is of the rare class.
    @Test func theHeadKnowsHowOftenEachClassIs() throws {
        let recipe = tabular([.linear(units: .count(64)), .relu, head])
        let dataset = try table(
            "a,b,k\n" + (0..<240).map { "\($0 % 7),\($0 % 11),\($0 % 24 == 0 ? "rare" : "usual")\n" }.joined(), recipe)
        let counts = dataset.facts.classCounts.map { Double($0) }
        #expect(counts == [9, 207])
        let shares = counts.map { $0 / counts.reduce(0, +) }
        let entropy = -shares.reduce(0) { $0 + $1 * log($1) }
        let prior = try firstLoss(recipe, dataset)
        #expect(abs(prior - entropy) < 0.1, "\(prior) for \(entropy)")
        var zero = recipe
        zero.model.head = .zero
        let without = try firstLoss(zero, dataset)
        #expect(abs(without - log(2)) < 0.2, "\(without)")
        // The bias itself, which the first snapshot shows: log of each share.
        let first = try train(recipe, dataset, orders: [0: [.checkpoint]]).kept(at: 0)
        for (bias, share) in zip(try first.tensor("2.bias"), shares) {
            #expect(abs(Double(bias) - log(share)) < 1e-6)
        }
    }

    /// Classes that no example has do not take the share of those that are there, however many they are.
    @Test func absentClassesHaveHalfAnExampleTogether() throws {
        let recipe = tabular([.linear(units: .count(8)), .relu, head]) { $0.data.classes = 190 }
        let dataset = try table("a,b,k\n" + (0..<240).map { "\($0 % 7),\($0 % 11),\($0 % 2)\n" }.joined(), recipe)
        let count = Double(dataset.facts.trainingCount)
        #expect(dataset.facts.classCounts.count == 190)
        let bias = try train(recipe, dataset, orders: [0: [.checkpoint]]).kept(at: 0).tensor("2.bias").map {
            Double($0)
        }
        for (own, present) in zip(bias, dataset.facts.classCounts.prefix(2)) {
            #expect(abs(own - log(Double(present) / count)) < 1e-6)
        }
        #expect(abs(bias.dropFirst(2).reduce(0) { $0 + exp($1) } - 0.5 / count) < 1e-6)
    }

    @Test func aNumberBeginsAtItsMean() throws {
        let recipe = tabular([.linear(units: .count(64)), .relu, head]) { $0.data.target = "y" }
        let dataset = try table(
            "a,b,y\n" + (0..<240).map { "\($0 % 7),\($0 % 11),\(50 + Double($0 % 9) / 4)\n" }.joined(), recipe)
        let mean = dataset.facts.targetMeans[0]
        #expect(abs(mean - 51) < 0.2)
        let first = try train(recipe, dataset, orders: [0: [.checkpoint]]).kept(at: 0)
        #expect(try first.tensor("2.bias") == [Float(mean)])
        // The variance of nine values a quarter apart is 60 / 9 / 16; without the bias it would be 2,600.
        #expect((0.2...1.2).contains(try firstLoss(recipe, dataset)))
    }
}
