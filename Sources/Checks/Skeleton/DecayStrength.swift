import Recipes

/// S7: regularisation that does not drown the data.
enum DecayStrength: Check {
    static let ids = ["S7"]

    /// The pull of the decay against that of the data from which a look, and beyond which nothing can be learned.
    static let strong = 1.0
    static let drowning = 10.0

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let recipe = bench.recipe
        let ratios = recipe.optimizer.decay > 0 ? try bench.firstSteps().decayRatios : []
        return [result(recipe, ratios)]
    }

    static func result(_ recipe: Recipe, _ ratios: [(name: String, ratio: Double)]) -> CheckResult {
        let strongest = ratios.max { $0.ratio < $1.ratio }
        let ratio = strongest?.ratio ?? 0
        var numbers = [CheckNumber("decay against data", ratio)]
        var static_: [String] = []
        let drops = recipe.model.allLayers.compactMap { layer -> (String, Double)? in
            switch layer.kind {
            case .dropout(let share), .dropout2d(let share): (layer.name, share)
            default: nil
            }
        }
        let most = drops.max { $0.1 < $1.1 }
        numbers.append(CheckNumber("strongest dropout", most?.1 ?? 0))
        if let most, most.1 > 0.8 { static_.append("dropout of \(figure(most.1)) in layer \(most.0)") }
        let smoothing = recipe.loss?.smoothing ?? 0
        numbers.append(CheckNumber("label smoothing", smoothing))
        if smoothing > 0.5 { static_.append("label smoothing of \(figure(smoothing))") }
        if ratio > drowning, let strongest {
            return CheckResult(
                "S7", .fail, .statistic,
                "`optimizer.decay: \(figure(recipe.optimizer.decay))` pulls \(figure(ratio)) times as hard at "
                    + "\(strongest.name) as the data in the first updates: the weights go to zero.",
                numbers: numbers, places: ratios.filter { $0.ratio > drowning }.prefix(12).map(\.name),
                action: "Lower `optimizer.decay`; 1e-2 is much for adamw, 1e-4 for what is added to the gradient.")
        }
        if ratio > strong || !static_.isEmpty {
            let decay =
                ratio > strong
                ? ["a decay \(figure(ratio)) times as strong as the data at \(strongest?.name ?? "")"] : []
            return CheckResult(
                "S7", .warn, .statistic, "The regularisation is strong: \((decay + static_).joined(separator: ", ")).",
                numbers: numbers,
                action:
                    "Overfit first, then regularise: start with it lower, and raise it while the validation loss falls."
            )
        }
        return CheckResult(
            "S7", .pass, .statistic,
            ratios.isEmpty && drops.isEmpty && smoothing == 0
                ? "The recipe regularises nothing."
                : "The regularisation leaves room for the data: its decay is \(figure(ratio, 2)) of the data's pull at "
                    + "most, its dropout \(figure(most?.1 ?? 0, 2)).",
            numbers: numbers)
    }
}
