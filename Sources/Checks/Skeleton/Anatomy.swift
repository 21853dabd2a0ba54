import Recipes

/// R10: where the parameters are. R12: where dropout stands.
enum Anatomy: Check {
    static let ids = ["R10", "R12"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let (layers, findings) = bench.recipe.resolve(for: bench.facts)
        if let error = findings.first(where: { $0.severity == .error }) { throw CheckSkip(error.message) }
        return [shares(layers), dropout(layers)]
    }

    static func shares(_ layers: [ResolvedLayer]) -> CheckResult {
        let sizes = layers.map { layer in
            (layer, layer.parameters.filter { $0.role == .weight }.reduce(0) { $0 + $1.count })
        }
        let total = sizes.reduce(0) { $0 + $1.1 }
        guard total > 0, let largest = sizes.max(by: { $0.1 < $1.1 }) else {
            return .skip("R10", "The model has no parameters.")
        }
        let share = Double(largest.1) / Double(total)
        let numbers = [
            CheckNumber("parameters", Double(total)), CheckNumber("largest layer's share", 100 * share, unit: "%"),
        ]
        let text =
            "Layer \(largest.0.layer.name) (\(largest.0.layer.kind.word)) holds \(percent(share)) of \(total) parameters"
        let isConvolutional = layers.contains { if case .conv2d = $0.layer.kind { true } else { false } }
        if share > 0.5, isConvolutional, case .linear = largest.0.layer.kind {
            return CheckResult(
                "R10", .pass, .statistic, text + ".", numbers: numbers, places: ["layer \(largest.0.layer.name)"],
                action:
                    "If the place in the image does not matter, `globalaveragepool` in front of it saves most of them.")
        }
        return CheckResult("R10", .pass, .statistic, text + ".", numbers: numbers)
    }

    static func dropout(_ layers: [ResolvedLayer]) -> CheckResult {
        var odd: [String] = []
        var strongest = 0.0
        for (index, layer) in layers.enumerated() where layer.mark == nil {
            guard let share = layer.dropped, share > 0 else { continue }
            strongest = max(strongest, share)
            let name = "layer \(layer.layer.name)"
            if case .dropout = layer.layer.kind, layer.inputShape.count == 3, index > 0 {
                odd.append("\(name) drops single numbers of an image, which their neighbours give away (`dropout2d`)")
            }
            let normed = layers[index...].contains { if case .batchnorm = $0.layer.kind { true } else { false } }
            if normed {
                odd.append("\(name) drops before a batch normalisation, whose statistics then are others in evaluation")
            }
            if share > 0.5 { odd.append("\(name) drops \(percent(share))") }
        }
        let numbers = [CheckNumber("strongest dropout", strongest)]
        guard !odd.isEmpty else {
            return CheckResult(
                "R12", .pass, .statistic,
                strongest > 0
                    ? "Every dropout stands behind the last batch normalisation, and drops at most half."
                    : "The model drops nothing.",
                numbers: numbers)
        }
        return CheckResult(
            "R12", .warn, .statistic, odd.joined(separator: "; ").capitalizedFirst + ".", numbers: numbers,
            action: "Move it behind the last normalisation, or leave it out and compare (G4).")
    }
}

extension ResolvedLayer {
    /// What a dropout drops; nil for other layers.
    fileprivate var dropped: Double? {
        switch layer.kind {
        case .dropout(let share), .dropout2d(let share): share
        default: nil
        }
    }
}
