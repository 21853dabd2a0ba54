import Recipes

/// K20: a network that sees its inputs beats one that does not. K16: what the first updates win is not the bias alone.
enum InputIndependence: Check {
    static let ids = ["K20", "K16"]

    static func seconds(_ bench: Bench) throws -> Double {
        0.3 + 3 * Double(try Contrast.steps(bench)) * bench.seconds(batch: Contrast.batch(bench.recipe))
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let contrast = try bench.contrast()
        if contrast.constantLoss <= 1e-6 { throw CheckSkip("All targets are the same: there is nothing to learn.") }
        bench.draw(picture(contrast, bench.lossUnit), for: "K20")
        return [independence(contrast, bench.lossUnit), hockeyStick(contrast, bench)]
    }

    static func independence(_ contrast: Contrast, _ unit: String?) -> CheckResult {
        result(
            real: contrast.real, zeros: contrast.zeros, shuffled: contrast.shuffled, constant: contrast.constant,
            steps: contrast.steps, unit: unit)
    }

    /// - Parameters: losses of the same examples by what was trained on the data, on zeros, on shuffled targets, and of the
    ///   best constant.
    static func result(
        real: [Double], zeros: [Double], shuffled: [Double], constant: [Double], steps: Int, unit: String?
    ) -> CheckResult {
        let level = Spread(constant).mean
        let least = Contrast.least * abs(level)
        let gains = [Pairs(real, zeros), Pairs(real, shuffled), Pairs(real, constant)]
        let worst = gains.min { $0.gain < $1.gain } ?? Pairs(real, constant)
        let means = [Spread(real).mean, Spread(zeros).mean, Spread(shuffled).mean]
        let numbers = [
            CheckNumber("loss", means[0], unit: unit), CheckNumber("loss on zeros", means[1], unit: unit),
            CheckNumber("loss on shuffled rows", means[2], unit: unit),
            CheckNumber("loss of the best constant", level, unit: unit),
            CheckNumber("gain", 100 * worst.gain / abs(level), unit: "%"),
            CheckNumber("steps", Double(steps), unit: "steps"),
        ]
        let losses =
            "\(figure(means[0])) on the data, \(figure(means[1])) on inputs of zero, \(figure(means[2])) on shuffled rows, "
            + "\(figure(level)) for the best constant, after \(count(steps, "update"))"
        // Inputs of zero cannot say anything: what beats the constant then has come another way.
        if Pairs(zeros, constant).z(above: least) > Pairs.certain {
            return CheckResult(
                "K20", .fail, .counterfactual, "Inputs of zero are answered better than by a constant: \(losses).",
                numbers: numbers,
                action: "Something around the inputs tells the target: the order of the examples, or their places.")
        }
        if worst.z(above: least) > Pairs.likely {
            return CheckResult(
                "K20", .pass, .counterfactual, "The inputs are informative: a loss of \(losses).", numbers: numbers)
        }
        // Sure that there is less than the least gain that matters.
        if -worst.z(above: least) > Pairs.certain {
            return CheckResult(
                "K20", .fail, .counterfactual, "The inputs are not informative: a loss of \(losses).", numbers: numbers,
                action:
                    "Look at inputs and targets side by side (K26's picture): are the targets those of these inputs?")
        }
        return CheckResult(
            "K20", .warn, .counterfactual, "It is unclear whether the inputs are informative: a loss of \(losses).",
            numbers: numbers,
            action: "Look at inputs and targets side by side (K26's picture); more examples would decide it.")
    }

    private static func hockeyStick(_ contrast: Contrast, _ bench: Bench) -> CheckResult {
        guard bench.isProbabilistic else {
            return .skip(
                "K16", "The trial's targets have a mean of 0, so that no bias is to be learned; K14 looks at theirs.")
        }
        return hockeyStick(
            initial: Spread(contrast.initial).mean, rebiased: Spread(contrast.rebiased).mean,
            end: contrast.realLoss, head: bench.recipe.model.head, steps: contrast.steps, unit: bench.lossUnit)
    }

    /// - Parameters: mean losses at first, with the best bias, and after the updates.
    static func hockeyStick(
        initial: Double, rebiased: Double, end: Double, head: Recipes.Model.Head, steps: Int, unit: String?
    ) -> CheckResult {
        let drop = initial - end
        let share = drop > 0 ? max(0, initial - rebiased) / drop : 0
        let numbers = [
            CheckNumber("bias's share", 100 * share, unit: "%"), CheckNumber("loss at first", initial, unit: unit),
            CheckNumber("with the best bias", rebiased, unit: unit), CheckNumber("after the updates", end, unit: unit),
        ]
        guard drop > 0 else {
            return .skip("K16", "The loss did not fall in \(count(steps, "update")): there is no drop to divide.")
        }
        let text =
            "Of the fall from \(figure(initial)) to \(figure(end)) in \(count(steps, "update")), the last bias alone "
            + "would give \(percent(min(share, 1), 2))"
        // With the bias set from the targets the rest is the scale of the head, which K12 measures.
        guard head == .zero, share > 0.1 else {
            return CheckResult("K16", .pass, .counterfactual, text + ".", numbers: numbers)
        }
        return CheckResult(
            "K16", share > 0.5 ? .fail : .warn, .counterfactual, text + ": the first updates only learn what is known.",
            numbers: numbers, action: "Leave `model.head` at `prior`: the last bias begins at the targets' own.")
    }

    private static func picture(_ contrast: Contrast, _ unit: String?) -> Picture {
        Picture(
            "losses", caption: "Loss on the same examples after \(count(contrast.steps, "update"))",
            chart: Chart(
                .bars, x: "trained on", y: unit.map { "loss (\($0))" } ?? "loss",
                series: [
                    ChartSeries(
                        "loss", x: [0, 1, 2], y: [contrast.realLoss, contrast.zeroLoss, contrast.shuffledLoss])
                ], labels: ["the data", "zeros", "shuffled rows"],
                levels: [ChartMark("best constant", contrast.constantLoss)]))
    }
}
