import Datasets
import Glibc
import Recipes

/// The loss of an answer and its gradient on the outputs, from the definition and in double precision: what a network's
/// own loss is held against. As in an evaluation: without smoothing and weights, unless they are asked for.
struct Objective {
    let loss: Loss
    /// Numbers of an answer.
    let width: Int

    init(_ loss: Loss, width: Int) {
        self.loss = loss
        self.width = width
    }

    /// What is right of one target: a class, or numbers.
    enum Target {
        case label(Int)
        case numbers([Double])
    }

    func loss(_ output: [Double], _ target: Target) -> Double {
        switch (loss.kind, target) {
        case (.crossEntropy, .label(let label)):
            guard output.indices.contains(label) else { return .nan }
            return Self.logSum(output) - output[label]
        case (.binaryCrossEntropy, _):
            let wanted = numbers(target)
            return mean { Self.softplus(output[$0]) - wanted[$0] * output[$0] }
        case (.mse, .numbers(let wanted)): return mean { (output[$0] - wanted[$0]) * (output[$0] - wanted[$0]) }
        case (.mae, .numbers(let wanted)): return mean { abs(output[$0] - wanted[$0]) }
        case (.huber, .numbers(let wanted)):
            return mean { index in
                let error = abs(output[index] - wanted[index])
                return error <= loss.delta ? 0.5 * error * error : loss.delta * (error - 0.5 * loss.delta)
            }
        default: return .nan
        }
    }

    /// On the outputs, as training takes it of this example alone: with smoothing and the factors of binary
    /// cross-entropy. A class's weight falls out of a mean over one example.
    func gradient(_ output: [Double], _ target: Target) -> [Double] {
        switch (loss.kind, target) {
        case (.crossEntropy, .label(let label)):
            let total = Self.logSum(output)
            let spread = loss.smoothing / Double(width)
            return output.indices.map { index in
                exp(output[index] - total) - spread - (index == label ? 1 - loss.smoothing : 0)
            }
        case (.binaryCrossEntropy, _):
            let wanted = numbers(target)
            return output.indices.map { index in
                let weights = loss.positiveWeights
                let weight = weights.indices.contains(index) ? weights[index] : weights.first ?? 1
                let p = 1 / (1 + exp(-output[index]))
                return ((1 - wanted[index]) * p - weight * wanted[index] * (1 - p)) / Double(width)
            }
        case (.mse, .numbers(let wanted)):
            return output.indices.map { 2 * (output[$0] - wanted[$0]) / Double(width) }
        case (.mae, .numbers(let wanted)):
            return output.indices.map { index in
                let error = output[index] - wanted[index]
                return (error > 0 ? 1 : error < 0 ? -1 : 0) / Double(width)
            }
        case (.huber, .numbers(let wanted)):
            return output.indices.map { index in
                min(max(output[index] - wanted[index], -loss.delta), loss.delta) / Double(width)
            }
        default: return output.map { _ in .nan }
        }
    }

    /// Probabilities of an answer: of classes, or of each output by itself.
    func probabilities(_ output: [Double]) -> [Double] {
        if loss.kind == .crossEntropy {
            let total = Self.logSum(output)
            return output.map { exp($0 - total) }
        }
        return output.map { 1 / (1 + exp(-$0)) }
    }

    private func numbers(_ target: Target) -> [Double] {
        switch target {
        case .label(let label): [Double(label)]
        case .numbers(let values): values
        }
    }

    private func mean(_ value: (Int) -> Double) -> Double {
        (0..<width).reduce(0.0) { $0 + value($1) } / Double(max(width, 1))
    }

    private static func logSum(_ values: [Double]) -> Double {
        let most = values.max() ?? 0
        return most + log(values.reduce(0.0) { $0 + exp($1 - most) })
    }

    private static func softplus(_ value: Double) -> Double { max(value, 0) + log1p(exp(-abs(value))) }
}

extension HeldExamples {
    /// What is right of the target number `place` of an example.
    func target(_ example: Int, _ place: Int = 0) -> Objective.Target {
        hasClasses
            ? .label(Int(classes[example * targetsPerExample + place])) : .numbers(targets(example).map { Double($0) })
    }
}

extension Bench {
    /// The loss that the job trains by.
    var loss: Loss {
        var recipe = recipe
        recipe.kind = .train
        return recipe.trainingLoss(for: facts)
    }

    var objective: Objective { Objective(loss, width: facts.outputCount(for: loss)) }

    /// How the loss is called: `nats`, or nothing.
    var lossUnit: String? { loss.kind == .crossEntropy || loss.kind == .binaryCrossEntropy ? "nats" : nil }

    var isProbabilistic: Bool { lossUnit != nil }
}
