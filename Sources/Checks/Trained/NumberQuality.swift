import Networks
import Recipes
import Training

/// K3, K4 and D17 of a network that predicts numbers, or says several yes or no.
struct NumberQuality {
    let answers: TrainedAnswers
    let bench: Bench
    let model: Training.Model

    var results: [CheckResult] {
        let inconsistent = CheckResult.skip("D17", "It is about classes, and the answers are numbers.")
        let loss = answers.score.metrics(model.lossKind).first { $0.name == "loss" }?.value ?? .nan
        guard model.lossKind != .binaryCrossEntropy, answers.targets.count == answers.numbers.count else {
            let share = answers.score.metrics(model.lossKind).first { $0.name == "accuracy" }?.value ?? .nan
            let count = Double(max(answers.score.count, 1)) * Double(model.network.plan.answersPerTarget)
            let error = (max(share * (1 - share), 0) / count).squareRoot()
            return [
                lossResult(loss),
                CheckResult(
                    "K4", .pass, .statistic,
                    "\(Worded.percent(share)) ± \(Worded.percent(error)) of the answers, yes or no, are right.",
                    numbers: [
                        CheckNumber("accuracy", share * 100, unit: "%"),
                        CheckNumber("standard error", error * 100, unit: "%"), CheckNumber("loss", loss),
                        CheckNumber("examples", Double(answers.score.count)),
                    ]), inconsistent,
            ]
        }
        return [lossResult(loss), quality, inconsistent]
    }

    private func lossResult(_ loss: Double) -> CheckResult {
        CheckResult(
            "K3", .pass, .statistic,
            "The mean loss of \(Worded.plural(answers.score.count, "validation example")) is \(Worded.number(loss)).",
            numbers: [CheckNumber("loss", loss), CheckNumber("examples", Double(answers.score.count))])
    }

    /// Squared error with its standard error, against the mean of the targets; answers over targets, which lie on the
    /// diagonal where all is right.
    private var quality: CheckResult {
        let width = max(model.network.plan.outputCount, 1)
        let count = answers.targets.count / width
        let squares = (0..<count).map { row -> Double in
            (row * width..<(row + 1) * width).reduce(0.0) {
                let error = Double(answers.numbers[$1]) - Double(answers.targets[$1])
                return $0 + error * error
            } / Double(width)
        }
        let error = MeanError(squares)
        var spread = 0.0
        for column in 0..<width {
            let values = (0..<count).map { Double(answers.targets[$0 * width + column]) }
            let mean = MeanError(values).mean
            spread += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(count, 1)) / Double(width)
        }
        let shown = bench.sampled(1_000, of: count, stream: 3).map { Int($0) * width }
        bench.draw(
            Picture(
                "answers", caption: "Answers over targets of validation examples: on the diagonal they are right",
                chart: Chart(
                    .points, x: "target", y: "answer",
                    series: [
                        ChartSeries(
                            "examples", x: shown.map { Double(answers.targets[$0]) },
                            y: shown.map { Double(answers.numbers[$0]) })
                    ])), for: "K4")
        let differences = (0..<count).map { Double(answers.numbers[$0 * width]) - Double(answers.targets[$0 * width]) }
        bench.draw(
            Picture(
                "residuals", caption: "Answers less targets",
                chart: ValueBins(differences, bins: 30, name: "examples").chart(x: "answer less target")), for: "K4")
        let explained = spread > 0 ? 1 - error.mean / spread : 0
        return CheckResult(
            "K4", .pass, .statistic,
            "The squared error of \(Worded.plural(count, "validation example")) is \(Worded.number(error.mean)) ± "
                + "\(Worded.number(error.error)): \(Worded.percent(explained)) of the targets' variance is explained.",
            numbers: [
                CheckNumber("squared error", error.mean), CheckNumber("standard error", error.error),
                CheckNumber("variance of the targets", spread), CheckNumber("explained", explained * 100, unit: "%"),
                CheckNumber("examples", Double(count)),
            ])
    }
}
