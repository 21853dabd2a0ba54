import Recipes

/// Rounds of improving the recipe: what was expected of the best change, and what came of it.
struct ImprovementSection {
    let rounds: [Improvement]

    var elements: [Element] {
        guard !rounds.isEmpty else { return [] }
        let rows = rounds.map { round -> [String] in
            guard let outcome = round.outcome else {
                return ["none was expected to help", "", "", "", "", Digits.short(round.validationLoss)]
            }
            return [
                "\(outcome.proposal.title) (\(outcome.proposal.id))", Digits.short(outcome.expected),
                "\(Digits.short(outcome.gain)) (\(Digits.short(outcome.low)) to \(Digits.short(outcome.high)))",
                outcome.verdict.rawValue, Digits.short(outcome.before), Digits.short(outcome.after),
            ]
        }
        let table = Element.table(
            ["change", "#expected gain", "#gain (95 % interval)", "verdict", "#loss without", "#loss with"], rows,
            caption: "The best change of each round against none: same examples, seeds and steps")
        guard let curve = rounds.first?.learningCurve, curve.counts.count > 1 else { return [table] }
        let more = curve.gain.map { "; twice as many are predicted to take \(Digits.short($0)) off" } ?? ""
        return [
            table,
            .figure(
                Picture(
                    "learning-curve", caption: "What training examples are worth\(more)",
                    chart: Chart(
                        .lines, x: "training examples", y: "validation loss", xIsLog: true,
                        series: [ChartSeries("loss", x: curve.counts.map(Double.init), y: curve.losses)])), of: nil),
        ]
    }
}
