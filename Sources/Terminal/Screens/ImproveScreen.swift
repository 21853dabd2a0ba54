import Recipes

/// What a round of improving a recipe found, and the ledger of all of them.
public enum ImproveScreen {
    /// - Parameter width: columns of the screen, which the list of what was tried is cut to.
    public static func lines(_ round: Improvement, width: Int? = nil) -> [Line] {
        var lines: [Line] = []
        let curve = round.learningCurve
        let found = round.outcome.flatMap { $0.verdict == .better ? $0.gain : nil } ?? 0
        if let gain = curve?.gain(beyond: found) {
            let text =
                "More data first: twice as much is predicted to take \(Number.short(gain)) off the validation loss, more "
                + "than any change here."
            lines.append(Line(text, .caution))
        }
        let losses =
            "training loss \(Number.short(round.trainingLoss)), validation loss \(Number.short(round.validationLoss)) at best"
        lines.append(Line("As it is: \(losses), \(Number.grouped(round.steps)) steps"))
        if let tuning = round.tuning { lines += self.lines(tuning) } else { lines += tried(round.tried, width) }
        if let outcome = round.outcome {
            lines += self.lines(outcome)
        } else if round.made == nil || !round.tried.isEmpty {
            let words = round.tuning == nil ? "No change was expected to help." : "No trial was better than the recipe."
            lines.append(Line(words, .bold))
        }
        if let stopping = round.stopping {
            lines.append(
                Line(
                    "Past step \(Number.grouped(stopping.step)) of \(Number.grouped(round.steps)) the validation loss rose by "
                        + "\(Number.short(stopping.gain)) (\(Number.short(stopping.low)) to \(Number.short(stopping.high))): a "
                        + "job keeps its best checkpoint, so nothing is lost, and `stop: {patience: …}` ends it there (R14)"
                ))
        }
        if let made = round.made { lines += self.lines(made: made) }
        if let plain = round.plain { lines += self.lines(plain: plain) }
        lines += self.lines(of: round.inputs ?? [])
        if let ensemble = round.ensemble { lines += self.lines(ensemble) }
        if let curve {
            let points = zip(curve.counts, curve.losses).map { "\(Number.grouped($0)): \(Number.short($1))" }
            lines.append(Line("Learning curve, examples and validation loss: \(points.joined(separator: ", "))"))
            lines.append(Line(words(curve)))
        }
        return lines + (round.notes ?? []).map { Line($0, .dim) }
    }

    private static func lines(_ tuning: Tuning) -> [Line] {
        let finite = tuning.trials.count { !$0.losses.isEmpty }
        let rungs = tuning.rungs.map(Number.grouped).joined(separator: ", ")
        var lines = [
            Line("\(counted(tuning.trials.count, "random trial")), \(finite) of them finite; rungs of \(rungs) steps")
        ]
        guard finite > 0 else {
            lines.append(Line("Every trial ran away: begin with a smaller rate (T1)", .bad))
            return lines
        }
        for axis in tuning.axes {
            var line = Line([
                Cell("  " + axis.number.rawValue.padded(to: 8), .bold),
                Cell("\(Number.short(axis.low)) to \(Number.short(axis.high))"),
            ])
            if let best = axis.best { line += Cell(", best \(Number.short(best))") }
            if let importance = axis.importance {
                line += Cell(", explains \(Number.short(100 * importance)) % of the trials' ranks (T3)", .dim)
            }
            if axis.isAtEdge {
                line += Cell(": at the edge of the box; begin from there and tune again (T1)", .caution)
            }
            lines.append(line)
        }
        for trial in tuning.trials.prefix(5) {
            let values = zip(tuning.axes, trial.values).map { "\($0.number.rawValue) \(Number.short($1))" }
            let losses = trial.losses.map(Number.short).joined(separator: ", ")
            lines.append(Line("  \(values.joined(separator: ", ")): \(losses)"))
        }
        lines.append(Line("  as it is: \(tuning.base.map(Number.short).joined(separator: ", "))", .dim))
        return lines
    }

    private static func words(_ curve: LearningCurve) -> String {
        var words = "  no curve fits: more of this data is not predicted to help"
        if let twice = curve.twice {
            words = "  twice the data: \(Number.short(twice)) predicted"
            if let low = curve.low, let high = curve.high {
                words += " (\(Number.short(low)) to \(Number.short(high)))"
            }
        }
        guard let seeds = curve.seeds else { return words }
        words += ", \(counted(seeds, "seed")) a share"
        if let wanted = curve.wantedSeeds, seeds < wanted { words += ": the budget had no room for \(wanted)" }
        return words
    }

    private static func lines(of inputs: [InputGain]) -> [Line] {
        guard !inputs.isEmpty else { return [] }
        let width = min(40, inputs.map { name($0).count }.max() ?? 0)
        return [Line("Columns, one after the other, and what each adds (O8):")]
            + inputs.map { input in
                var line = Line([
                    Cell("  " + name(input).padded(to: width), .bold),
                    Cell("  \(signed(input.gain)) (\(signed(input.low)) to \(signed(input.high))): "),
                ])
                switch input.verdict {
                case .better: line += Cell("better", .good)
                case .same: line += Cell("no gain beyond chance", .dim)
                case .worse: line += Cell("worse: leave it out of the file", .bad)
                }
                return line
            }
    }

    /// Made data has to beat the real examples alone.
    private static func lines(made outcome: ImprovementOutcome) -> [Line] {
        var line = Line([Cell("Made data", .bold), Cell(" (R5): \(outcome.proposal.title): ")])
        line += Cell("\(losses(outcome, "the real ones alone", "both")), expected \(signed(outcome.expected)): ")
        switch outcome.verdict {
        case .better: line += Cell("better", .good)
        case .same: line += Cell("no difference beyond chance", .caution)
        case .worse: line += Cell("worse: the network is better off without them", .bad)
        }
        guard outcome.verdict == .worse else { return [line] }
        return [line, Line("  --set data.made=none", .good)]
    }

    private static func losses(_ outcome: ImprovementOutcome, _ own: String, _ other: String) -> String {
        "loss \(Number.short(outcome.before)) with \(own), \(Number.short(outcome.after)) with \(other), "
            + "\(signed(outcome.gain)) (\(signed(outcome.low)) to \(signed(outcome.high)))"
    }

    /// The recipe's model is the hero, and the catalogue's the one to beat.
    private static func lines(plain outcome: ImprovementOutcome) -> [Line] {
        var line = Line("Against \(outcome.proposal.title) (O4): ")
        line += Cell("\(losses(outcome, "the recipe's own", "that")): ")
        switch outcome.verdict {
        case .worse: line += Cell("the recipe's own is better", .good)
        case .same: line += Cell("no difference beyond chance: take the plain one", .caution)
        case .better: line += Cell("do not be a hero: the plain one is better", .caution)
        }
        guard outcome.verdict != .worse else { return [line] }
        let set = outcome.proposal.overrides.sorted { $0.key < $1.key }
        return [line] + set.map { Line("  --set '\($0.key)=\($0.value)'", .good) }
    }

    private static func name(_ input: InputGain) -> String {
        guard let first = input.columns.first, let last = input.columns.last, input.columns.count > 1 else {
            return input.columns.first ?? ""
        }
        return "\(first) … \(last)"
    }

    private static func lines(_ trial: EnsembleTrial) -> [Line] {
        let what = trial.isShare ? "wrong" : "squared error"
        let figure = { (value: Double) in trial.isShare ? "\(Number.short(100 * value)) %" : Number.short(value) }
        var line = Line("Together, \(what) (Q1): 1 network \(figure(trial.single))")
        for gain in trial.gains {
            let part = trial.single > 0 ? " (\(signed(-100 * gain.gain / trial.single)) % of it)" : ""
            line += Cell(", \(gain.members) \(figure(gain.error))\(part)", gain.low > 0 ? .good : .plain)
        }
        guard let proposal = trial.proposal else {
            line += Cell(": no better beyond chance", .dim)
            return [line]
        }
        let set = proposal.overrides.sorted { $0.key < $1.key }.map { "--set \($0.key)=\($0.value)" }
        return [line, Line("  " + set.joined(separator: " "), .good)]
    }

    /// A line each. Where the screen is too narrow titles are cut first, as far as they can still be told apart.
    private static func tried(_ tried: [TriedProposal], _ width: Int?) -> [Line] {
        let ends = tried.map(end)
        var titles = 44
        if let width {
            // A refusal may be a sentence.
            let longest = zip(tried, ends).filter { $0.0.expected != nil }.map { $0.1.columns }.max() ?? 0
            titles = max(16, min(titles, width - 22 - longest))
        }
        return zip(tried, ends).map { one, end in
            let title = width == nil ? one.proposal.title : one.proposal.title.cut(to: titles)
            let begin = Line([
                Cell("  " + one.proposal.id.padded(to: 5), .bold), Cell(one.proposal.kind.padded(to: 14)),
                Cell(title.padded(to: titles)), Cell(" "),
            ])
            return (begin + end).cut(to: width)
        }
    }

    /// What a proposal is expected to bring, or why it was not tried.
    private static func end(_ tried: TriedProposal) -> Line {
        guard let expected = tried.expected else { return Line(tried.refusal ?? "", .dim) }
        var line = Line("expected \(signed(expected))", expected > 0 ? .good : .dim)
        if let cost = tried.cost, cost < 0.9 || cost > 1.1 {
            line += Cell(" at \(Number.short(cost)) times the work", .dim)
        }
        if tried.isCheaper { line += Cell(": no worse beyond chance", .dim) }
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
        if let before = outcome.beforeStep, let after = outcome.afterStep, before != after {
            line += Cell(" (at best at step \(Number.grouped(after)), without it at \(Number.grouped(before)))", .dim)
        }
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
            rows: rounds.flatMap { name, round -> [[Cell]] in
                let when = Cell(Span.relative(round.timeUsec, now: now))
                guard !round.outcomes.isEmpty else { return [[when, Cell(name), "none", "", "", ""]] }
                return round.outcomes.map { outcome in
                    [
                        when, Cell(name), Cell(outcome.proposal.kind), Cell(signed(outcome.expected)),
                        Cell(signed(outcome.gain)), Cell(outcome.verdict.rawValue),
                    ]
                }
            })
    }

    /// How good the expectations were.
    public static func calibration(_ rounds: [Improvement]) -> String {
        let outcomes = rounds.flatMap(\.outcomes)
        guard !outcomes.isEmpty else { return "" }
        // What is made may be expected to do harm.
        let right = outcomes.count { ($0.gain > 0) == ($0.expected > 0) }
        let expected = outcomes.reduce(0) { $0 + $1.expected }
        let came = outcomes.reduce(0) { $0 + $1.gain }
        return
            "\(right) of \(counted(outcomes.count, "expected change")) came; in all \(signed(came)) of \(signed(expected)). "
            + "What was expected lay in the interval of what came: \(TrackRecord(rounds).words)."
    }

    /// How well recipes foretold their runs (`expect`).
    public static func calibration(ofRecipes calibration: TrackRecord, open: Int) -> String {
        let rest = open > 0 ? "; \(open) not known yet" : ""
        guard calibration.known > 0 else {
            return "No recipe's `expect` has come to an outcome\(rest): write one before a run"
        }
        return "Your own expectations (`expect`) came true: \(calibration.words)\(rest)."
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + Number.short(value) }
}
