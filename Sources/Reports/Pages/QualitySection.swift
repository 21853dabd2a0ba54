import Recipes

/// What has come of a job, in numbers: its latest metrics, its best checkpoint, its members together, the small network
/// that they were squeezed into.
struct QualitySection {
    let report: Report

    var elements: [Element] {
        var elements = metrics
        if let evaluation = report.evaluation { elements += Self.evaluation(evaluation) }
        if let ensemble = report.job.ensemble { elements += Self.ensemble(ensemble) }
        if let squeeze = report.job.squeeze { elements += Self.squeeze(squeeze) }
        return elements
    }

    private var metrics: [Element] {
        let rows = report.job.summary.latestMetrics.sorted { $0.name < $1.name }.map { metric in
            [
                metric.name, metric.value.map(Digits.short) ?? metric.nonFinite?.rawValue ?? "",
                Digits.grouped(metric.step),
            ]
        }
        return rows.isEmpty ? [] : [.table(["metric", "#value", "#step"], rows, caption: "Latest metrics")]
    }

    static func evaluation(_ evaluation: Evaluation) -> [Element] {
        var pairs: [(String, String)] = evaluation.metrics.sorted { $0.key < $1.key }.map {
            ($0.key, Digits.short($0.value))
        }
        if let accuracy = evaluation.metrics["accuracy"], evaluation.count > 0 {
            let error = (accuracy * (1 - accuracy) / Double(evaluation.count)).squareRoot()
            pairs.append(("standard error of the accuracy", Digits.short(error)))
        }
        if let classes = evaluation.classes { pairs += scores(classes) }
        if let calibration = evaluation.calibration {
            pairs.append(("temperature", Digits.short(calibration.temperature)))
            pairs += scores(calibration.scores).map { ("\($0.0) at it", $0.1) }
        }
        return [
            .table(
                ["measure", "#value"], pairs.map { [$0.0, $0.1] },
                caption:
                    "Checkpoint \(evaluation.checkpoint.prefix(12)) at step \(Digits.grouped(evaluation.step)) on "
                    + "\(Digits.grouped(evaluation.count)) \(evaluation.split) examples")
        ]
    }

    private static func scores(_ scores: ClassScore) -> [(String, String)] {
        [
            ("negative log likelihood", scores.nll.map(Digits.short) ?? "none"),
            ("Brier score", Digits.short(scores.brier)),
            (
                "expected calibration error",
                "\(Digits.short(scores.ece)) (\(Digits.short(scores.eceLow)) to \(Digits.short(scores.eceHigh)))"
            ),
        ]
    }

    static func ensemble(_ ensemble: Ensemble) -> [Element] {
        let rows = ensemble.steps.map { step -> [String] in
            let member = ensemble.members.indices.contains(step.added) ? ensemble.members[step.added] : nil
            let own = member.flatMap { $0.classes?.accuracy ?? $0.numbers?.mse }
            let joint = step.classes?.accuracy ?? step.numbers?.mse
            return [
                String(step.size), member?.name ?? "", own.map(Digits.short) ?? "", joint.map(Digits.short) ?? "",
                step.classes?.nll.map(Digits.short) ?? "",
                step.errorReduction.map { Digits.percent($0, places: 1) } ?? "",
                step.comparison.map { "\($0.better)/\($0.worse)" } ?? "",
                step.comparison.map { Digits.short($0.pValue) } ?? "", step.stopsPaying ? "stopped paying" : "",
            ]
        }
        let isNumbers = ensemble.steps.contains { $0.numbers != nil }
        let measure = isNumbers ? "squared error" : "accuracy"
        let chart = Chart(
            .lines, x: "members", y: measure,
            series: [
                ChartSeries(
                    "together", x: ensemble.steps.map { Double($0.size) },
                    y: ensemble.steps.map { $0.classes?.accuracy ?? $0.numbers?.mse ?? .nan })
            ])
        let caption =
            "\(ensemble.members.count) networks together, on \(Digits.grouped(ensemble.count)) \(ensemble.split) answers"
        return [
            .table(
                [
                    "size", "added", "#alone", "#\(measure)", "#log likelihood", "#fewer errors", "#better/worse", "#p",
                    "remark",
                ], rows, caption: caption),
            .figure(Picture("ensemble", caption: caption, chart: chart), of: nil),
        ]
    }

    static func squeeze(_ squeeze: Squeeze) -> [Element] {
        var pairs = [
            ["squeezed", squeeze.source], ["numbers in all members", Digits.grouped(squeeze.memberParameters)],
        ]
        if let student = squeeze.student { pairs.append(["small network", student]) }
        if let count = squeeze.studentParameters, count > 0 {
            let factor = Double(squeeze.memberParameters) / Double(count)
            pairs.append(["its numbers", "\(Digits.grouped(count)), \(Digits.short(factor)) times fewer"])
        }
        return ensemble(squeeze.ensemble) + [.table(["squeeze", "#value"], pairs, caption: "Many into one")]
            + (squeeze.evaluation.map(evaluation) ?? [])
    }
}
