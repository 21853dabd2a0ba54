import Datasets
import Recipes
import Testing
import Training

/// A change of hot keys is part of the recipe from its step on, whenever and wherever the run goes on.
@Suite struct HotChangeTests {
    private let recipe: Recipe
    private let dataset: Dataset
    private let change = HotChange(step: 20, values: ["optimizer.rate": "0.02"])

    init() throws {
        recipe = digits(perceptron) { recipe in
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.05)
            recipe.optimizer.momentum = 0.9
            recipe.checkpoint.every = .steps(5)
        }
        dataset = try Dataset.open(recipe, files: [])
    }

    @Test func aChangeWhileHeldIsTheSameAsOneReplayed() throws {
        let plain = try train(recipe, dataset)
        let changed = try train(recipe, dataset, orders: [20: [.hold, .change(change), .go]])
        #expect(
            changed.events.contains { if case .held(step: 20) = $0 { true } else { false } })
        let end = try changed.last.future
        // In force from its own step on, and not before.
        #expect(try changed.kept(at: 20).future == plain.kept(at: 20).future)
        #expect(try changed.kept(at: 25).future != plain.kept(at: 25).future)
        #expect(try end != plain.last.future)
        // From the start with the change in the assignment, and from snapshots before, at and after its step.
        #expect(try train(recipe, dataset, changes: [change]).last.future.differences(to: end) == [])
        for step in [10, 20, 25] {
            let rest = try train(recipe, dataset, from: changed.kept(at: step), changes: [change])
            #expect(rest.startedAt == step)
            #expect(try rest.last.future.differences(to: end) == [], "from step \(step)")
        }
    }

    @Test(arguments: [["clip.gradient_norm": "0.01"], ["rate": "0.5"]])
    func theFirstUpdateOfAChangeIsItsStep(_ values: [String: String]) throws {
        var often = recipe
        often.checkpoint.every = .steps(1)
        let plain = try train(often, dataset)
        let changed = try train(often, dataset, changes: [HotChange(step: 7, values: values)])
        #expect(try changed.kept(at: 7).future.differences(to: plain.kept(at: 7).future) == [])
        #expect(try changed.kept(at: 8).future != plain.kept(at: 8).future)
    }

    @Test func theRateIsToldAsItIsUsed() throws {
        var often = recipe
        often.evaluate = .steps(1)
        let rates = try train(often, dataset, changes: [change]).values("rate")
        // The metrics of step s tell the update s - 1.
        #expect(rates[20] == 0.05 && rates[21] == 0.02 && rates[40] == 0.02)
    }

    @Test func twoChangesOfTwoKeysEachAtItsStep() throws {
        let changes = [
            HotChange(step: 7, values: ["clip.gradient_norm": "0.1"]),
            HotChange(step: 31, values: ["rate": "0.5", "clip": "3"]),
        ]
        let end = try train(recipe, dataset, changes: changes).last.future
        let held = try train(
            recipe, dataset,
            orders: [7: [.hold, .change(changes[0]), .go], 31: [.hold, .change(changes[1]), .checkpoint, .go]])
        #expect(try held.last.future.differences(to: end) == [])
        #expect(try end != train(recipe, dataset, changes: [changes[0]]).last.future)
        #expect(try end != train(recipe, dataset, changes: [changes[1]]).last.future)
    }

    @Test func aLongerRunGoesOnWhereTheShorterEnded() throws {
        let longer = HotChange(step: 33, values: ["until.steps": "55"])
        let outcome = try train(recipe, dataset, orders: [33: [.hold, .change(longer), .go]])
        #expect(outcome.finished?.step == 55 && outcome.finished?.reachedEnd == true)
        let rest = try train(recipe, dataset, from: outcome.kept(at: 35), changes: [longer])
        #expect(try rest.last.future.differences(to: outcome.last.future) == [])
        // An ended run, extended at its last step, goes on as well.
        let ended = try train(recipe, dataset).last
        let extended = try train(
            recipe, dataset, from: ended, changes: [HotChange(step: 40, values: ["until.steps": "55"])])
        #expect(extended.startedAt == 40 && extended.finished?.step == 55)
    }

    @Test func holdingChangesNothing() throws {
        let plain = try train(recipe, dataset).last.future
        let held = try train(recipe, dataset, orders: [3: [.hold, .hold, .checkpoint, .go], 29: [.hold, .go, .go]])
        #expect(try held.last.future.differences(to: plain) == [])
        #expect(held.events.count { if case .held(step: 3) = $0 { true } else { false } } == 2)
    }

    @Test func whoeverIsHeldAndHearsNothingMoreStops() throws {
        let outcome = try train(recipe, dataset, orders: [9: [.hold]])
        #expect(outcome.finished?.step == 9 && outcome.finished?.reachedEnd == false)
        #expect(try outcome.last.snapshot.cause == .stop)
    }

    @Test func aChangeThatComesTooEarlyIsLeftOutAndSaid() throws {
        let outcome = try train(recipe, dataset, orders: [20: [.change(change)]])
        #expect(try outcome.last.future == train(recipe, dataset).last.future)
        #expect(
            outcome.events.contains {
                if case .log(priority: 4, step: 20, let text) = $0 { text.contains("step 20") } else { false }
            })
    }

    @Test func aChangeForAnotherStepEndsTheRun() throws {
        let outcome = try train(recipe, dataset, orders: [19: [.hold, .change(change), .go]])
        #expect(outcome.failure?.code == .internal)
        #expect(outcome.failure?.message.contains("step 20") == true)
        #expect(outcome.finished == nil)
    }
}
