import ArgumentParser
import Recipes
import Reports
import Terminal
import Wire

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a job's report, or that of two jobs, as one page of HTML.",
        discussion: """
            EXAMPLES:
              simmer report mnist-cnn -o mnist.html
              simmer report mnist-cnn -o mnist.html --kept
              simmer report --compare mnist-cnn mnist-mlp -o both.html

            The page stands by itself: it fetches nothing and runs nothing, is light or dark as its reader likes, and \
            prints well. Verdicts come first, what is broken before what is right; above them what was forced or \
            acknowledged, with its reason. Then expectations and what came of them, curves with baselines and what \
            happened on the way, pictures of data and answers, and the recipe.

            Before it is written, the checks of a trained network are run on the job's last checkpoint, where they have \
            not been, and the best checkpoint is measured on the validation split; --kept shows only what is kept.

            --compare puts two jobs beside each other, and tests their best checkpoints on the same examples: of the \
            first one's validation split, or with --on test of its test split. Where the examples would not be the same, \
            or one network has learned from them, it says so in place of a test.
            """)

    @Argument(help: "The job: a name or an id; two with --compare.", completion: Completions.jobs)
    var jobs: [String]

    @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "Two jobs side by side.")
    var compare = false

    @Option(help: "With --compare: validation or test; validation by default.")
    var on: EnsembleCommand.Split?

    @Flag(help: "Run nothing: show what is kept.")
    var kept = false

    @Flag(name: [.short, .long], help: "Replace the file if it exists.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard jobs.count == (compare ? 2 : 1) else {
            throw ValidationError(compare ? "--compare takes two jobs." : "Name one job, or two with --compare.")
        }
        guard on == nil || compare else { throw ValidationError("--on belongs to --compare.") }
    }

    func run() throws {
        let screen = common.screen
        let source = ReportSource(daemon: common.daemon(timeout: 600))
        let page: String
        if compare {
            page = try comparison(source, screen).page
        } else {
            if !kept { try check(jobs[0], source, screen) }
            var report = try source.report(jobs[0])
            if !kept { report.evaluation = try evaluation(report, source, screen) }
            page = report.page
        }
        try FreshFile.write(page, to: output, force: force)
        if screen.json {
            try screen.put(json: Written(path: output, sizeBytes: page.utf8.count))
        } else {
            screen.put("\(output.escaped()), \(Size.text(page.utf8.count))")
        }
    }

    private struct Written: Encodable {
        var path: String
        var sizeBytes: Int
    }

    /// Runs the trained suite on the last checkpoint, unless that has been done.
    private func check(_ job: String, _ source: ReportSource, _ screen: Screen) throws {
        let detail = try source.daemon.job(job)
        guard let checkpoint = detail.summary.lastCheckpoint else { return }
        let known = try source.daemon.call(ListChecks.self, .init(job: String(detail.summary.id))).report.results
        let ids = Set(CheckCatalogue.all.filter { $0.suite == .trained }.map(\.id))
        let last = try source.daemon.call(InspectCheckpoint.self, .init(checkpoint: checkpoint)).checkpoint
        guard !known.contains(where: { ids.contains($0.id) && $0.step == last.step }) else { return }
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = RunChecks.Input(job: String(detail.summary.id), checkpoint: checkpoint, suite: .trained)
        do {
            try source.daemon.stream(RunChecks.self, input, silence: 3_600) { output in
                if let progress = output.progress {
                    meter.say("check \(progress.done) of \(progress.count)  \(progress.ids.joined(separator: ", "))")
                }
                return true
            }
        } catch let error as SimmerError {
            // A job whose checkpoint cannot be checked has a report all the same.
            meter.clear()
            screen.note("simmer: the checkpoint was not checked: \(error.description.escaped())")
        }
    }

    /// Measures the best checkpoint on the validation split, of classes with the temperature that suits its answers; nil
    /// where there is none, or it cannot be measured.
    private func evaluation(_ report: Report, _ source: ReportSource, _ screen: Screen) throws -> Evaluation? {
        guard report.job.summary.lastCheckpoint != nil, let facts = report.facts, facts.validationCount > 0 else {
            return nil
        }
        var calibrates: Bool?
        if case .classes = facts.target { calibrates = true }
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = EvaluateCheckpoint.Input(
            checkpoint: "\(report.job.summary.id)@best", split: "validation", calibrate: calibrates)
        var evaluation: Evaluation?
        do {
            try source.daemon.stream(EvaluateCheckpoint.self, input, silence: 3_600) { output in
                meter.show(output.progress)
                evaluation = output.evaluation ?? evaluation
                return true
            }
        } catch let error as SimmerError {
            meter.clear()
            screen.note("simmer: the best checkpoint was not measured: \(error.description.escaped())")
        }
        return evaluation
    }

    private func comparison(_ source: ReportSource, _ screen: Screen) throws -> Comparison {
        let (first, second) = (try source.report(jobs[0]), try source.report(jobs[1]))
        guard first.job.summary.id != second.job.summary.id else {
            throw Complaint("'\(jobs[0])' and '\(jobs[1])' are the same job", hint: "Name two.", code: .usage)
        }
        var measured: Ensemble?
        var refusals: [String] = []
        let members = [first, second].map { "\($0.job.summary.id)@best" }
        let meter = Meter(screen)
        defer { meter.clear() }
        do {
            try source.daemon.stream(
                CreateEnsemble.self, .init(members: members, split: on?.rawValue), silence: 3_600
            ) { output in
                meter.show(output.progress)
                measured = output.ensemble ?? measured
                return true
            }
        } catch let error as SimmerError {
            refusals = error.findings.isEmpty ? [error.description] : error.findings.map(\.message)
        }
        return Comparison(first, second, measured: measured, refusals: refusals)
    }
}
