import Recipes

/// Rounds of improving the recipe: what was expected of the best change, and what came of it; of the newest round also what
/// more data, columns and several networks are worth.
struct ImprovementSection {
    /// The newest first.
    let rounds: [Improvement]

    var elements: [Element] {
        guard let newest = rounds.first else { return [] }
        return moreData(newest) + [outcomes] + foretold + made(newest) + plain(newest) + curve(newest) + inputs(newest)
            + ensemble(newest)
    }

    /// First, where it is more than any change of this or an earlier round has brought.
    private func moreData(_ round: Improvement) -> [Element] {
        let found = rounds.compactMap(\.outcome).filter { $0.verdict == .better }.map(\.gain).max() ?? 0
        guard let gain = round.learningCurve?.gain(beyond: found) else { return [] }
        return [
            .paragraph(
                "More data first: twice as much is predicted to take \(Digits.short(gain)) off the validation loss, more than "
                    + "any change that has been tried.", "")
        ]
    }

    private var outcomes: Element {
        let rows = rounds.flatMap { round -> [[String]] in
            guard !round.outcomes.isEmpty else {
                return [["none was expected to help", "", "", "", "", Digits.short(round.validationLoss)]]
            }
            return round.outcomes.map { outcome in
                [
                    "\(outcome.proposal.title) (\(outcome.proposal.id))", Digits.short(outcome.expected),
                    "\(Digits.short(outcome.gain)) (\(Digits.short(outcome.low)) to \(Digits.short(outcome.high)))",
                    outcome.verdict.rawValue, Digits.short(outcome.before), Digits.short(outcome.after),
                ]
            }
        }
        return .table(
            ["change", "#expected gain", "#gain (95 % interval)", "verdict", "#loss without", "#loss with"], rows,
            caption: "The best change of each round against none: same examples, seeds and steps")
    }

    /// C1: how well a quarter of the steps foretells a whole run.
    private var foretold: [Element] {
        let calibration = TrackRecord(rounds)
        guard calibration.known > 0 else { return [] }
        return [
            .paragraph("What was expected lay in the interval of what came: \(calibration.words).", "sub")
        ]
    }

    private func curve(_ round: Improvement) -> [Element] {
        guard let curve = round.learningCurve, curve.counts.count > 1 else { return [] }
        var more = curve.gain.map { "; twice as many are predicted to take \(Digits.short($0)) off" } ?? ""
        if let low = curve.low, let high = curve.high {
            more += ", to \(Digits.short(low)) to \(Digits.short(high))"
        }
        if let seeds = curve.seeds { more += "; \(seeds) \(seeds == 1 ? "run" : "runs") of each" }
        return [
            .figure(
                Picture(
                    "learning-curve", caption: "What training examples are worth\(more)",
                    chart: Chart(
                        .lines, x: "training examples", y: "validation loss", xIsLog: true,
                        series: [ChartSeries("loss", x: curve.counts.map(Double.init), y: curve.losses)])), of: nil)
        ]
    }

    /// R5: what made data is worth.
    private func made(_ round: Improvement) -> [Element] {
        guard let outcome = round.made else { return [] }
        let words =
            switch outcome.verdict {
            case .better: "made data helps."
            case .same: "no difference beyond chance."
            case .worse: "made data does harm; the recipe is better with `data.made: none`."
            }
        return [paragraph("\(outcome.proposal.title) (R5)", outcome, "the real ones alone", "both", words)]
    }

    /// O4: what a model of one's own is worth.
    private func plain(_ round: Improvement) -> [Element] {
        guard let outcome = round.plain else { return [] }
        let words =
            switch outcome.verdict {
            case .worse: "the recipe's own is better."
            case .same: "no difference beyond chance, so that the plain one is to be preferred."
            case .better: "the plain one is better."
            }
        return [paragraph("Against \(outcome.proposal.title) (O4)", outcome, "the recipe's own model", "that", words)]
    }

    /// A trial in words: its two losses, what lies between them, and the verdict.
    private func paragraph(
        _ title: String, _ outcome: ImprovementOutcome, _ own: String, _ other: String, _ verdict: String
    ) -> Element {
        .paragraph(
            "\(title): loss \(Digits.short(outcome.before)) with \(own), \(Digits.short(outcome.after)) with \(other) "
                + "(\(Digits.short(outcome.low)) to \(Digits.short(outcome.high)) less): \(verdict)", "")
    }

    private func inputs(_ round: Improvement) -> [Element] {
        guard let inputs = round.inputs, !inputs.isEmpty else { return [] }
        let rows = inputs.map { input in
            [
                input.columns.count > 1
                    ? "\(input.columns.first ?? "") … \(input.columns.last ?? "")" : input.columns.first ?? "",
                "\(Digits.short(input.gain)) (\(Digits.short(input.low)) to \(Digits.short(input.high)))",
                input.verdict.rawValue, Digits.short(input.loss),
            ]
        }
        return [
            .table(
                ["columns", "#gain (interval)", "verdict", "#loss with them"], rows,
                caption: "Columns one after the other: what each adds to those before it (O8)")
        ]
    }

    private func ensemble(_ round: Improvement) -> [Element] {
        guard let trial = round.ensemble else { return [] }
        func figure(_ value: Double) -> String {
            trial.isShare ? Digits.percent(value, places: 2) : Digits.short(value)
        }
        let rows =
            [["1", figure(trial.single), "", ""]]
            + trial.gains.map { gain in
                [
                    "\(gain.members)", figure(gain.error),
                    "\(figure(gain.gain)) (\(figure(gain.low)) to \(figure(gain.high)))",
                    trial.single > 0 ? Digits.percent(gain.gain / trial.single, places: 0) : "",
                ]
            }
        return [
            .table(
                ["#networks", "#error", "#less than one by (interval)", "#of its errors"], rows,
                caption: "The mean answer of networks with seeds of their own (Q1)")
        ]
    }
}
