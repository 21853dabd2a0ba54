import Datasets
import Foundation
import Recipes
import Tensors
import Testing
import Training

/// Mixed batches, and runs that learn from them.
@Suite struct MixupTests {
    @Test func drawsAreFunctionsOfTheStep() {
        let mixup = Mixup(alpha: 1, seed: 3)
        let draw = mixup.draw(count: 40, step: 7, part: 1)
        #expect(draw == Mixup(alpha: 1, seed: 3).draw(count: 40, step: 7, part: 1))
        #expect(draw.partners.sorted() == Array(0..<40) && draw.partners != Array(0..<40))
        for other in [
            mixup.draw(count: 40, step: 8, part: 1), mixup.draw(count: 40, step: 7, part: 0),
            Mixup(alpha: 1, seed: 4).draw(count: 40, step: 7, part: 1),
        ] { #expect(other.share != draw.share && other.partners != draw.partners) }
        #expect(mixup.draw(count: 1, step: 7, part: 0).partners == [0])
    }

    /// Every order of four partners comes as often as every other: 24 orders, 5 deviations of 10,000 draws.
    @Test func everyOrderIsAsLikely() {
        let mixup = Mixup(alpha: 1, seed: 3)
        var counts: [[Int]: Int] = [:]
        for step in 0..<10_000 { counts[mixup.draw(count: 4, step: step, part: 0).partners, default: 0] += 1 }
        #expect(counts.count == 24)
        #expect(counts.values.allSatisfy { abs(Double($0) - 10_000 / 24) < 5 * (10_000.0 / 24).squareRoot() })
    }

    @Test(arguments: [1, 3]) func rowsAreMixed(_ threads: Int) {
        let partners = [2, 0, 1, 3]
        let width = 5000
        let rows = (0..<4 * width).map { Float(($0 * 37) % 101) }
        var mixed = rows
        var copy = rows.map { _ in Float.nan }
        Streams.mix(&mixed, width: width, with: partners, share: 0.25, copy: &copy, pool: ThreadPool(threads: threads))
        for row in 0..<4 {
            for i in 0..<width {
                let expected = 0.25 * rows[row * width + i] + 0.75 * rows[partners[row] * width + i]
                #expect(abs(mixed[row * width + i] - expected) < 1e-4)
            }
        }
    }

    private static let csv =
        "a,b,y\n" + (0..<120).map { "\($0 % 7),\($0 * $0 % 11),\(Double($0 % 7) * 0.5)\n" }.joined()
    private static let twoClasses =
        "a,b,y\n" + (0..<120).map { "\($0 % 7),\($0 * $0 % 11),\($0 % 7 > 3 ? "yes" : "no")\n" }.joined()

    static let samples = [
        Sample(
            testDescription: "cross-entropy, smoothing, weights, accumulated",
            recipe: digits(convolutional) { recipe in
                recipe.data.augment = [.shift(pixels: 2), .mixup(alpha: 0.4)]
                recipe.accumulate = 3
                recipe.batch = 8
                recipe.loss = Loss(kind: .crossEntropy)
                recipe.loss?.smoothing = 0.1
                recipe.loss?.classWeights = (1...10).map { Double($0) / 5 }
            }),
        Sample(
            testDescription: "mse",
            recipe: tabular([.linear(units: .count(8)), .tanh, head]) { recipe in
                recipe.data.augment = [.mixup(alpha: 1)]
                recipe.loss = Loss(kind: .mse)
            }, csv: csv),
        Sample(
            testDescription: "binary cross-entropy of two classes",
            recipe: tabular([.linear(units: .count(8)), .tanh, head]) { recipe in
                recipe.data.augment = [.mixup(alpha: 1), .noise(deviation: 0.1)]
                recipe.loss = Loss(kind: .binaryCrossEntropy)
            }, csv: twoClasses),
    ]

    @Test(arguments: samples) func threadsAndStopsDoNotMatter(_ sample: Sample) throws {
        let dataset = try sample.dataset
        let whole = try train(sample.recipe, dataset)
        let end = try whole.last.future
        for threads in [2, 3] {
            let other = try train(sample.recipe, dataset, threads: threads).last.future
            #expect(other.differences(to: end) == [], "\(threads) threads")
        }
        for stop in [0, 5, 39] {
            let middle = try train(sample.recipe, dataset, orders: [stop: [.stop]]).last
            #expect(try train(sample.recipe, dataset, from: middle, threads: 2).last.future.differences(to: end) == [])
        }
        // Measuring in between, which is never mixed, leaves the mixing alone.
        var often = sample.recipe
        often.evaluate = .steps(1)
        let measured = try train(often, dataset)
        #expect(
            try measured.last.tensor("\(sample.csv == nil ? 10 : 2).weight")
                == whole.last.tensor(
                    "\(sample.csv == nil ? 10 : 2).weight"))
        var plain = sample.recipe
        plain.data.augment.removeAll { if case .mixup = $0 { true } else { false } }
        #expect(try train(plain, dataset).last.future.differences(to: end) != [])
    }

    /// A rate too small to move anything: what is measured is the loss of the first weights, the same with mixed training.
    @Test(arguments: samples) func evaluationIsNeverMixed(_ sample: Sample) throws {
        var recipe = sample.recipe
        recipe.optimizer = Optimizer(kind: .sgd, rate: 1e-12)
        recipe.evaluate = .steps(3)
        recipe.until = .steps(6)
        if sample.csv == nil { recipe.model.layers = layers([.flatten, .linear(units: .count(8)), .relu, head]) }
        let dataset = try sample.dataset
        let mixed = try train(recipe, dataset)
        recipe.data.augment = []
        let plain = try train(recipe, dataset)
        for step in [3, 6] {
            let (own, other) = (mixed.values("validation.loss")[step], plain.values("validation.loss")[step])
            #expect(abs(try #require(own) - (try #require(other))) < 1e-6)
        }
        #expect(mixed.values("train.loss") != plain.values("train.loss"))
    }

    /// Accuracy goes by the label of the larger share.
    @Test func mixedExamplesAreLearnt() throws {
        let recipe = digits([.flatten, .linear(units: .count(30)), .relu, head]) { recipe in
            recipe.data.augment = [.mixup(alpha: 0.2)]
            recipe.optimizer.rate = 3e-3
            recipe.until = .steps(200)
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []))
        #expect((outcome.values("train.accuracy").values.max() ?? 0) > 0.7)
        #expect((outcome.values("validation.accuracy").values.max() ?? 0) > 0.7)
    }
}
