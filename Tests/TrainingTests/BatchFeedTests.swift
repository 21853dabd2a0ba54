import Datasets
import Recipes
import Testing
import Training

/// Batches filled ahead by other threads: one thread fills its own when it needs them, and nothing may tell the two apart.
@Suite struct BatchFeedTests {
    private static func recipe(_ change: (inout Recipe) -> Void) -> Recipe {
        digits([.flatten, .linear(units: .count(20)), .relu, .dropout(0.3), head]) { recipe in
            recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
            recipe.averages.ema = [0.9]
            recipe.data.augment = [.shift(pixels: 2), .rotate(degrees: 10), .noise(deviation: 0.1)]
            change(&recipe)
        }
    }

    private static let recipes: [(String, Recipe)] = [
        ("augmented", recipe { _ in }),
        (
            "labels that a flip maps",
            recipe { $0.data.augment = [.flip(axis: .horizontal, labels: ["6": "9", "9": "6"])] }
        ),
        (
            "three batches an update, the last of an epoch short",
            recipe {
                $0.batch = 5; $0.accumulate = 3
            }
        ),
        (
            "two batches, of which an epoch's last update has one",
            recipe {
                $0.batch = 24; $0.accumulate = 2
            }
        ),
        ("an epoch in one batch", recipe { $0.batch = 500 }),
        (
            "not augmented, in several tiles",
            recipe {
                $0.batch = 200; $0.data.augment = []
            }
        ),
    ]

    @Test(arguments: recipes.indices) func threadsChangeNothing(_ index: Int) throws {
        let (name, recipe) = Self.recipes[index]
        let dataset = try Dataset.open(recipe, files: [])
        let one = try train(recipe, dataset, threads: 1)
        for threads in [2, 3] {
            let other = try train(recipe, dataset, threads: threads)
            #expect(try other.last.future.differences(to: one.last.future) == [], "\(name), \(threads) threads")
            for metric in ["train.loss", "validation.loss"] { #expect(other.values(metric) == one.values(metric)) }
        }
    }

    /// Orders come between a batch being begun and being taken: held, asked for a checkpoint, changed, stopped, gone on.
    @Test(arguments: recipes.indices) func ordersChangeNothing(_ index: Int) throws {
        let (name, recipe) = Self.recipes[index]
        let dataset = try Dataset.open(recipe, files: [])
        let change = HotChange(step: 12, values: ["optimizer.rate": "0.001"])
        func orders(_ stop: Int) -> [Int: [TrainingOrder]] {
            [3: [.checkpoint], 7: [.hold, .checkpoint, .go], 12: [.hold, .change(change), .go], stop: [.stop]]
        }
        let one = try train(recipe, dataset, orders: orders(99), threads: 1).last.future
        #expect(try train(recipe, dataset, orders: orders(99), threads: 3).last.future.differences(to: one) == [])
        let middle = try train(recipe, dataset, orders: orders(20), threads: 2).last
        let rest = try train(recipe, dataset, from: middle, changes: [change], threads: 2)
        #expect(try rest.last.future.differences(to: one) == [], "\(name)")
    }

    /// What was begun for the step after a stop is not what a trainer needs that is set back.
    @Test func aTrainerThatIsSetBackTakesItsOwnBatches() throws {
        let recipe = Self.recipes[0].1
        let dataset = try Dataset.open(recipe, files: [])
        let whole = try train(recipe, dataset, threads: 1).last.future
        let early = try train(recipe, dataset, orders: [3: [.stop]]).last
        let sink = KeepingSink()
        let trainer = try Trainer(
            Trainer.Setup(recipe: recipe, dataset: dataset, threads: 2), clock: SteppingClock(tick: 0.001),
            orders: PlannedOrders([17: [.stop]], from: 0), sink: sink, report: { _ in })
        try trainer.run()
        #expect(sink.kept.last?.step == 17)
        try early.bytes.withUnsafeBytes { try trainer.restore(early.snapshot, $0) }
        try trainer.run()
        #expect(try #require(sink.kept.last).future.differences(to: whole) == [])
    }
}
