import Datasets
import Recipes
import Testing
import Training

/// Averages of the weights against the recurrence, worked out here from the weights of every step.
@Suite struct AverageTests {
    @Test(arguments: [0.5, 0.9, 0.999]) func anAverageIsItsRecurrence(_ decay: Double) throws {
        let recipe = digits(convolutional) { recipe in
            recipe.optimizer.rate = 0.01
            recipe.averages.ema = [0.8, decay]
            recipe.checkpoint.every = .steps(1)
        }
        let outcome = try train(recipe, try Dataset.open(recipe, files: []), orders: [0: [.checkpoint]])
        let steps = (0...40).compactMap { step in outcome.kept.first { $0.step == step } }
        #expect(steps.map(\.step) == Array(0...40))
        let weights = steps[0].snapshot.tensors.filter { $0.role == .weight }
        #expect(weights.count == 10)
        for weight in weights {
            // It begins at the first weights and takes in those after each update.
            var average = try steps[0].tensor(weight.name)
            for kept in steps {
                if kept.step > 0 {
                    for (index, value) in try kept.tensor(weight.name).enumerated() {
                        average[index] = Float(decay) * average[index] + (1 - Float(decay)) * value
                    }
                }
                #expect(try kept.tensor("ema_\(decay).\(weight.name)") == average, "\(weight.name) at \(kept.step)")
            }
            let last = try #require(steps.last)
            #expect(try last.tensor(weight.name) != average)
        }
    }
}
