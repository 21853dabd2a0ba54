import ArgumentParser
import Recipes
import Terminal
import Wire

struct DistillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill", abstract: "Queue a job whose network learns from others' answers.",
        discussion: """
            EXAMPLES:
              simmer distill small.yaml --teacher mnist-big@best --follow
              simmer distill small.yaml --teacher a@best b@best c@best --set temperature=2 --name squeezed

            The recipe is the student's; its data are inspected as those of 'submit' are. The teachers must know the \
            same inputs and classes. They are copied: what becomes of their jobs is of no matter to the student.
            """)

    @Argument(help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("A checkpoint to learn from, or several.", valueName: "checkpoint"),
        completion: Completions.checkpoints)
    var teacher: [String]

    @Option(name: [.short, .long], help: "Name of the job; the recipe's name by default.")
    var name: String?

    @Option(
        // A negative number is a value, not an option.
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp("Jobs of higher priority start first; 0 by default.", valueName: "n"))
    var priority: Int?

    @Option(
        name: [.short, .long], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label; may be given again.", valueName: "key=value"))
    var label: [Assignment] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Start only when this job has succeeded; may be given again.", valueName: "job"),
        completion: Completions.jobs)
    var after: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Lay a value over the recipe, by its dotted key; may be given again.", valueName: "key=value"))
    var set: [Assignment] = []

    @Option(
        help: ArgumentHelp(
            "Folder where relative data paths begin, instead of the recipe's own.", valueName: "folder"),
        completion: .directory)
    var data: String?

    @Flag(help: "Queue the job paused; 'simmer resume' lets it start.")
    var paused = false

    @OptionGroup var following: FollowOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let overrides = Assignment.dictionary(set)
        let local = try LocalRecipe(recipe, overrides: Recipe.distilling(teacher, overrides), folder: data)
        try local.requireGood(screen)
        let daemon = common.daemon(timeout: 120)
        let input = DistillJob.Input(
            teachers: teacher, recipe: local.text, files: local.files.isEmpty ? nil : local.files, name: name,
            priority: priority, labels: label.isEmpty ? nil : Assignment.dictionary(label),
            dependsOn: after.isEmpty ? nil : after, startPaused: paused ? true : nil,
            overrides: overrides.isEmpty ? nil : overrides, requestId: Daemon.requestId())
        var reply: DistillJob.Output
        do {
            reply = try daemon.call(DistillJob.self, input, descriptors: local.descriptors)
        } catch SimmerError.recipeInvalid(let findings) {
            throw Complaint(
                SimmerError.recipeInvalid(findings: findings).description, findings: findings, file: local.file,
                code: .problems)
        }
        let started = StartedJob(daemon: daemon, screen: screen, options: following, file: local.file)
        try started.settle(&reply.job, findings: &reply.findings)
        try started.report(reply.job, whole: reply)
    }
}
