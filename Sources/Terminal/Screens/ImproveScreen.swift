import Recipes

/// What a round of improving a recipe found, and the ledger of all of them.
public enum ImproveScreen {
    public static func lines(_ round: Improvement) -> [Line] {
        var lines: [Line] = []
        let curve = round.learningCurve
        let found = round.outcome.flatMap { $0.verdict == .better ? $0.gain : nil } ?? 0
        if let gain = curve?.gain, gain > found, gain > 0 {
            let text =
                "More data first: twice as much is predicted to take \(Number.short(gain)) off the validation loss, more "
                + "than any change here."
            lines.append(Line(text, .caution))
        }
        let losses =
            "training loss \(Number.short(round.trainingLoss)), validation loss \(Number.short(round.validationLoss)) at best"
        lines.append(Line("As it is: \(losses), \(Number.grouped(round.steps)) steps"))
        lines += round.tried.map(line)
        if let outcome = round.outcome {
            lines += self.lines(outcome)
        } else {
            lines.append(Line("No change was expected to help.", .bold))
        }
        if let curve {
            let points = zip(curve.counts, curve.losses).map { "\(Number.grouped($0)): \(Number.short($1))" }
            lines.append(Line("Learning curve, examples and validation loss: \(points.joined(separator: ", "))"))
            let words = curve.twice.map { "  twice the data: \(Number.short($0)) predicted" }
            lines.append(Line(words ?? "  no curve fits: more of this data is not predicted to help"))
        }
        return lines
    }

    private static func line(_ tried: TriedProposal) -> Line {
        var line = Line([
            Cell("  " + tried.proposal.id.padded(to: 5), .bold), Cell(tried.proposal.kind.padded(to: 14)),
            Cell(tried.proposal.title.padded(to: 44)), Cell(" "),
        ])
        if let expected = tried.expected {
            line += Cell("expected \(signed(expected))", expected > 0 ? .good : .dim)
        } else {
            line += Cell(tried.refusal ?? "", .dim)
        }
        return line
    }

    private static func lines(_ outcome: ImprovementOutcome) -> [Line] {
        let style: Style = outcome.verdict == .better ? .good : outcome.verdict == .worse ? .bad : .plain
        let verdict = outcome.verdict == .same ? "no difference beyond chance" : outcome.verdict.rawValue
        var line = Line([Cell("Tried: ", .bold), Cell(outcome.proposal.title)])
        line += Cell(
            ": loss \(Number.short(outcome.before)) to \(Number.short(outcome.after)), \(signed(outcome.gain))")
        line += Cell(" (\(signed(outcome.low)) to \(signed(outcome.high))), expected \(signed(outcome.expected)): ")
        line += Cell(verdict, style)
        guard outcome.verdict == .better else { return [line] }
        let set = outcome.proposal.overrides.sorted { $0.key < $1.key }
        return [line] + set.map { Line("  --set '\($0.key)=\($0.value)'", .good) }
    }

    public static func ledger(_ rounds: [(name: String, round: Improvement)], now: Int) -> Table {
        let columns = [
            Column("WHEN"), Column("RECIPE", shrinks: true), Column("CHANGE"), Column("EXPECTED", .right),
            Column("CAME", .right), Column("VERDICT"),
        ]
        return Table(
            columns,
            rows: rounds.map { name, round -> [Cell] in
                let when = Cell(Span.relative(round.timeUsec, now: now))
                guard let outcome = round.outcome else { return [when, Cell(name), "none", "", "", ""] }
                return [
                    when, Cell(name), Cell(outcome.proposal.kind), Cell(signed(outcome.expected)),
                    Cell(signed(outcome.gain)), Cell(outcome.verdict.rawValue),
                ]
            })
    }

    /// How good the expectations were.
    public static func calibration(_ rounds: [Improvement]) -> String {
        let outcomes = rounds.compactMap(\.outcome)
        guard !outcomes.isEmpty else { return "" }
        let right = outcomes.count { $0.gain > 0 }
        let expected = outcomes.reduce(0) { $0 + $1.expected }
        let came = outcomes.reduce(0) { $0 + $1.gain }
        return
            "\(right) of \(counted(outcomes.count, "expected gain")) came; in all \(signed(came)) of \(signed(expected))"
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + Number.short(value) }
}
