import Datasets
import Recipes
import Testing
import Training

/// A run must not be able to tell that it was stopped.
@Suite struct ResumeTests {
    @Test(arguments: Sample.all, [0, 1, epoch - 1, epoch, epoch + 1, 15, 2 * epoch, 39])
    func aStoppedRunGoesOnAsIfNothingHadBeen(_ sample: Sample, _ stop: Int) throws {
        let dataset = try sample.dataset
        let whole = try train(sample.recipe, dataset).last.future
        let first = try train(sample.recipe, dataset, orders: [stop: [.stop]])
        #expect(first.finished?.step == stop && first.finished?.reachedEnd == false)
        let middle = try first.last
        #expect(middle.step == stop && middle.snapshot.cause == .stop)
        #expect(middle.future != whole)
        let rest = try train(sample.recipe, dataset, from: middle)
        // It went on: beginning anew would end in the same bits.
        #expect(rest.startedAt == stop)
        #expect(try rest.last.future.differences(to: whole) == [])
        #expect(rest.finished?.step == 40 && rest.finished?.reachedEnd == true)
    }

    @Test(arguments: Sample.all) func manyStopsAtRandomOnOneToThreeThreads(_ sample: Sample) throws {
        let dataset = try sample.dataset
        let whole = try train(sample.recipe, dataset).last.future
        let stops = Set((0..<6).map { _ in Int.random(in: 0..<40) }).sorted()
        var state: Kept?
        for (index, stop) in stops.enumerated() {
            state = try train(sample.recipe, dataset, from: state, orders: [stop: [.stop]], threads: 1 + index % 3).last
        }
        let last = try train(sample.recipe, dataset, from: state, threads: 2).last.future
        #expect(last.differences(to: whole) == [], "stopped at \(stops)")
    }

    /// What a killed worker leaves: a snapshot on the way, and steps after it that are done again.
    @Test(arguments: Sample.all) func everySnapshotOnTheWayLeadsToTheSameEnd(_ sample: Sample) throws {
        let dataset = try sample.dataset
        var recipe = sample.recipe
        recipe.checkpoint.every = .steps(6)
        let whole = try train(recipe, dataset)
        let causes = whole.kept.map(\.snapshot.cause)
        #expect(causes.contains(.best) && causes.contains(.step))
        for kept in whole.kept.dropLast() {
            let rest = try train(recipe, dataset, from: kept)
            #expect(rest.startedAt == kept.step)
            #expect(try rest.last.future.differences(to: whole.last.future) == [], "from step \(kept.step)")
            // What is measured again is what was measured: rows of one step overwrite each other.
            for name in ["validation.loss", "train.loss", "rate"] {
                let expected = whole.values(name).filter { $0.key > kept.step }
                #expect(rest.values(name) == expected, "\(name) from step \(kept.step)")
            }
        }
    }

    /// The daemon may be gone before it has noted the end.
    @Test func aSnapshotOfTheEndEndsAgain() throws {
        let sample = Sample.all[0]
        let dataset = try sample.dataset
        let whole = try train(sample.recipe, dataset).last
        let again = try train(sample.recipe, dataset, from: whole)
        #expect(again.finished?.step == 40 && again.finished?.reachedEnd == true)
        #expect(try again.last.future.differences(to: whole.future) == [])
    }

    @Test func nothingButTheTensorsLiesInASnapshotsMemory() throws {
        let kept = try train(Sample.all[0].recipe, try Sample.all[0].dataset).last
        var rest = kept.bytes
        for tensor in kept.snapshot.tensors {
            rest.replaceSubrange(
                tensor.offset..<tensor.offset + tensor.byteCount, with: repeatElement(0, count: tensor.byteCount))
        }
        #expect(rest.allSatisfy { $0 == 0 })
    }

    /// Weights go on, the optimiser begins: with the bias correction of a first step, whatever the step, and by another
    /// rule if need be.
    @Test(arguments: [Optimizer.Kind.adam, .sgd, .scheduleFreeAdamw])
    func momentsCanBeLeftBehind(_ kind: Optimizer.Kind) throws {
        func recipe(_ kind: Optimizer.Kind) -> Recipe {
            digits([.flatten, .linear(units: .count(12)), .relu, head]) { recipe in
                recipe.optimizer = Optimizer(kind: kind, rate: 3e-3)
            }
        }
        let dataset = try Dataset.open(recipe(.adam), files: [])
        let parent = try train(recipe(.adam), dataset, orders: [17: [.stop]]).last
        let branch = recipe(kind)
        let start = try train(branch, dataset, from: parent, startsMoments: true, orders: [17: [.stop]]).last
        #expect(start.snapshot.state.contains(#""momentsSince":17"#))
        for tensor in start.snapshot.tensors where tensor.role != .moment {
            #expect(try start.tensor(tensor.name) == parent.tensor(tensor.name), "\(tensor.name)")
        }
        for tensor in start.snapshot.tensors where tensor.role == .moment && kind == .adam {
            #expect(try start.tensor(tensor.name).allSatisfy { $0 == 0 }, "\(tensor.name)")
        }
        let whole = try train(branch, dataset, from: parent, startsMoments: true).last.future
        #expect(try train(branch, dataset, from: start).last.future.differences(to: whole) == [])
        if kind == .adam {
            #expect(try train(branch, dataset, from: parent).last.future.differences(to: whole) != [])
        }
    }

    @Test func aSnapshotOfAnotherModelIsRefused() throws {
        let dataset = try Sample.all[0].dataset
        let kept = try train(digits([.flatten, .linear(units: .count(8)), .relu, head]), dataset).last
        #expect {
            try train(digits([.flatten, .linear(units: .count(9)), .relu, head]), dataset, from: kept)
        } throws: { error in
            (error as? TrainingFailure)?.message.contains("'1.weight' is F32 [8, 784]") == true
        }
    }
}

/// Recipes that have between them all that a snapshot must hold.
struct Sample: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var recipe: Recipe
    var csv: String?

    var dataset: Dataset {
        get throws { try csv.map { try table($0, recipe) } ?? Dataset.open(recipe, files: []) }
    }

    static let all = [
        Sample(
            testDescription: "adam, conv2d, augmented, warm-up and cosine, two averages",
            recipe: digits(convolutional) { recipe in
                recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
                recipe.clip.gradientNorm = 1
                recipe.averages.ema = [0.9, 0.99]
                recipe.data.augment = [.shift(pixels: 2), .rotate(degrees: 10), .noise(deviation: 0.1)]
                recipe.schedule = [
                    Segment(shape: .warmup, length: .steps(8)), Segment(shape: .cosine, length: .share(0.8), to: 0.1),
                ]
            }),
        Sample(
            testDescription: "adam, conv2d, a window of weights and a mean of the last half",
            recipe: digits(convolutional) { recipe in
                recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
                recipe.averages.ema = [0.9]
                recipe.averages.lawa.every = 4
                recipe.averages.lawa.last = 3
                recipe.averages.swa.from = .share(0.35)
                recipe.averages.swa.every = .steps(1)
                recipe.expect = Expectation(metric: "validation.accuracy@swa", above: 0.9)
            }),
        Sample(
            testDescription: "sgd with momentum, hold and 1-sqrt, best by accuracy",
            recipe: digits(perceptron) { recipe in
                recipe.optimizer = Optimizer(kind: .sgd, rate: 0.05)
                recipe.optimizer.momentum = 0.9
                recipe.optimizer.nesterov = true
                recipe.optimizer.decay = 1e-3
                recipe.averages.ema = [0.75]
                recipe.evaluate = .epochs(0.5)
                recipe.expect = Expectation(metric: "validation.accuracy", above: 0.9)
                recipe.schedule = [
                    Segment(shape: .hold, length: .epochs(1)), Segment(shape: .oneMinusSqrt, length: .steps(26)),
                ]
            }),
        Sample(
            testDescription: "adam, three batches of five a step, augmented",
            recipe: digits(convolutional) { recipe in
                recipe.optimizer = Optimizer(kind: .adam, rate: 3e-3)
                recipe.batch = 5
                recipe.accumulate = 3
                recipe.data.augment = [.rotate(degrees: 10)]
            }),
        Sample(
            testDescription: "sgd on a plateau, patience by a paired test",
            recipe: digits(perceptron) { recipe in
                recipe.optimizer = Optimizer(kind: .sgd, rate: 0.2)
                recipe.evaluate = .steps(2)
                recipe.schedule = [Segment(shape: .plateau, length: .forever)]
                recipe.schedule[0].window = 5
                recipe.stop.patience = .steps(38)
            }),
        Sample(
            testDescription: "schedule-free adamw, warm-up",
            recipe: digits([.flatten, .linear(units: .count(20)), .relu, .dropout(0.5), head]) { recipe in
                recipe.optimizer = Optimizer(kind: .scheduleFreeAdamw, rate: 0.01)
                recipe.optimizer.decay = 0.05
                recipe.averages.ema = [0.9]
                recipe.schedule = [
                    Segment(shape: .warmup, length: .steps(9)), Segment(shape: .hold, length: .forever),
                ]
            }),
        Sample(
            testDescription: "adamw, numbers from a table",
            recipe: tabular([.linear(units: .count(12)), .batchnorm(), .tanh, .dropout(0.25), head]) { recipe in
                recipe.optimizer = Optimizer(kind: .adamw, rate: 0.01)
                recipe.optimizer.decay = 0.05
                recipe.data.target = "y"
            },
            csv: "a,b,y\n"
                + (0..<240).map { row in
                    let (a, b) = (Double(row % 17) / 17, Double(row % 13) / 13)
                    return "\(a),\(b),\(a * b - 0.3 * a + 0.05)\n"
                }.joined()),
    ]
}
