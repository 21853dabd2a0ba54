import Recipes

/// R14: stopping early by choosing afterwards. The run goes on, and its best checkpoint is kept.
enum EarlyStopping: Check {
    static let ids = ["R14"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard let history = bench.history else {
            throw CheckSkip("It is about a run, and there is no checkpoint of one.")
        }
        guard let series = history.series(history.metric), !series.values.isEmpty else {
            throw CheckSkip("Nothing has measured \(history.metric) in this run, so that no checkpoint is its best.")
        }
        return [result(history, EvaluationCurve(series), bench)]
    }

    private static func result(_ history: RunHistory, _ curve: EvaluationCurve, _ bench: Bench) -> CheckResult {
        let sign = history.isHigherBetter ? -1.0 : 1.0
        let place = curve.values.indices.min { sign * curve.values[$0] < sign * curve.values[$1] } ?? 0
        let (bestStep, best) = (curve.steps[place], curve.values[place])
        let (lastStep, last) = (curve.steps[curve.count - 1], curve.values[curve.count - 1])
        let behind = sign * (last - best)
        let noise = curve.noise
        let margin = noise.map { EvaluationCurve.lead(of: curve.count, noise: $0) }
        draw(history, curve, bestStep, bench)
        var numbers = [
            CheckNumber("best", best), CheckNumber("best step", Double(bestStep)), CheckNumber("last", last),
            CheckNumber("last step", Double(lastStep)), CheckNumber("behind", behind),
            CheckNumber("steps since the best", Double(lastStep - bestStep)),
        ]
        if let margin { numbers.append(CheckNumber("behind by chance, at most", margin)) }
        let name = history.metric
        if let kept = history.best, kept.value == nil {
            return CheckResult(
                "R14", .skip, .curve,
                "\(history.job)@best is step \(kept.step), where \(name) was not measured: `simmer evaluate` measures it.",
                numbers: numbers)
        }
        guard let kept = history.best, let value = kept.value else {
            return missing(
                "No checkpoint of a measured \(name) is kept: the best of \(curve.count) evaluations, "
                    + "\(Worded.number(best)) at step \(bestStep), cannot be recovered.", numbers)
        }
        numbers.append(CheckNumber("kept", value))
        if let margin, sign * (value - best) > margin {
            return missing(
                "The best \(name) was \(Worded.number(best)) at step \(bestStep); the best checkpoint that is kept has "
                    + "\(Worded.number(value)), at step \(kept.step).", numbers)
        }
        let isBest = sign * (value - best) <= 0
        let held =
            isBest
            ? "The best checkpoint is kept: \(history.job)@best, step \(kept.step), \(name) \(Worded.number(value))."
            : "The best checkpoint that is kept is \(history.job)@best, step \(kept.step), \(name) \(Worded.number(value)); the best "
                + "evaluation, \(Worded.number(best)) at step \(bestStep), led it by no more than chance."
        let words: String
        if behind <= 0 {
            words = "The last evaluation is the best one."
        } else {
            let far =
                "The last evaluation, \(lastStep - bestStep) steps later, is \(Worded.number(behind)) behind it"
            switch margin {
            case nil: words = "\(far); \(curve.count) evaluations are too few to tell that from chance."
            case let margin? where behind > margin: words = "\(far), more than chance: use \(history.job)@best."
            default: words = "\(far), which may be chance."
            }
        }
        return CheckResult("R14", .pass, .curve, "\(held) \(words)", numbers: numbers)
    }

    private static func missing(_ message: String, _ numbers: [CheckNumber]) -> CheckResult {
        CheckResult(
            "R14", .warn, .statistic, message, numbers: numbers,
            action:
                "Keep the best: `checkpoint: {keep: {best: 1}}`. `simmer replay` makes those steps again from an older one."
        )
    }

    private static func draw(_ history: RunHistory, _ curve: EvaluationCurve, _ bestStep: Int, _ bench: Bench) {
        bench.draw(
            Picture(
                "stopping", caption: "Evaluations of the run, and where it was best",
                chart: Chart(
                    .lines, x: "step", y: history.metric,
                    series: [ChartSeries(history.metric, x: curve.steps.map(Double.init), y: curve.values)],
                    marks: [ChartMark("best", Double(bestStep))]
                        + (history.best.map { [ChartMark("kept as @best", Double($0.step))] } ?? []))), for: "R14")
    }
}
