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
        for event in many.events {
            guard case .started(_, let plan) = event else { continue }
            #expect(plan.stepsPerEpoch == (216 + 4 * 4 - 1) / 16 || small.examplesPerUpdate != 16)
            #expect(plan.stepsPerEpoch == (216 + small.examplesPerUpdate - 1) / small.examplesPerUpdate)
        }
        for event in [many.events.last { if case .progress = $0 { true } else { false } }] {
            guard case .progress(let progress)? = event else { continue }
            // Forty updates: whole epochs, and the updates after them.
            let perEpoch = (216 + small.examplesPerUpdate - 1) / small.examplesPerUpdate
            #expect(progress.samplesSeen == 40 / perEpoch * 216 + 40 % perEpoch * small.examplesPerUpdate)
        }
    }
}
