import Datasets
import Recipes
import Training

/// K25: more units, a lower training loss.
enum Capacity: Check {
    static let ids = ["K25"]
    private static let seeds = 3
    /// Thousand millions of multiply-adds of all runs together.
    private static let budget = 200.0

    static func seconds(_ bench: Bench) throws -> Double {
        let rungs = try rungs(bench)
        let own = try Effort(bench.recipe, bench.facts)
        let cost = rungs.cost * Double(rungs.steps * seeds)
        return 0.2 + cost / own.update(bench.recipe.batch) * bench.seconds(batch: bench.recipe.batch)
    }

    private struct Rungs {
        var factors: [Double]
        var recipes: [Recipe]
        var steps: Int
        /// Multiply-adds of an update of each.
        var cost: Double
    }

    /// The largest widths that leave enough updates: a big network is looked at in small.
    private static func rungs(_ bench: Bench) throws -> Rungs {
        try bench.requireVariety()
        let facts = bench.facts
        var plain = bench.recipe.plain()
        plain.batch = min(plain.batch, 64)
        guard plain.widened(2, for: facts) != nil else {
            throw CheckSkip("The model has no width to change, or its layers fit at one width alone.")
        }
        var chosen: Rungs?
        for scale in [1, 0.5, 0.25, 0.125, 0.0625] {
            let factors = [scale, 2 * scale, 4 * scale]
            let recipes = factors.compactMap { $0 == 1 ? plain : plain.widened($0, for: facts) }
            guard recipes.count == factors.count else { continue }
            let cost = try recipes.reduce(0.0) { try $0 + Effort($1, facts).update(plain.batch) }
            let steps = Int(min(300, budget * 1e9 / (cost * Double(seeds))))
            chosen = Rungs(factors: factors, recipes: recipes, steps: max(steps, 30), cost: cost)
            if steps >= 60 { break }
        }
        guard let chosen else { throw CheckSkip("The model's layers do not fit at other widths.") }
        return chosen
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let chosen = try rungs(bench)
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, 2000, salt: 3))
        let training = TargetScale(sample, bench.loss).applied(to: sample)
        let data = bench.dataset.replacing(training: training, validation: nil)
        let level = Constant(training, bench.objective).loss(training)
        if level <= 1e-9 { throw CheckSkip("All targets are the same: there is nothing to learn.") }
        var losses: [[Double]] = []
        for recipe in chosen.recipes {
            losses.append(
                try (0..<seeds).map { seed in
                    var recipe = recipe
                    recipe.seed &+= UInt64(seed)
                    let trial = try Trial(recipe, data, pool: bench.pool)
                    var all: [Double] = []
                    try trial.train(to: chosen.steps) { _, result in
                        all.append(result.loss)
                        return true
                    }
                    // The mean over the last updates: one batch is noise.
                    return Spread(Array(all.suffix(max(10, all.count / 5)))).mean
                })
        }
        let means = losses.map { Spread($0).mean }
        bench.draw(
            Picture(
                "capacity", caption: "Training loss after \(count(chosen.steps, "update"))",
                chart: Chart(
                    .lines, x: "width (times the recipe's)", y: bench.lossUnit.map { "loss (\($0))" } ?? "loss",
                    xIsLog: true, series: [ChartSeries("mean of \(seeds) seeds", x: chosen.factors, y: means)],
                    levels: [ChartMark("best constant", level)])), for: "K25")
        return [result(chosen.factors, losses, level: level, steps: chosen.steps, unit: bench.lossUnit)]
    }

    /// - Parameters:
    ///   - losses: by width, then by seed.
    ///   - level: the constant's.
    static func result(
        _ factors: [Double], _ losses: [[Double]], level: Double, steps: Int, unit: String?
    ) -> CheckResult {
        let spreads = losses.map { Spread($0) }
        let numbers =
            zip(factors, spreads).flatMap { factor, spread in
                [
                    CheckNumber("loss at width × \(figure(factor))", spread.mean, unit: unit),
                    CheckNumber("deviation at width × \(figure(factor))", spread.deviation, unit: unit),
                ]
            } + [CheckNumber("steps", Double(steps), unit: "steps")]
        guard let first = spreads.first, let last = spreads.last else { return .skip("K25", "Nothing was measured.") }
        let change = last.mean - first.mean
        let pooled = ((first.deviation * first.deviation + last.deviation * last.deviation) / 2).squareRoot()
        let error = pooled * (2 / Double(max(first.count, 1))).squareRoot()
        let text =
            "From width × \(figure(factors.first ?? 1)) to × \(figure(factors.last ?? 1)) the training loss goes from "
            + "\(figure(first.mean)) to \(figure(last.mean)) in \(count(steps, "update"))"
        // Three seeds a side leave four degrees of freedom: t of 4.6 is p = 0.005, of 13 p = 1e-4.
        let t = error > 0 ? change / error : change > 0 ? .infinity : 0
        if change > 0.05 * level, t > 4.6 {
            return CheckResult(
                "K25", change > 0.2 * level && t > 13 ? .fail : .warn, .counterfactual,
                text + ": more capacity makes it worse.", numbers: numbers,
                action: "Look at the first weights of wide layers (`initial`) and at a normalisation between them.")
        }
        return CheckResult(
            "K25", .pass, .counterfactual,
            text + (t < -2 ? "." : ": no worse, and these updates do not need the capacity."), numbers: numbers)
    }
}
