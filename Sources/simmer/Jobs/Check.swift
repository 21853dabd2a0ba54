import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with a recipe and what it needs.",
        discussion: """
            EXAMPLES:
              simmer check mnist-cnn.yaml
              simmer check mnist-cnn.yaml --static --set batch=4096

            Exit status 8 when something is wrong. Nothing is queued.
            """)

    @Argument(help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Flag(name: .customLong("static"), help: "Validate the recipe only; leave the data alone.")
    var isStatic = false

    @Flag(help: "Take warnings for errors.")
    var strict = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Lay a value over the recipe, by its dotted key; may be given again.", valueName: "key=value"))
    var set: [Assignment] = []

    @Option(
        help: ArgumentHelp("Folder where relative data paths begin.", valueName: "folder"), completion: .directory)
    var data: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let overrides = Assignment.dictionary(set)
        let local = try LocalRecipe(recipe, overrides: overrides, folder: data)
        guard !local.hasErrors else { return try say(Checked(ok: false, findings: local.findings), local, screen) }
        // An empty list is no list: data that simmer draws itself is inspected as well.
        let input = CheckRecipe.Input(
            recipe: local.text, files: isStatic ? nil : local.files, strict: strict ? true : nil,
            overrides: overrides.isEmpty ? nil : overrides)
        do {
            let reply = try common.daemon(timeout: 600).call(
                CheckRecipe.self, input, descriptors: isStatic ? [] : local.descriptors)
            try say(Checked(reply), local, screen)
        } catch ClientFailure.noDaemon where isStatic {
            screen.note("simmer: no daemon answers: the recipe was read here, and not estimated")
            try say(Checked(ok: true, findings: local.findings), local, screen)
        } catch SimmerError.recipeInvalid(let findings) {
            try say(Checked(ok: false, findings: findings), local, screen)
        }
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
