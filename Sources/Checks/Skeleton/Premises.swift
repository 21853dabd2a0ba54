import Recipes

/// P1: a run has a hypothesis. P2: one thing changes at a time.
enum Premises: Check {
    static let ids = ["P1", "P2"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let recipe = bench.recipe
        let stepsPerEpoch = bench.facts.stepsPerEpoch(of: recipe)
        let steps = recipe.until.steps(stepsPerEpoch: stepsPerEpoch)
        var cost = 0.0
        do throws(CheckSkip) {
            cost = try Effort(recipe, bench.facts).update(recipe.examplesPerUpdate)
        } catch {
            // Layers that do not fit are the inspection's to tell; a hypothesis can be asked for all the same.
        }
        return [
            hypothesis(recipe, steps: steps, updateCost: cost),
            .skip(
                "P2", "No run of this name has ended well yet."),
        ]
    }

    /// A thousand million million multiply-adds: some hours on two cores.
    private static let long = 1e15
    private static let longSeconds = 4.0 * 3600

    static func hypothesis(_ recipe: Recipe, steps: Int?, updateCost: Double) -> CheckResult {
        if let expect = recipe.expect {
            let bounds = [
                expect.above.map { "above \(figure($0, 6))" }, expect.below.map { "below \(figure($0, 6))" },
            ].compactMap { $0 }
            return CheckResult(
                "P1", .pass, .statistic,
                "The run has a hypothesis: \(expect.metric) ends \(bounds.joined(separator: " and ")).")
        }
        let isLong =
            switch recipe.until {
            case .forever: true
            case .seconds(let seconds): seconds >= longSeconds
            default: Double(steps ?? 0) * updateCost >= long
            }
        let action =
            "Write what you expect: `expect: {metric: validation.loss, below: …}`; the report says whether it held."
        return isLong
            ? CheckResult("P1", .warn, .statistic, "A long run has no hypothesis (`expect`).", action: action)
            : CheckResult(
                "P1", .pass, .statistic, "The run is short and has no hypothesis (`expect`); a long one would need one."
            )
    }
}
