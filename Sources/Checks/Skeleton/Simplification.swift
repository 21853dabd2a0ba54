import Recipes

/// K8: what the skeleton's experiments are done without.
enum Simplification: Check {
    static let ids = ["K8"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let (plain, removed) = bench.recipe.simplified()
        let left = remaining(plain)
        guard left.isEmpty else {
            return [
                CheckResult(
                    "K8", .fail, .invariant, "It cannot be turned off: \(left.joined(separator: ", ")).", places: left,
                    action: "Take it out of the recipe while you look for a bug.")
            ]
        }
        return [
            CheckResult(
                "K8", .pass, .invariant,
                removed.isEmpty
                    ? "The recipe has nothing to turn off: the checks train it as it is."
                    : "The checks of the skeleton train without \(removed.joined(separator: ", ")).",
                numbers: [CheckNumber("turned off", Double(removed.count))], places: removed)
        ]
    }

    private static func remaining(_ recipe: Recipe) -> [String] {
        var left: [String] = []
        if !recipe.data.augment.isEmpty { left.append("data.augment") }
        if recipe.optimizer.decay != 0 { left.append("optimizer.decay") }
        if recipe.loss.map({ $0.smoothing > 0 }) ?? false { left.append("loss.smoothing") }
        if !recipe.averages.all.isEmpty { left.append("average") }
        for layer in recipe.model.allLayers {
            switch layer.kind {
            case .dropout, .dropout2d: left.append("dropout in layer \(layer.name)")
            default: break
            }
        }
        return left
    }
}
