import ArgumentParser
import Glibc
import Recipes
import Terminal
import Wire

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a recipe and its data, or show what is known of a job.",
        discussion: """
            EXAMPLES:
              simmer check mnist-cnn.yaml
              simmer check mnist-cnn.yaml --static --set batch=4096
              simmer check mnist-cnn.yaml --only D5,D7
              simmer check mnist-cnn
              simmer check mnist-cnn --suite trained

            A recipe is validated, its data inspected, and the cheap suite of checks run on both: is each example where it \
            should be, can the network learn at all, does anything leak. What is found is kept and holds for every job of \
            the same recipe and data. --suite full takes longer: label noise, augmentation, capacity. Of a job the command \
            shows what is kept; --suite runs checks on it, 'trained' those of a checkpoint.

            A check passes, warns, fails, or says why it was skipped. It fails for a broken invariant or for evidence that \
            chance does not give; exit status 8 then, or when the recipe is wrong. simmer-checks(7) has them all.
            """)

    @Argument(
        help: "The recipe; '-' reads it from standard input. Or a job. \(RecipeOrJob.help)",
        completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Flag(name: .customLong("static"), help: "Validate the recipe only; leave the data alone.")
    var isStatic = false

    @Flag(help: "Treat warnings as errors.")
    var strict = false

    @Option(help: "cheap, full or trained.")
    var suite: CheckSuite?

    @Option(help: ArgumentHelp("Run these checks only, of whichever suite: D5,K12.", valueName: "ids"))
    var only: String?

    @Option(
        help: ArgumentHelp(
            "The checkpoint for the trained suite; a job's last one otherwise.", valueName: "checkpoint"),
        completion: Completions.checkpoints)
    var checkpoint: String?

    @Flag(help: "Name every check there is.")
    var list = false

    @OptionGroup var values: RecipeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard list || recipe != nil else { throw ValidationError("Name a recipe or a job.") }
        guard suite != .watch else {
            throw ValidationError("Watchers run while a job trains: `simmer check JOB` shows them.")
        }
        guard suite != .improve else {
            throw ValidationError("Changes of a recipe are tried by `simmer improve RECIPE`.")
        }
    }

    func run() throws {
        let screen = common.screen
        guard let recipe, !list else { return try CheckList.put(screen) }
        if try RecipeOrJob(recipe, common.daemon()) == .job { return try ofJob(recipe, screen) }
        let overrides = values.overrides
        let local = try LocalRecipe(recipe, overrides: overrides, folder: values.data)
        guard !local.hasErrors else { return try say(Checked(ok: false, findings: local.findings), local, screen) }
        // An empty list is no list: data that simmer draws itself is inspected as well.
        let input = CheckRecipe.Input(
            recipe: local.text, files: isStatic ? nil : local.files, strict: strict ? true : nil,
            overrides: overrides.isEmpty ? nil : overrides)
        do {
            let reply = try common.daemon(timeout: 600).call(
                CheckRecipe.self, input, descriptors: isStatic ? [] : local.descriptors)
            var checked = Checked(reply)
            if !isStatic, checked.ok {
                if !screen.json { try say(checked, local, screen) }
                checked.results = try run(
                    RunChecks.Input(
                        recipe: local.text, files: local.files, overrides: overrides.isEmpty ? nil : overrides,
                        suite: suite ?? .cheap, only: ids), local.descriptors, local.recipe?.acknowledge ?? [:], screen)
                if screen.json { try screen.put(json: checked) }
                return try judge(checked.results ?? [], local.recipe?.acknowledge ?? [:], screen)
            }
            try say(checked, local, screen)
        } catch ClientFailure.noDaemon where isStatic {
            screen.note("simmer: no daemon answers: the recipe was read here, and not estimated")
            try say(Checked(ok: true, findings: local.findings), local, screen)
        } catch SimmerError.recipeInvalid(let findings) {
            try say(Checked(ok: false, findings: findings), local, screen)
        }
    }

    private var ids: [String]? {
        only.map { $0.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace).uppercased() } }
    }

    private func ofJob(_ job: String, _ screen: Screen) throws {
        let daemon = common.daemon(timeout: 600)
        if suite != nil || only != nil {
            _ = try run(
                RunChecks.Input(job: job, checkpoint: checkpoint, suite: suite ?? .cheap, only: ids), [], [:], screen,
                silent: true)
        }
        let report = try daemon.call(ListChecks.self, .init(job: job)).report
        if screen.json {
            try screen.put(json: report)
        } else {
            screen.put(
                CheckScreen.lines(report.results, acknowledged: report.acknowledged, width: screen.width), wrap: true)
            screen.put(CheckScreen.gate(report), wrap: true)
            if report.results.isEmpty {
                screen.put(
                    "no check has been run on \(job.escaped()): `simmer check \(job.escaped()) --suite cheap` does")
            }
        }
        try judge(report.results, report.acknowledged, screen)
    }

    /// - Parameter silent: leaves the results to be shown by what comes after.
    private func run(
        _ input: RunChecks.Input, _ descriptors: [Int32], _ reasons: [String: String], _ screen: Screen,
        silent: Bool = false
    ) throws -> [CheckResult] {
        let meter = Meter(screen)
        defer { meter.clear() }
        var all: [CheckResult] = []
        var refused: [Finding] = []
        var hasSaid = false
        try common.daemon().stream(RunChecks.self, input, descriptors: descriptors, silence: 86_400) { output in
            if let progress = output.progress {
                if let seconds = progress.expectedSeconds, !hasSaid, !screen.json {
                    hasSaid = true
                    meter.clear()
                    screen.note(
                        "simmer: \(counted(progress.count, "check")), about \(Span.text(Int(seconds * 1e6)))")
                }
                meter.say(
                    "check \(progress.done) of \(progress.count)  "
                        + progress.ids.map { "\($0) \(CheckCatalogue.entry($0)?.title ?? "")" }.joined(separator: ", ")
                        .escaped())
            }
            refused += output.findings ?? []
            guard let results = output.results else { return true }
            if output.progress == nil {
                all = results
            } else if !screen.json, !silent {
                meter.clear()
                screen.put(CheckScreen.lines(results, acknowledged: reasons, width: screen.width), wrap: true)
            }
            return true
        }
        if !refused.isEmpty { throw SimmerError.recipeInvalid(findings: refused) }
        return all
    }

    private func judge(_ results: [CheckResult], _ reasons: [String: String], _ screen: Screen) throws {
        let failed = results.contains { $0.verdict == .fail }
        let warned = results.contains { $0.verdict == .warn && reasons[$0.id] == nil }
        if !results.isEmpty, !screen.json { screen.put("  " + CheckScreen.summary(results, acknowledged: reasons)) }
        if failed || strict && warned { throw Ending(code: .problems) }
    }

    private func say(_ checked: Checked, _ local: LocalRecipe, _ screen: Screen) throws {
        let bad = !checked.ok || (strict && checked.findings.contains { $0.severity == .warning })
        if screen.json {
            try screen.put(json: checked)
        } else {
            screen.note(FindingText.lines(checked.findings, file: local.file))
            if !bad { screen.put(Line("\(local.file): ok", .good).rendered(screen.palette)) }
            func put(_ label: String, _ text: String?) {
                if let text { screen.put("  " + label.padded(to: 12) + text) }
            }
            put("parameters", checked.parameterCount.map(Number.grouped))
            put("memory", checked.estimatedMemoryBytes.map(Size.text))
            put("disk", checked.disk.map(Self.text) ?? checked.estimatedDiskBytes.map(Size.text))
            put("runway", checked.disk.map(Self.runway))
            put("time", checked.estimatedUsec.map(Span.text))
            put("digest", checked.recipeDigest)
            if !bad { screen.put(ScheduleScreen.lines(checked.schedule ?? [])) }
            if bad {
                screen.note([Line("\(local.file): \(FindingText.summary(checked.findings))", .bad)])
            }
        }
        if bad { throw Ending(code: .problems) }
    }

    private static func text(_ plan: DiskPlan) -> String {
        "\(counted(plan.mostKept, "checkpoint")) of \(Size.text(plan.checkpointBytes)): at most "
            + "\(Size.text(plan.totalBytes)) of \(Size.text(plan.availableBytes))"
    }

    /// How long the room lasts if nothing were dropped.
    private static func runway(_ plan: DiskPlan) -> String {
        let count = counted(plan.runwayCheckpoints, "checkpoint")
        return count + (plan.runwayUsec.map { ", \(Span.text($0))" } ?? "") + " if none were dropped"
    }

    /// The reply, or what reading the recipe here says in its place.
    private struct Checked: Encodable {
        var ok: Bool
        var findings: [Finding]
        var estimatedMemoryBytes: Int?
        var estimatedDiskBytes: Int?
        var estimatedUsec: Int?
        var parameterCount: Int?
        var recipeDigest: String?
        var disk: DiskPlan?
        var schedule: [SchedulePoint]?
        var results: [CheckResult]?

        init(ok: Bool, findings: [Finding]) {
            self.ok = ok
            self.findings = findings
        }

        init(_ reply: CheckRecipe.Output) {
            ok = reply.ok
            findings = reply.findings
            estimatedMemoryBytes = reply.estimatedMemoryBytes
            estimatedDiskBytes = reply.estimatedDiskBytes
            estimatedUsec = reply.estimatedUsec
            parameterCount = reply.parameterCount
            recipeDigest = reply.recipeDigest
            disk = reply.disk
            schedule = reply.schedule
        }
    }
}
