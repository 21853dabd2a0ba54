import Datasets
import Recipes
import Training

/// O3, S10: some size of this model learns its training examples. K22: and goes as low as they allow.
enum CapacityLadder: Check {
    static let ids = ["O3", "S10", "K22"]
    private static let mostRungs = 4

    static func seconds(_ bench: Bench) throws -> Double {
        let effort = try Effort(bench.recipe, bench.facts)
        return 1 + 1500e9 / effort.update(bench.recipe.batch) * (bench.stepSeconds ?? 0)
    }

    /// One width, and what it came to.
    struct Rung {
        var width: Double
        /// Of the training examples: answered wrongly; for numbers, what is left of the constant's loss.
        var error: Double
        var loss: Double
        /// Whether the training loss was still going down.
        var isFalling = false
        /// The part of the loss that the last quarter of the updates took away.
        var fall = 0.0
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        let isText = bench.facts.targetsPerExample > 1
        let main: CheckResult
        var size: CheckResult
        if isText {
            // What begins a sentence cannot be foretold: text never comes to one per cent.
            main = .skip("O3", "Text cannot be learned without errors; G5 compares it with counting.")
            size = main
            size.id = "S10"
        } else {
            let ladder = try Self.ladder(bench, examples: 2000, budget: 600, most: 2000)
            bench.draw(picture(ladder), for: "O3")
            main = ladderResult(ladder.rungs, steps: ladder.steps, isProbabilistic: bench.isProbabilistic)
            size = sizeResult(main, ladder.rungs, steps: ladder.steps)
        }
        let few = try Self.ladder(bench, examples: isText ? 4 : 64, budget: 200, most: 1000, stopsAt: 0.01)
        return [main, size, lowest(few.rungs, floor: few.floor, level: few.level, unit: bench.lossUnit)]
    }

    private struct Ladder {
        var rungs: [Rung]
        var steps: Int
        var floor: Double
        var level: Double
    }

    private static func ladder(
        _ bench: Bench, examples: Int, budget: Double, most: Int, stopsAt: Double? = nil
    ) throws -> Ladder {
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, examples, salt: 23))
        let training = TargetScale(sample, bench.loss).applied(to: sample)
        let objective = bench.objective
        let level = Constant(training, objective).loss(training)
        guard level > 1e-9 else { throw CheckSkip("All targets are the same: there is nothing to learn.") }
        let floor = training.floor(objective)
        var rungs: [Rung] = []
        var steps = 0
        for rung in 0..<mostRungs {
            let factor = Double(1 << rung)
            let plain = bench.recipe.plain(rate: 1e-3)
            guard var recipe = rung == 0 ? plain : plain.widened(factor, for: bench.facts) else { break }
            recipe.batch = min(recipe.batch, training.count)
            steps = try Effort(recipe, bench.facts).steps(budget, batch: recipe.batch, 100...most)
            let trial = try Trial(
                recipe, bench.dataset.replacing(training: training, validation: nil), pool: bench.pool)
            var curve: [Double] = []
            do throws(TrainingFailure) {
                try trial.train(to: steps) { _, result in
                    curve.append(result.loss)
                    return true
                }
            } catch {
                rungs.append(Rung(width: factor, error: 1, loss: .infinity))
                continue
            }
            let answers = Answers(trial.model, training, objective)
            let error = bench.isProbabilistic ? 1 - answers.accuracy : max(0, answers.loss - floor) / level
            let quarter = max(curve.count / 4, 1)
            let late = Spread(Array(curve.suffix(quarter))).mean
            let earlier = Spread(Array(curve.dropLast(quarter).suffix(quarter))).mean
            let left = max(earlier - floor, 0)
            rungs.append(
                Rung(
                    width: factor, error: error, loss: answers.loss, isFalling: earlier - late > 0.02 * left,
                    fall: left > 0 ? (earlier - late) / left : 0))
            if error <= 0.01, stopsAt.map({ answers.loss <= floor + $0 * max(level, 1) }) ?? true { break }
        }
        return Ladder(rungs: rungs, steps: steps, floor: floor, level: level)
    }

    static func ladderResult(_ rungs: [Rung], steps: Int, isProbabilistic: Bool) -> CheckResult {
        let what = isProbabilistic ? "training examples wrong" : "of the constant's loss left"
        let text = rungs.map { "\(percent($0.error)) at width × \(figure($0.width))" }.joined(separator: ", ")
        let numbers = rungs.map { CheckNumber("error at width × \(figure($0.width))", 100 * $0.error, unit: "%") }
        guard let last = rungs.last else { return .skip("O3", "Nothing was measured.") }
        let words = "\(what.capitalizedFirst) after at most \(count(steps, "update")): \(text)"
        if last.error <= 0.01 { return CheckResult("O3", .pass, .counterfactual, words + ".", numbers: numbers) }
        let isFlat = rungs.count > 2 && !last.isFalling && rungs[rungs.count - 3].error - last.error < 0.1 * last.error
        if isFlat, last.error > 0.05 {
            return CheckResult(
                "O3", .warn, .counterfactual, words + ": more capacity does not help.", numbers: numbers,
                action:
                    "A bug, labels that contradict one another, or an architecture that cannot: see K21 and the label checks."
            )
        }
        return CheckResult(
            "O3", .pass, .counterfactual, words + ", and still getting better or too few updates.", numbers: numbers)
    }

    /// Of the training examples: so many more are wrong at the recipe's own width than at a larger one.
    private static let tooMany = 0.25
    /// What has had so many updates, and takes less than that off its loss in the last quarter of them, has slowed down.
    private static let enoughSteps = 500
    private static let slow = 0.2

    /// S10: whether it is the recipe's own width that keeps it from its training examples.
    static func sizeResult(_ main: CheckResult, _ rungs: [Rung], steps: Int) -> CheckResult {
        var size = main
        size.id = "S10"
        guard main.verdict == .pass else { return size }
        guard let own = rungs.first, let best = rungs.min(by: { $0.error < $1.error }), own.fall < slow,
            steps >= enoughSteps, own.error - best.error >= tooMany
        else {
            size.message = "The model is large enough, or can be made so: see O3."
            return size
        }
        size.verdict = .warn
        size.message =
            "The recipe's own width leaves \(percent(own.error)), and hardly gets better; width × \(figure(best.width)) "
            + "leaves \(percent(best.error))."
        size.action = "Give it more units: `simmer improve --only width-double`."
        return size
    }

    static func lowest(_ rungs: [Rung], floor: Double, level: Double, unit: String?) -> CheckResult {
        guard let best = rungs.min(by: { $0.loss < $1.loss }), best.loss.isFinite else {
            return .skip("K22", "No width reached a finite loss.")
        }
        let goal = floor + 0.05 * max(level, unit == nil ? 0 : 1)
        let numbers =
            rungs.map { CheckNumber("loss at width × \(figure($0.width))", $0.loss, unit: unit) }
            + [CheckNumber("floor", floor, unit: unit)]
        let text =
            "A few examples reach a loss of \(figure(best.loss)) at width × \(figure(best.width)); identical inputs leave "
            + "\(figure(floor))"
        if best.loss > goal, best.isFalling {
            return CheckResult("K22", .pass, .counterfactual, text + ", and it was still falling.", numbers: numbers)
        }
        return best.loss <= goal
            ? CheckResult("K22", .pass, .counterfactual, text + ".", numbers: numbers)
            : CheckResult(
                "K22", .warn, .counterfactual, text + ": something keeps it up.", numbers: numbers,
                action: "Without a hidden layer this is expected; otherwise see K21.")
    }

    private static func picture(_ ladder: Ladder) -> Picture {
        Picture(
            "ladder", caption: "Training error by width",
            chart: Chart(
                .lines, x: "width (times the recipe's)", y: "error (%)", xIsLog: true,
                series: [ChartSeries("error", x: ladder.rungs.map(\.width), y: ladder.rungs.map { 100 * $0.error })],
                levels: [ChartMark("goal", 1)]))
    }
}
