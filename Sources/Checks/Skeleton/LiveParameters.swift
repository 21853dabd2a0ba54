import Networks
import Recipes

/// K33: every parameter gets a gradient from some of the first batches.
enum LiveParameters: Check {
    static let ids = ["K33"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let steps = try bench.firstSteps()
        return [result(steps, firstLayer: firstLinear(bench, steps))]
    }

    /// The weight that the inputs meet, where each of its columns is one input.
    private static func firstLinear(_ bench: Bench, _ steps: FirstSteps) -> ParameterTensor? {
        guard let tensor = steps.tensors.first, tensor.shape.count == 2, bench.facts.vocabulary.isEmpty,
            tensor.shape[1] == bench.facts.inputShape.reduce(1, *)
        else { return nil }
        return tensor
    }

    static func result(_ steps: FirstSteps, firstLayer: ParameterTensor?) -> CheckResult {
        var dead: [(tensor: ParameterTensor, count: Int)] = []
        var all = 0
        var deadInAll = 0
        for tensor in steps.tensors {
            let count = (tensor.offset..<tensor.offset + tensor.count).count { !steps.hasLearned[$0] }
            dead.append((tensor, count))
            all += tensor.count
            deadInAll += count
        }
        var numbers = [
            CheckNumber("parameters without a gradient", 100 * Double(deadInAll) / Double(max(all, 1)), unit: "%"),
            CheckNumber("updates", Double(steps.watched), unit: "steps"),
        ]
        var inputs = ""
        if let first = firstLayer {
            let columns = first.shape[1]
            let silent = (0..<columns).count { column in
                !(0..<first.shape[0]).contains { steps.hasLearned[first.offset + $0 * columns + column] }
            }
            numbers.append(CheckNumber("inputs without a gradient", Double(silent)))
            // Where none of its columns has one, it is not the inputs that stop it.
            if silent > 0, silent < columns { inputs = " \(silent) of \(columns) inputs were constant so far." }
        }
        let whole = dead.filter { $0.count == $0.tensor.count && $0.count > 0 }.map(\.tensor)
        guard !whole.isEmpty else {
            return CheckResult(
                "K33", .pass, .invariant,
                "Every tensor got a gradient in the first \(count(steps.watched, "update")); "
                    + "\(percent(Double(deadInAll) / Double(max(all, 1)), 2)) of the numbers have had none yet."
                    + inputs,
                numbers: numbers)
        }
        // A bias or a scale that does nothing wastes a few numbers; a matrix that does nothing is a layer that is not there.
        let isMatrix = whole.contains { $0.shape.count > 1 }
        return CheckResult(
            "K33", isMatrix ? .fail : .warn, .invariant,
            "\(count(whole.count, "tensor")) got no gradient in \(count(steps.watched, "update")), not in one number: "
                + "\(whole.prefix(4).map(\.name).joined(separator: ", "))\(whole.count > 4 ? " and others" : "")."
                + inputs,
            numbers: numbers, places: whole.prefix(24).map(\.name),
            action:
                "Nothing that the loss sees depends on them: look at the layers behind them, at their initial values "
                + "(`zero` gives every unit the same gradient, or none), and at inputs so large that units saturate.")
    }
}
