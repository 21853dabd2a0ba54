import Datasets
import Networks
import Recipes
import Tensors

/// The evidence of an update that was not finite (W1): which examples it learned from, what each one lost, and in which
/// tensors the numbers ended.
struct GuiltyBatch {
    /// Examples that are named at most.
    static let named = 24

    private var examples: [(position: UInt32, loss: Double, label: Int?, hasFiniteInputs: Bool)] = []

    /// After the gradient of one of the update's batches.
    mutating func add(_ model: Model, _ positions: ArraySlice<UInt32>) {
        let perExample = model.facts.targetsPerExample
        let losses = model.network.losses
        let width = model.batch.exampleCount
        for (place, position) in positions.enumerated() {
            var sum = 0.0
            for target in place * perExample..<(place + 1) * perExample where target < losses.count {
                sum += Double(losses[target])
            }
            let isFinite = FloatLook.allFinite(model.batch.inputs + place * width, count: width)
            let label = model.classCount != nil && perExample == 1 ? Int(model.batch.classes[place]) : nil
            examples.append((position, sum / Double(perExample), label, isFinite))
        }
    }

    /// What is not finite first, then the largest losses.
    private var order: [Int] {
        examples.indices.sorted { one, other in
            let (first, second) = (examples[one].loss, examples[other].loss)
            if first.isFinite != second.isFinite { return !first.isFinite }
            return first.isFinite && first != second ? first > second : one < other
        }
    }

    /// The same examples for a picture.
    var positions: [UInt32] { order.prefix(64).map { examples[$0].position } }

    func result(
        _ model: Model, _ subset: Subset, _ result: StepResult, rate: Double, step: Int, recurred: Bool
    ) -> CheckResult {
        let order = order
        var names: [String] = []
        if case .classes(let words) = model.facts.target { names = words }
        let file = model.recipe.data.train.flatMap { $0.inputs.count == 1 ? $0.inputs[0] : nil }
        let places = order.prefix(Self.named).map { index in
            let example = examples[index]
            var text = "\(file.map { "\($0) " } ?? "")\(subset.place(of: Int(example.position)))"
            text += " (training example \(example.position))"
            if let label = example.label {
                text += ", class \(names.indices.contains(label) ? names[label] : "\(label)")"
            }
            text += ", loss \(Self.word(example.loss))"
            if !example.hasFiniteInputs { text += ", inputs not finite" }
            return text
        }
        let network = model.network
        func broken(_ values: UnsafeMutablePointer<Float>) -> [String] {
            network.plan.tensors.filter { tensor in
                tensor.storage == .parameters && !FloatLook.allFinite(values + tensor.offset, count: tensor.count)
            }.map(\.name)
        }
        let (weights, gradients) = (broken(network.parameters), broken(network.gradients))
        let bad = examples.count { !$0.loss.isFinite }
        let what =
            !weights.isEmpty
            ? "weights (`\(weights[0])`)" : !result.loss.isFinite ? "the loss" : "a gradient"
        var message = "Update \(step): \(what) \(weights.count > 1 ? "are" : "is") not finite"
        message += result.loss.isFinite || bad == examples.count ? "" : ", for \(bad) of \(examples.count) examples"
        message += recurred ? "; computed again it is the same." : "; computed again it is finite."
        if !gradients.isEmpty, gradients.count < 2 * Self.named {
            message += " Gradients that are not: \(gradients.prefix(6).joined(separator: ", "))."
        }
        let finite = examples.map(\.loss).filter(\.isFinite)
        return CheckResult(
            "W1", recurred ? .fail : .warn, .invariant, message,
            numbers: [
                CheckNumber("loss", result.loss), CheckNumber("gradient norm", result.gradientNorm),
                CheckNumber("rate", rate), CheckNumber("examples", Double(examples.count)),
                CheckNumber("examples whose loss is not finite", Double(bad)),
                CheckNumber("examples whose inputs are not finite", Double(examples.count { !$0.hasFiniteInputs })),
                CheckNumber("largest finite loss", finite.max() ?? .nan),
                CheckNumber("tensors whose gradient is not finite", Double(gradients.count)),
            ], places: Array(places),
            action: recurred
                ? "Look at these examples. Lower `optimizer.rate`, add `clip: {gradient_norm: 1.0}` or a warmup; "
                    + "`watch: {W1: rollback}` leaves such batches out by itself."
                : "Suspect the machine: the same update was not finite and finite.", step: step)
    }

    private static func word(_ value: Double) -> String { value.isNaN ? "nan" : "\(Float(value))" }
}
