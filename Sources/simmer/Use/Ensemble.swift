import ArgumentParser
import Recipes
import Terminal
import Wire

struct EnsembleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ensemble", abstract: "Measure several checkpoints together.",
        discussion: """
            EXAMPLES:
              simmer ensemble a@best b@best c@best --on test
              simmer ensemble a@best b@best c@best d@best --on test --greedy --calibrate
              simmer ensemble a@1000 a@2000 a@3000 --combine average_weights
              simmer ensemble a@best a@best/ema-0.999 b@last/swa
              simmer ensemble trunk --snapshots 5 --on test
              simmer ensemble five
              simmer ensemble five other@best --on test

            An ensemble that was trained as one job (`kind: ensemble`) stands for the best checkpoints of its members; \
            alone and without options, its report is shown again.

            The members must know the same inputs and classes; what differs is named. They are measured on the data of \
            the first one's job: a row for the first alone, for two, and so on. ALONE is what the added member is \
            worth alone. FEWER is the share of the first row's errors that is gone. +/- are the answers that are right \
            only now and only before, P how likely so uneven a split of them is by chance (McNemar's exact test; of \
            numbers the sign test of the errors). The first row that is no better than the one before, by that test at \
            5 %, is marked.

            --snapshots takes checkpoints of one job, and the ends of its harvests: first the one with the least loss on \
            the validation split, then each time the one that leaves the least together with those before. How often each \
            two of them name different classes is shown: snapshots that agree in everything add nothing.

            --combine says how answers are put together: the mean of the probabilities, of the logits, or a vote. \
            average_weights is one network of the mean weights instead; its members must come from one job, from \
            branches of it, or from fine-tunings of one network. Statistics of batch normalisation are then measured anew on the training examples.
            """)

    @Argument(help: "The checkpoints, two or more, or ensembles.", completion: Completions.checkpoints)
    var members: [String]

    @Option(help: "validation or test; validation by default.")
    var on: Split?

    @Option(
        help: ArgumentHelp(
            "probabilities, logits, vote or average_weights; probabilities by default.", valueName: "way"))
    var combine: Combination?

    @Flag(help: "Add in each round the member that leaves the validation loss lowest, instead of the order given.")
    var greedy = false

    @Flag(help: "Fit a temperature for each row on the validation split, and show what it does.")
    var calibrate = false

    @Option(help: ArgumentHelp("Choose so many of one job's checkpoints.", valueName: "n"))
    var snapshots: Int?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    enum Split: String, ExpressibleByArgument, CaseIterable { case validation, test }

    enum Combination: String, ExpressibleByArgument, CaseIterable {
        case probabilities, logits, vote
        case weights = "average_weights"

        var method: EnsembleMethod {
            switch self {
            case .probabilities: .averageProbabilities
            case .logits: .averageLogits
            case .vote: .vote
            case .weights: .averageWeights
            }
        }
    }

    func validate() throws {
        guard let snapshots else { return }
        guard (2...TeacherRecord.most).contains(snapshots) else {
            throw ValidationError("--snapshots is 2 to \(TeacherRecord.most).")
        }
        guard members.count == 1 else { throw ValidationError("--snapshots takes one job: name only that.") }
    }

    func run() throws {
        let screen = common.screen
        if let kept = try keptReport() { return try show(kept, screen) }
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = CreateEnsemble.Input(
            members: members, method: combine?.method, split: on?.rawValue, greedy: greedy ? true : nil,
            calibrate: calibrate ? true : nil, snapshots: snapshots)
        var measured: Ensemble?
        try common.daemon().stream(CreateEnsemble.self, input, silence: 3600) { output in
            meter.show(output.progress)
            measured = output.ensemble ?? measured
            return true
        }
        meter.clear()
        guard let measured else { throw Complaint("the daemon ended the ensemble without a result") }
        try show(measured, screen)
        if !screen.json, on != .test, greedy || calibrate || snapshots != nil {
            screen.note("what is chosen by the validation split looks better on it than it is: see --on test")
        }
    }

    /// What an ensemble that is named alone has come to; nil where something is to be measured.
    private func keptReport() throws -> Ensemble? {
        guard snapshots == nil, members.count == 1, let member = members.first else { return nil }
        var parts: [JobSummary]?
        if !member.contains("@"), !member.contains(":") {
            do {
                let job = try common.daemon().job(member)
                if on == nil, combine == nil, !greedy, !calibrate, let kept = job.ensemble { return kept }
                parts = job.parts
            } catch SimmerError.noSuchJob {
                // The id or the tag of a checkpoint.
            }
        }
        guard parts != nil else {
            throw ValidationError("An ensemble of one is that checkpoint: 'simmer evaluate' measures it.")
        }
        return nil
    }

    private func show(_ measured: Ensemble, _ screen: Screen) throws {
        if screen.json { return try screen.put(json: measured) }
        screen.put(EnsembleTable.table(measured, references: members), header: !table.noHeader)
        if let disagreement = measured.disagreement {
            screen.put("")
            screen.put(EnsembleTable.table(disagreement, of: measured), header: !table.noHeader)
        }
        EnsembleTable.remarks(measured).forEach { screen.note($0) }
    }
}

/// One row for each size of an ensemble.
enum EnsembleTable {
    /// What the table says, in words.
    static func remarks(_ measured: Ensemble) -> [String] {
        [paying(measured), rejection(measured)].compactMap { $0 }
    }

    private static func paying(_ measured: Ensemble) -> String {
        let right = measured.steps.contains { $0.numbers != nil } ? "nearer answers" : "right answers"
        let what = measured.split + " of " + Number.grouped(measured.count) + " answers"
        if let step = measured.steps.first(where: \.stopsPaying) {
            return "\(what): what member \(step.size) adds in \(right) is within chance"
        }
        return "\(what): each member added \(right)"
    }

    /// Whether one member alone is the better network: by the likelihood, else by the wrong answers or the squared error.
    private static func rejection(_ measured: Ensemble) -> String? {
        func loss(_ classes: ClassScore?, _ numbers: NumberScore?) -> Double? {
            numbers?.mse ?? classes.map { $0.nll ?? 1 - $0.accuracy }
        }
        let chosen = measured.steps.compactMap { step in
            measured.members.indices.contains(step.added) ? measured.members[step.added] : nil
        }
        let alone = chosen.compactMap { member in loss(member.classes, member.numbers).map { (member.name, $0) } }
        guard let last = measured.steps.last, let together = loss(last.classes, last.numbers),
            let best = alone.min(by: { $0.1 < $1.1 }), best.1 < together
        else { return nil }
        let kind = last.numbers != nil ? "squared error" : last.classes?.nll != nil ? "loss" : "share of wrong answers"
        return "together they are worse than \(best.0) alone, a \(kind) of \(Number.short(together)) against "
            + "\(Number.short(best.1)): use that one"
    }

    /// - Parameter references: what the user called the members; where ensembles are among them, `job@step` is shown.
    static func table(_ ensemble: Ensemble, references: [String] = []) -> Table {
        let names = references.count == ensemble.members.count ? references : ensemble.members.map(\.name)
        let isNumbers = ensemble.steps.contains { $0.numbers != nil }
        let own =
            isNumbers
            ? [Column("ALONE", .right, yields: 1), Column("MSE", .right), Column("MAE", .right)]
            : [
                Column("ALONE", .right, yields: 1), Column("ACCURACY", .right), Column("NLL", .right, optional: true),
                Column("BRIER", .right, yields: 2), Column("ECE", .right), Column("95 %", yields: 3),
            ]
        let calibrated = [
            Column("TEMPERATURE", .right, optional: true, yields: 5),
            Column("NLL AT IT", .right, optional: true, yields: 6),
            Column("ECE AT IT", .right, optional: true, yields: 7),
        ]
        let columns =
            [Column("SIZE", .right), Column("ADDED", shrinks: true)] + own + calibrated + [
                Column("FEWER", .right), Column("+/-", .right, yields: 4), Column("P", .right),
                Column("", optional: true),
            ]
        let rows = ensemble.steps.map { step in
            [Cell(String(step.size)), Cell(names.indices.contains(step.added) ? names[step.added] : "")]
                + scores(step, ensemble) + calibration(step) + comparison(step)
        }
        return Table(columns, rows: rows)
    }

    /// How often each two of the chosen differ.
    static func table(_ disagreement: [Double], of ensemble: Ensemble) -> Table {
        let names = ensemble.steps.map { step in
            ensemble.members.indices.contains(step.added) ? ensemble.members[step.added].name : ""
        }
        let rows = names.indices.map { index in
            let own = disagreement.dropFirst(index * names.count).prefix(names.count)
            return [Cell(names[index], .bold)]
                + own.enumerated().map { $0 == index ? Cell("") : Cell(Number.percent($1, digits: 2)) }
        }
        let columns = names.indices.map { Column("TO \($0 + 1)", .right, yields: $0 + 1) }
        return Table([Column("DISAGREES", shrinks: true)] + columns, rows: rows)
    }

    private static func scores(_ step: EnsembleStep, _ ensemble: Ensemble) -> [Cell] {
        let member = ensemble.members.indices.contains(step.added) ? ensemble.members[step.added] : nil
        if let numbers = step.numbers {
            return [
                Cell(member?.numbers.map { Number.short($0.mse) } ?? ""), Cell(Number.short(numbers.mse), .bold),
                Cell(Number.short(numbers.mae)),
            ]
        }
        guard let classes = step.classes else { return [Cell](repeating: "", count: 6) }
        return [
            Cell(member?.classes.map { Number.percent($0.accuracy, digits: 2) } ?? ""),
            Cell(Number.percent(classes.accuracy, digits: 2), .bold), Cell(classes.nll.map(Number.short) ?? ""),
            Cell(Number.short(classes.brier)), Cell(Number.short(classes.ece)),
            Cell("\(Number.short(classes.eceLow)) to \(Number.short(classes.eceHigh))"),
        ]
    }

    private static func calibration(_ step: EnsembleStep) -> [Cell] {
        guard let calibration = step.calibration else { return ["", "", ""] }
        return [
            Cell(Number.short(calibration.temperature)), Cell(calibration.scores.nll.map(Number.short) ?? ""),
            Cell(Number.short(calibration.scores.ece)),
        ]
    }

    private static func comparison(_ step: EnsembleStep) -> [Cell] {
        guard let comparison = step.comparison else { return ["", "", "", ""] }
        return [
            Cell(step.errorReduction.map { Number.percent($0) } ?? ""),
            Cell("\(comparison.better)/\(comparison.worse)"), Cell(Number.short(comparison.pValue)),
            step.stopsPaying ? Cell("stopped paying", .caution) : "",
        ]
    }
}
