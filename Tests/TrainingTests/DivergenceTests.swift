import Datasets
import Recipes
import Testing
import Training

/// A run that leaves the numbers stops, says where and why, and leaves a state to go on from.
@Suite struct DivergenceTests {
    /// Linear regression with a rate far beyond what is stable: the loss grows until it is infinite.
    private func exploding() throws -> (Recipe, Dataset) {
        let recipe = tabular([.linear(units: .count(8)), head]) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-3)
            recipe.checkpoint.every = .steps(1)
            recipe.data.target = "y"
        }
        let rows = (0..<240).map { "\($0 % 7),\($0 % 11),\(Double($0 % 5) + 0.5)\n" }
        return (recipe, try table("a,b,y\n" + rows.joined(), recipe))
    }

    @Test func aLossThatIsNotFiniteEndsTheRun() throws {
        let (recipe, dataset) = try exploding()
        let rate = HotChange(step: 12, values: ["rate": "100"])
        let outcome = try train(recipe, dataset, changes: [rate])
        let failure = try #require(outcome.failure)
        #expect(failure.code == .nanLoss)
        let last = try outcome.last
        #expect(last.step > 12)
        // The update that failed is named; it is the one after the last snapshot.
        #expect(failure.message.hasPrefix("Step \(last.step):"), "\(failure.message)")
        #expect(failure.message.contains("rate 100") && failure.message.contains("clip"))
        #expect(!failure.message.contains("-nan"))
        #expect(outcome.finished == nil)
        // The loss is told as what it was, at its step.
        let told = try #require(outcome.metrics.last { $0.name == "train.loss" })
        #expect(told.step == last.step && (told.nonFinite != nil || told.value != nil))
        #expect(outcome.metrics.contains { $0.nonFinite != nil && $0.step == last.step })
        try expectFinite(last)
        // The same again from the last snapshot: it is the data and the recipe, not the machine.
        #expect(try train(recipe, dataset, from: last, changes: [rate]).failure == failure)
        // From before the change, without it, the run ends well.
        let good = try train(recipe, dataset, from: outcome.kept(at: 12))
        #expect(good.finished?.reachedEnd == true)
    }

    /// Weights can leave the numbers in the update itself, with a loss and gradients that were finite.
    @Test(arguments: [10, 6.1, 2]) func noSnapshotHoldsWhatIsNotFinite(_ decay: Double) throws {
        let recipe = digits([.flatten, head]) { recipe in
            recipe.optimizer = Optimizer(kind: .adamw, rate: 100)
            recipe.optimizer.decay = decay
            recipe.checkpoint.every = .steps(1)
            recipe.averages.ema = [0.5]
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []))
        #expect(outcome.failure?.code == .nanLoss)
        #expect(outcome.kept.count > 3)
        for kept in outcome.kept { try expectFinite(kept) }
    }

    private func expectFinite(_ kept: Kept, at location: SourceLocation = #_sourceLocation) throws {
        for tensor in kept.snapshot.tensors where tensor.dtype == "F32" {
            #expect(
                try kept.tensor(tensor.name).allSatisfy { $0.isFinite }, "\(tensor.name) at \(kept.step)",
                sourceLocation: location)
        }
    }
}
