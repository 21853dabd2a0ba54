import ArgumentParser
import Recipes
import Terminal
import Wire

struct GradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grade", abstract: "Compare a student with its teachers, and with a twin without any.",
        discussion: """
            EXAMPLES:
              simmer grade small --train-twin
              simmer grade small --twin small-twin
              simmer grade small@best --twin small-twin@best --on validation --json

            The student is a job of 'simmer distill'; its name stands for its last checkpoint. Its twin has learned from \
            the labels alone, for the same steps: --train-twin trains one first, and waits for it. Measured are the \
            networks, what a temperature fitted on validation makes of them, how often student and teachers name the same \
            class and how far their probabilities are apart (DIVERGENCE, in nats), and what became of each class: \
            RECOVERED is the part of what the teachers are ahead of the twin that the student has. +/- are the answers \
            that only the student has right and only the other, P how likely so uneven a split of them is by chance.

            The verdict is on student and twin: pass where the student is better with a confidence of 97.5 % (McNemar's \
            exact test, one-sided), undecided where it has more right answers within chance, fail where it has no more; \
            then the exit status is 8.
            """)

    @Argument(help: "The student: a job, or one of its checkpoints.", completion: Completions.checkpoints)
    var student: String

    @Option(
        help: ArgumentHelp(
            "What learned the same from the labels alone: a job, or one of its checkpoints.", valueName: "job"),
        completion: Completions.checkpoints)
    var twin: String?

    @Flag(help: "Train a twin: a job of the same recipe, seed and steps, without the teachers.")
    var trainTwin = false

    @Option(help: "test or validation; test where the recipe has test data.")
    var on: Split?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    enum Split: String, ExpressibleByArgument, CaseIterable { case test, validation }

    func validate() throws {
        guard twin == nil || !trainTwin else { throw ValidationError("Name a twin, or have one trained.") }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        var twin = twin
        if trainTwin { twin = try train(daemon, screen) }
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = GradeStudent.Input(student: student, twin: twin, split: on?.rawValue)
        var measured: StudentGrade?
        try daemon.stream(GradeStudent.self, input, silence: 3600) { output in
            meter.show(output.progress)
            measured = output.grade ?? measured
            return true
        }
        meter.clear()
        guard let measured else { throw Complaint("the daemon ended the grade without a result") }
        screen.note(FindingText.lines(measured.findings, file: nil))
        if screen.json {
            try screen.put(json: measured)
        } else {
            GradeScreen(grade: measured, header: !table.noHeader).put(screen)
        }
        if measured.verdict?.outcome == .fail { throw Ending(code: .problems) }
    }

    /// - Returns: what the twin is called.
    private func train(_ daemon: Daemon, _ screen: Screen) throws -> String {
        let name = student.split(separator: "@", maxSplits: 1).first.map(String.init) ?? student
        let reply = try daemon.call(TwinJob.self, .init(student: name, requestId: Daemon.requestId()))
        screen.note("job \(reply.job.id) '\(reply.job.name.escaped())' trains without the teachers")
        let last = try JobFollower.follow(
            job: reply.job.id, name: reply.job.name, daemon: daemon, screen: screen,
            display: screen.isLive ? .live : .nothing)
        try last.requireSuccess()
        // The same kind of checkpoint as the student's: `@best` against `@best`.
        let suffix = student.dropFirst(name.count)
        return last.name + (suffix == "@best" ? suffix : "")
    }
}

/// A grade as a person reads it.
private struct GradeScreen {
    let grade: StudentGrade
    let header: Bool

    func put(_ screen: Screen) {
        screen.put("\(grade.split) of \(Number.grouped(grade.count)) answers")
        screen.put(networks, header: header)
        screen.put("")
        screen.put(agreements, header: header)
        screen.put("")
        screen.put(classes, header: header)
        screen.put("")
        screen.put(verdict)
    }

    private var networks: Table {
        let columns = [
            Column("NETWORK"), Column("NAME", shrinks: true), Column("ACCURACY", .right), Column("NLL", .right),
            Column("BRIER", .right, yields: 4), Column("ECE", .right, yields: 3),
            Column("TEMPERATURE", .right, optional: true, yields: 5),
            Column("NLL AT IT", .right, optional: true, yields: 2),
            Column("BRIER AT IT", .right, optional: true, yields: 7),
            Column("ECE AT IT", .right, optional: true, yields: 6), Column("+/-", .right), Column("P", .right),
            Column("PARAMETERS", .right), Column("SIZE", .right, yields: 8), Column("A SECOND", .right, yields: 1),
        ]
        return Table(
            columns,
            rows: grade.networks.map { cells($0) })
    }

    private func cells(_ network: GradedNetwork) -> [Cell] {
        let scores: [Cell] = [
            Cell(Number.percent(network.scores.accuracy, digits: 2), .bold),
            Cell(network.scores.nll.map(Number.short) ?? ""), Cell(Number.short(network.scores.brier)),
            Cell(Number.short(network.scores.ece)),
        ]
        var fitted: [Cell] = ["", "", "", ""]
        if let calibration = network.calibration {
            fitted = [
                Cell(Number.short(calibration.temperature)), Cell(calibration.scores.nll.map(Number.short) ?? ""),
                Cell(Number.short(calibration.scores.brier)), Cell(Number.short(calibration.scores.ece)),
            ]
        }
        var compared: [Cell] = ["", ""]
        if let comparison = network.comparison {
            compared = [Cell("\(comparison.better)/\(comparison.worse)"), Cell(Number.short(comparison.pValue))]
        }
        let costs: [Cell] = [
            Cell(Number.grouped(network.parameterCount)), Cell(Size.text(network.sizeBytes)),
            Cell(Number.grouped(Int(network.answersPerSecond))),
        ]
        return [Cell(network.role.rawValue), Cell(network.name)] + scores + fitted + compared + costs
    }

    private var agreements: Table {
        Table(
            [
                Column("NETWORK"), Column("SPLIT"), Column("ANSWERS", .right), Column("AS THE TEACHERS", .right),
                Column("DIVERGENCE", .right),
            ],
            rows: grade.agreements.map {
                [
                    Cell($0.role.rawValue), Cell($0.split), Cell(Number.grouped($0.count)),
                    Cell(Number.percent($0.top1, digits: 2)), Cell(Number.short($0.divergence)),
                ]
            })
    }

    private var classes: Table {
        Table(
            [
                Column("CLASS", shrinks: true), Column("ANSWERS", .right), Column("TEACHERS", .right),
                Column("STUDENT", .right), Column("TWIN", .right, optional: true),
                Column("RECOVERED", .right, optional: true),
            ],
            rows: grade.classes.map {
                [
                    Cell($0.name), Cell(Number.grouped($0.count)), Cell(Number.percent($0.teachers, digits: 2)),
                    Cell(Number.percent($0.student, digits: 2)),
                    Cell($0.twin.map { Number.percent($0, digits: 2) } ?? ""),
                    Cell($0.recovered.map { Number.percent($0, digits: 0) } ?? ""),
                ]
            })
    }

    private var verdict: String {
        guard let verdict = grade.verdict else {
            return "no verdict: it needs a twin, which --train-twin trains"
        }
        let points = [verdict.difference, verdict.low, verdict.high].map { Number.fixed($0 * 100, digits: 2) }
        return
            "\(verdict.outcome.rawValue): only the student has \(verdict.better) right, only its twin \(verdict.worse); "
            + "\(verdict.difference < 0 ? "" : "+")\(points[0]) points (\(points[1]) to \(points[2])), p "
            + "\(Number.short(verdict.pValue)) one-sided"
    }
}
