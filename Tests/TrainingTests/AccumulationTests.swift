import Datasets
import Recipes
import Testing
import Training

/// `accumulate: 4, batch: 4` is `batch: 16`: the same examples, the same updates, the same metrics up to rounding.
@Suite struct AccumulationTests {
    private func recipe(_ batch: Int, _ accumulate: Int) -> Recipe {
        digits([.flatten, .dropout(0.2), .linear(units: .count(20)), .tanh, .dropout(0.5), head]) { recipe in
            recipe.batch = batch
            recipe.accumulate = accumulate
            recipe.optimizer = Optimizer(kind: .sgd, rate: 0.05)
            recipe.optimizer.momentum = 0.9
            recipe.clip.gradientNorm = 1
            recipe.data.augment = [.shift(pixels: 2), .noise(deviation: 0.1)]
        }
    }

    @Test(arguments: [(4, 4), (5, 2), (16, 1)]) func isTheLargeBatch(_ batch: Int, _ accumulate: Int) throws {
        let small = recipe(batch, accumulate)
        let large = recipe(small.examplesPerUpdate, 1)
        let dataset = try Dataset.open(small, files: [])
        let one = try train(large, dataset)
        let many = try train(small, dataset)
        #expect(many.finished?.step == 40)
        for name in ["train.loss", "validation.loss", "train.gradient_norm"] {
            let expected = one.values(name)
            let own = many.values(name)
            #expect(expected.count > 1 && Set(own.keys) == Set(expected.keys), "\(name)")
            for (step, value) in own { #expect(abs(value - (expected[step] ?? .nan)) < 1e-4 * value, "\(name)") }
        }
        for name in ["2.weight", "5.bias"] {
            let pairs = zip(try many.last.tensor(name), try one.last.tensor(name))
            #expect(pairs.allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
        }
        let perEpoch = (216 + small.examplesPerUpdate - 1) / small.examplesPerUpdate
        let plan = try #require(
            many.events.lazy.compactMap { if case .started(_, let plan) = $0 { plan } else { nil } }.first)
        #expect(plan.stepsPerEpoch == perEpoch)
        let progress = try #require(
            many.events.lazy.compactMap { if case .progress(let progress) = $0 { progress } else { nil } }.last)
        // Forty updates: whole epochs, and the updates after them.
        #expect(progress.samplesSeen == 40 / perEpoch * 216 + 40 % perEpoch * small.examplesPerUpdate)
    }
}
