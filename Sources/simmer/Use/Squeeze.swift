import ArgumentParser
import Recipes
import Terminal
import Wire

struct SqueezeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "squeeze", abstract: "Make one small network out of a job's networks.",
        discussion: """
            EXAMPLES:
              simmer squeeze mnist-cnn --members 3 -o mnist.onnx
              simmer squeeze five --student small.yaml -o small.safetensors
              simmer squeeze trunk --shrink 0.25 --set until=20000
              simmer squeeze five-squeezed -o small.onnx

            The networks are the members of an ensemble, or the ends of a job's harvests, or its best checkpoint; --members \
            trains more from the job's recipe, with seeds of their own on the same data. They are measured together; a \
            student learns from their answers, and a temperature for it is fitted on the validation split. The student's \
            recipe is the job's own with layers half as wide, or --student.

            All of it is one job, made of others, that goes on by itself whatever dies. This waits for it, prints what \
            the networks are worth, and writes the student with its temperature; named again, with the job that it made, \
            it goes on waiting.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(help: ArgumentHelp("Train so many more from its recipe.", valueName: "n"))
    var members: Int?

    @Option(
        help: ArgumentHelp("The student's recipe.", valueName: "recipe"),
        completion: .file(extensions: ["yaml", "yml"]))
    var student: String?

    @Option(
        help: ArgumentHelp(
            "How wide the student's layers are, as a part of the job's: 0.5 by default.", valueName: "part"))
    var shrink: Double?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Write the student here: .safetensors or .onnx.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(name: [.short, .long], help: "Replace the file if it exists.")
    var force = false

    @Option(name: [.short, .long], help: "Name of the squeeze.")
    var name: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override a value of the student's recipe, by its dotted key; may be given again.", valueName: "key=value"))
    var set: [Assignment] = []

    @Option(
        help: ArgumentHelp(
            "Folder where the student's relative data paths begin, instead of its recipe's own.", valueName: "folder"),
        completion: .directory)
    var data: String?

    @Flag(help: "Return when it waits for its turn.")
    var detach = false

    @OptionGroup var common: CommonOptions

    private var format: ExportFormat? {
        output.flatMap { $0.hasSuffix(".safetensors") ? .safetensors : $0.hasSuffix(".onnx") ? .onnx : nil }
    }

    func validate() throws {
        if let members, !(1...63).contains(members) { throw ValidationError("--members is 1 to 63.") }
        if let shrink, !(shrink > 0 && shrink < 1) { throw ValidationError("--shrink is above 0 and below 1.") }
        if shrink != nil, student != nil {
            throw ValidationError("--shrink and --student exclude each other: one derives a recipe, one names it.")
        }
        if let output, format == nil {
            throw ValidationError("The ending of '\(output)' is not a known format; name it .safetensors or .onnx.")
        }
        if output != nil, detach {
            throw ValidationError("--output needs the command to wait: leave out --detach.")
        }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon(timeout: 120)
        // Refused before anything is trained.
        let file = try output.map { try FreshFile($0, force: force) }
        do {
            let made = try begun(daemon, screen)
            if detach { return try report(made, screen) }
            let last = try JobFollower.follow(
                job: made.id, name: made.name, daemon: daemon, screen: screen,
                display: screen.json ? .nothing : screen.isLive ? .live : .lines)
            try last.requireSuccess()
            let detail = try daemon.job(String(made.id))
            guard let squeeze = detail.squeeze, let evaluation = squeeze.evaluation else {
                throw Complaint("job \(made.id) '\(made.name)' has no report")
            }
            if let file {
                do { try write(evaluation, to: file, screen) } catch SimmerError.noSuchCheckpoint {
                    let student = squeeze.student ?? "its student"
                    throw Complaint(
                        "the network of \(student), which '\(made.name)' resulted in, is not in this store",
                        hint:
                            "Bring it from where it was trained: `simmer job export \(student)` there, `simmer job import` "
                            + "here.")
                }
            }
            if screen.json { return try screen.put(json: squeeze) }
            screen.put(SqueezeTable.table(squeeze))
            SqueezeTable.remarks(squeeze).forEach { screen.note($0) }
        } catch {
            file?.discard()
            throw error
        }
    }

    /// The squeeze that the word names, or a new one.
    private func begun(_ daemon: Daemon, _ screen: Screen) throws -> JobSummary {
        let named = try daemon.job(job)
        if named.kind == JobKind.squeeze.rawValue {
            guard members == nil, student == nil, shrink == nil, set.isEmpty, name == nil else {
                throw Complaint(
                    "job \(named.summary.id) '\(named.summary.name)' is already a squeeze",
                    hint: "Name it without options to wait for it; or the job that is to be squeezed.", code: .usage)
            }
            return named.summary
        }
        var input = SqueezeJob.Input(
            job: job, members: members, shrink: shrink, name: name, requestId: Daemon.requestId())
        let overrides = Assignment.dictionary(set)
        input.overrides = overrides.isEmpty ? nil : overrides
        var reply: SqueezeJob.Output
        if let student {
            // Any name does for its own check; the daemon puts the networks there.
            let local = try LocalRecipe(student, overrides: Recipe.distilling(["\(job)@best"], overrides), folder: data)
            try local.requireGood()
            input.recipe = local.text
            input.files = local.files.isEmpty ? nil : local.files
            reply = try local.send(SqueezeJob.self, input, to: daemon)
        } else {
            reply = try daemon.call(SqueezeJob.self, input)
        }
        let started = StartedJob(daemon: daemon, screen: screen, options: FollowOptions(), file: student)
        try started.settle(&reply.job, findings: &reply.findings)
        return reply.job
    }

    private func report(_ job: JobSummary, _ screen: Screen) throws {
        if screen.json { return try screen.put(json: job) }
        screen.put("job \(job.id) '\(job.name.escaped())' \(job.state.rawValue)")
        screen.note("'simmer squeeze \(job.name.escaped()) -o FILE' waits for it and writes the student")
    }

    private func write(_ evaluation: Evaluation, to file: FreshFile, _ screen: Screen) throws {
        let meter = Meter(screen)
        defer { meter.clear() }
        var size: Int?
        try common.daemon().stream(
            ExportCheckpoint.self,
            .init(
                checkpoint: evaluation.checkpoint, format: format, fileDescriptor: 0,
                temperature: evaluation.calibration?.temperature, requestId: Daemon.requestId()),
            descriptors: [file.descriptor], silence: 600
        ) { output in
            meter.show(output.progress)
            size = output.sizeBytes ?? size
            return true
        }
        try file.publish()
        meter.clear()
        screen.note("\(file.target.escaped())\(size.map { ", \(Size.text($0))" } ?? "")")
    }
}

/// A row for each network.
enum SqueezeTable {
    static func table(_ squeeze: Squeeze) -> Table {
        var rows = squeeze.ensemble.members.map { row($0.name, $0.classes, nil, $0.answersPerSecond) }
        let speeds = squeeze.ensemble.members.compactMap(\.answersPerSecond)
        // One after the other.
        let together =
            speeds.count == squeeze.ensemble.members.count && speeds.allSatisfy { $0 > 0 }
            ? 1 / speeds.reduce(0) { $0 + 1 / $1 } : nil
        if let last = squeeze.ensemble.steps.last {
            rows.append(
                row("all \(squeeze.ensemble.members.count) together", last.classes, squeeze.memberParameters, together))
            if let calibration = last.calibration {
                rows.append(
                    row("  at temperature \(Number.short(calibration.temperature))", calibration.scores, nil, nil))
            }
        }
        if let evaluation = squeeze.evaluation {
            rows.append(
                row(
                    squeeze.student ?? "student", evaluation.classes, squeeze.studentParameters,
                    evaluation.answersPerSecond))
            if let calibration = evaluation.calibration {
                rows.append(
                    row("  at temperature \(Number.short(calibration.temperature))", calibration.scores, nil, nil))
            }
        }
        return Table(
            [
                Column("NETWORK", shrinks: true), Column("ACCURACY", .right), Column("NLL", .right, optional: true),
                Column("ECE", .right), Column("PARAMETERS", .right, optional: true),
                Column("BYTES", .right, optional: true), Column("A SECOND", .right, optional: true),
            ], rows: rows)
    }

    private static func row(_ name: String, _ scores: ClassScore?, _ parameters: Int?, _ speed: Double?) -> [Cell] {
        [
            Cell(name, .bold), Cell(scores.map { Number.percent($0.accuracy, digits: 2) } ?? ""),
            Cell(scores?.nll.map(Number.short) ?? ""), Cell(scores.map { Number.short($0.ece) } ?? ""),
            Cell(parameters.map(Number.grouped) ?? ""), Cell(parameters.map { Size.text(4 * $0) } ?? ""),
            Cell(speed.map { Number.grouped(Int($0)) } ?? ""),
        ]
    }

    static func remarks(_ squeeze: Squeeze) -> [String] {
        guard let small = squeeze.studentParameters, small > 0 else { return [] }
        let times = Number.fixed(Double(squeeze.memberParameters) / Double(small), digits: 1)
        return [
            "\(squeeze.ensemble.split) of \(Number.grouped(squeeze.ensemble.count)) answers; the student is \(times) times "
                + "smaller than the networks that it learned from"
        ]
    }
}
