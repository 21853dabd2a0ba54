import Datasets
import Recipes
import Testing
import Training

/// Snapshots are copies: that they are taken, when, why and how many changes nothing.
@Suite struct SnapshotTests {
    private let recipe: Recipe
    private let dataset: Dataset

    init() throws {
        recipe = digits(convolutional) { $0.averages.ema = [0.9] }
        dataset = try Dataset.open(recipe, files: [])
    }

    @Test(arguments: [
        Amount.steps(1), .steps(7), .steps(1000), .epochs(1), .share(0.25), .seconds(0.001), .seconds(0.02), .forever,
    ])
    func theCadenceDoesNotMatter(_ every: Amount) throws {
        let plain = try train(recipe, dataset).last
        var other = recipe
        other.checkpoint.every = every
        let outcome = try train(other, dataset)
        #expect(try outcome.last.future.differences(to: plain.future) == [])
        // Nor does anything at one step depend on whether a snapshot was taken before it.
        for kept in outcome.kept {
            let asked = try train(recipe, dataset, orders: [kept.step: [.checkpoint]])
            guard kept.step < 40 else { continue }
            #expect(try asked.kept(at: kept.step).future.differences(to: kept.future) == [])
        }
    }

    @Test func eachIsTakenWhenItIsDue() throws {
        var other = recipe
        other.checkpoint.every = .steps(10)
        other.evaluate = .forever
        let outcome = try train(other, dataset, orders: [0: [.checkpoint], 13: [.checkpoint]])
        #expect(outcome.kept.map(\.step) == [0, 10, 13, 20, 30, 40])
        #expect(outcome.kept.map(\.snapshot.cause) == [.asked, .step, .asked, .step, .step, .end])
    }

    @Test func timeIsTheClocks() throws {
        var other = recipe
        other.checkpoint.every = .seconds(10)
        other.evaluate = .forever
        // The clock is looked at a few times each step.
        let few = try train(other, dataset, tick: 0.5).kept.count { $0.snapshot.cause == .time }
        let many = try train(other, dataset, tick: 1).kept.count { $0.snapshot.cause == .time }
        #expect((2...20).contains(few) && few < many)
        #expect(try train(other, dataset, tick: 1e-6).kept.count == 1)
    }

    @Test func withoutAFreeBufferTrainingGoesOn() throws {
        var other = recipe
        other.checkpoint.every = .steps(2)
        let outcome = try train(other, dataset, hasRoom: { $0 % 3 == 0 })
        #expect((3..<20).contains(outcome.kept.count))
        #expect(try outcome.last.future.differences(to: train(recipe, dataset).last.future) == [])
    }

    @Test func aSnapshotSaysWhatItHolds() throws {
        let outcome = try train(recipe, dataset)
        let snapshot = try outcome.last.snapshot
        #expect(snapshot.environment == TrainingEnvironment.of(recipe))
        #expect(Set(snapshot.environment.keys) == ["simmer", "cpuLevel", "precision"])
        let roles = Dictionary(grouping: snapshot.tensors, by: \.role).mapValues { Set($0.map(\.name)) }
        let weights: Set = [
            "0.weight", "0.bias", "1.weight", "1.bias", "6.weight", "6.bias", "7.weight", "7.bias", "10.weight",
            "10.bias",
        ]
        #expect(roles[.weight] == weights)
        #expect(roles[.average] == Set(weights.map { "ema_0.9." + $0 }))
        #expect(roles[.moment] == Set(weights.flatMap { ["adam.m." + $0, "adam.v." + $0] }))
        #expect(
            roles[.buffer]
                == Set(
                    ["1", "7"].flatMap {
                        ["running_mean", "running_var", "num_batches_tracked"].map("\($0).".appending)
                    }))
        // The latest value of each metric goes with it.
        let told = outcome.values("validation.loss")[40]
        #expect(snapshot.metrics.first { $0.name == "validation.loss" }?.value == told && told != nil)
        #expect(!snapshot.state.contains("small"))
    }

    @Test func theStateKnowsNoClock() throws {
        let fast = try train(recipe, dataset, tick: 1e-5).last
        let slow = try train(recipe, dataset, tick: 3).last
        #expect(fast.future.differences(to: slow.future) == [])
        #expect(fast.snapshot.activeSeconds < slow.snapshot.activeSeconds)
    }

    @Test func theBestIsKeptWhenItComes() throws {
        var other = recipe
        other.evaluate = .steps(5)
        let outcome = try train(other, dataset)
        var best = Double.infinity
        var steps: [Int] = []
        for (step, value) in outcome.values("validation.loss").sorted(by: { $0.key < $1.key }) where value < best {
            best = value
            steps.append(step)
        }
        #expect(steps.count > 1)
        // The last step's snapshot is the end's.
        #expect(outcome.kept.filter { $0.snapshot.cause == .best }.map(\.step) == steps.filter { $0 < 40 })
        let step = try #require(steps.last)
        #expect(try outcome.last.snapshot.state.contains(#""best":{"step":\#(step),"value":\#(best)}"#))
    }
}
