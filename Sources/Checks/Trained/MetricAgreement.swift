import Recipes

/// K17: the number that a person reads gets better as the loss gets better.
enum MetricAgreement: Check {
    static let ids = ["K17"]
    /// Evaluations that say anything, and that say enough to warn.
    static let fewest = 5
    static let enough = 20
    private static let strong = 0.5
    /// One-sided p of 1e-4.
    private static let sure = 3.719
    private static let loss = "validation.loss"
    /// By what a person reads best.
    private static let metrics = [("validation.accuracy", true), ("validation.mae", false)]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard let history = bench.history else {
            throw CheckSkip("It is about a run, and there is no checkpoint of one.")
        }
        guard let losses = history.series(loss),
            let (metric, isHigherBetter) = metrics.first(where: { history.series($0.0) != nil }),
            let series = history.series(metric)
        else {
            throw CheckSkip("The run has not measured both a loss and an accuracy or error of the validation split.")
        }
        let (own, other) = EvaluationCurve(losses).paired(with: EvaluationCurve(series))
        guard own.count >= fewest else {
            throw CheckSkip(
                "\(Worded.plural(own.count, "evaluation")) say nothing of how the loss and \(metric) go together; "
                    + "\(fewest) would.")
        }
        draw(own, other, metric, bench)
        return [result(own, other, metric, isHigherBetter)]
    }

    /// - Parameter other: the metric at the same steps.
    static func result(
        _ own: EvaluationCurve, _ other: EvaluationCurve, _ metric: String, _ isHigherBetter: Bool
    ) -> CheckResult {
        // Both so that less is better.
        var error = other
        if isHigherBetter { error.values = other.values.map { -$0 } }
        guard let linear = Correlation.linear(own.values, error.values),
            let ranked = Correlation.ranked(own.values, error.values)
        else { return .skip("K17", "The loss or \(metric) is the same in all \(own.count) evaluations.") }
        let changes = Correlation.linear(Correlation.changes(own.values), Correlation.changes(error.values)) ?? 0
        let deviations = Correlation.deviations(ofChanges: changes, count: own.count - 1)
        let r = abs(linear) >= abs(ranked) ? linear : ranked
        let numbers = [
            CheckNumber("correlation", linear), CheckNumber("of ranks", ranked), CheckNumber("of changes", changes),
            CheckNumber("deviations of that", deviations), CheckNumber("evaluations", Double(own.count)),
        ]
        // A change of sign makes of an accuracy's correlation with the loss what a person expects to read.
        let shown = Worded.number(isHigherBetter ? -r : r)
        let over = "over \(own.count) evaluations the validation loss and \(metric)"
        if max(linear, ranked) >= strong {
            return CheckResult(
                "K17", .pass, .statistic, "They go together: \(over) are correlated with \(shown).", numbers: numbers)
        }
        guard own.count >= enough, moves(own), moves(error) else {
            return CheckResult(
                "K17", .skip, .statistic,
                own.count < enough
                    ? "Correlated with \(shown): \(own.count) evaluations are too few to tell that from chance; \(enough) would do."
                    : "Both hardly moved beyond their noise: there is nothing to correlate (\(shown)).",
                numbers: numbers)
        }
        if max(linear, ranked) <= -strong, deviations <= -sure {
            return CheckResult(
                "K17", .fail, .statistic,
                "Where the loss gets better \(metric) gets worse, from each evaluation to the next as well: \(over) are correlated "
                    + "with \(shown).", numbers: numbers,
                action:
                    "One of the two does not measure what is wanted: look at the loss, its weights, and what a few large "
                    + "targets do to it.")
        }
        let rise = (own.values.last ?? 0) - (own.values.min() ?? 0)
        let isDrift = own.noise.map { rise > EvaluationCurve.lead(of: own.count, noise: $0) } ?? false
        return CheckResult(
            "K17", .warn, .statistic,
            isDrift
                ? "The loss has risen again by \(Worded.number(rise)) while \(metric) has not followed (correlation \(shown)): the "
                    + "network gets too sure of its answers."
                : max(linear, ranked) <= -strong
                    ? "They go against each other over the run, though not from each evaluation to the next: \(over) are correlated "
                        + "with \(shown)."
                    : "They hardly go together: \(over) are correlated with \(shown).",
            numbers: numbers,
            action: isDrift
                ? "Use @best (R14), or correct its probabilities: `simmer evaluate JOB@best --calibrate`."
                : "Decide which of the two the run is for, and name it: `expect: {metric: \(metric), …}`.")
    }

    /// Whether a curve goes anywhere, beyond what single evaluations scatter.
    private static func moves(_ curve: EvaluationCurve) -> Bool {
        curve.noise.map { curve.deviation > 2 * $0 } ?? false
    }

    private static func draw(
        _ own: EvaluationCurve, _ other: EvaluationCurve, _ metric: String, _ bench: Bench
    ) {
        bench.draw(
            Picture(
                "metrics", caption: "Each evaluation: the loss, and what a person reads",
                chart: Chart(
                    .points, x: loss, y: metric, series: [ChartSeries("evaluations", x: own.values, y: other.values)])),
            for: "K17")
    }
}
