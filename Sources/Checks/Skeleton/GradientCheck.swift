import Datasets
import Networks
import Recipes
import Training

/// G3: the gradients of the job's own network are those of its loss, by central differences.
enum GradientCheck: Check {
    static let ids = ["G3"]
    /// Relative errors.
    static let fine = 0.05
    static let wrong = 0.2
    private static let most = 60
    private static let batch = 16

    static func seconds(_ bench: Bench) -> Double { 0.3 + 12 * Double(most) * 0.2 * (bench.stepSeconds ?? 0) }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard bench.recipe.precision == .float32 else {
            throw CheckSkip("Products are rounded to bfloat16, in which a small difference is lost.")
        }
        var recipe = bench.recipe
        recipe.kind = .train
        recipe.teachers = []
        recipe.accumulate = 1
        recipe.averages = AveragePolicy()
        // A rate of zero: the weights stay where the check puts them.
        recipe.optimizer = Optimizer(kind: .sgd, rate: 0)
        // Batch normalisation makes -1 and 1 of two examples, whatever they are: a step, on which no difference is small.
        recipe.batch = recipe.hasBatchNorm ? batch : min(recipe.batch, batch)
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, recipe.batch, salt: 20))
        let model = try Training.Model(recipe: recipe, facts: bench.facts, pool: bench.pool)
        model.initialize()
        model.network.drawHead()
        model.fill(Subset(sample), ArraySlice((0..<UInt32(sample.count)).map { $0 }))
        let first = model.network.trainStep(model.batch, step: 0, rate: 0)
        guard first.isFinite else {
            throw CheckSkip("The loss or a gradient is not finite before the first update; see K12.")
        }
        return [result(tensors(model, loss: first.loss))]
    }

    struct Tensor {
        var name: String
        /// Between the gradient's own length and what the loss does along it; nil where that is lost in rounding.
        var error: Double?
    }

    /// Along its own gradient a loss must rise by the gradient's length: a wrong one is shorter or longer than that.
    private static func tensors(_ model: Training.Model, loss: Double) -> [Tensor] {
        let network = model.network
        let all = network.plan.tensors.filter { $0.storage == .parameters }
        let gradients = Array(UnsafeBufferPointer(start: network.gradients, count: network.plan.parameterFloats))
        let step = max(1, (all.count + most - 1) / most)
        return stride(from: 0, to: all.count, by: step).map { index in
            let tensor = all[index]
            let range = tensor.offset..<tensor.offset + tensor.count
            let length = range.reduce(0.0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }.squareRoot()
            // Single precision knows a loss to about 1e-7 of it.
            guard length > 1e-5 * max(abs(loss), 1e-3) else { return Tensor(name: tensor.name, error: nil) }
            let before = range.map { network.parameters[$0] }
            /// The loss so far along the gradient, and how much of the way single precision let the weights go: by the
            /// gradient's own account.
            func move(_ distance: Double) -> (loss: Double, gain: Double) {
                var gain = 0.0
                for (place, index) in range.enumerated() {
                    network.parameters[index] = before[place] + Float(distance * Double(gradients[index]) / length)
                    gain += Double(gradients[index]) * (Double(network.parameters[index]) - Double(before[place]))
                }
                return (network.trainStep(model.batch, step: 0, rate: 0).loss, gain)
            }
            // A step for which the loss changes by so much of itself: large ones leave the straight part or cross a kink,
            // small ones drown in rounding; the best of six is believed.
            let errors = [3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4].map { share -> Double in
                let distance = share * max(abs(loss), 1e-3) / length
                let (up, down) = (move(distance), move(-distance))
                let (measured, expected) = (up.loss - down.loss, up.gain - down.gain)
                return abs(measured - expected) / max(abs(measured) + abs(expected), 1e-30) * 2
            }
            for (place, index) in range.enumerated() { network.parameters[index] = before[place] }
            return Tensor(name: tensor.name, error: errors.min())
        }
    }

    static func result(_ tensors: [Tensor]) -> CheckResult {
        let known = tensors.compactMap { tensor in tensor.error.map { (tensor.name, $0) } }
        guard let worst = known.max(by: { $0.1 < $1.1 }) else {
            return .skip("G3", "Every gradient is too small for a difference in single precision.")
        }
        let bad = known.filter { $0.1 > fine }.map(\.0)
        let numbers = [
            CheckNumber("largest relative error", worst.1), CheckNumber("tensors", Double(known.count)),
            CheckNumber("lost in rounding", Double(tensors.count - known.count)),
        ]
        guard !bad.isEmpty else {
            return CheckResult(
                "G3", .pass, .invariant,
                "Central differences agree with the gradients of \(count(known.count, "tensor")), to \(percent(worst.1, 2)).",
                numbers: numbers)
        }
        return CheckResult(
            "G3", worst.1 > wrong ? .fail : .warn, .invariant,
            "The gradient of \(worst.0) is off by \(percent(worst.1, 2)) of what the loss does along it.",
            numbers: numbers,
            places: Array(bad.prefix(24)),
            action: "Tell us the recipe: a layer's backward pass is not that of its forward pass.")
    }
}
