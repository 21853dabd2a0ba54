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
              simmer distill small.yaml --teacher a@best b@best/swa c@best --set temperature=2 --name squeezed

            The recipe is the student's; its data are inspected as those of 'submit' are. The teachers must know the \
            same inputs and classes. They are copied: what becomes of their jobs is of no matter to the student.
            """)

    @Argument(help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A checkpoint to learn from, or an average of one (a@best/ema-0.999), or several.", valueName: "checkpoint"),
        completion: Completions.checkpoints)
    var teacher: [String]

    @OptionGroup var submission: SubmissionOptions
    @OptionGroup var following: FollowOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let overrides = submission.overrides
        let local = try LocalRecipe(recipe, overrides: Recipe.distilling(teacher, overrides), folder: submission.data)
        try local.requireGood(screen)
        let daemon = common.daemon(timeout: 120)
        let input = DistillJob.Input(
            teachers: teacher, recipe: local.text, files: local.files.isEmpty ? nil : local.files,
            name: submission.name,
            priority: submission.priority, labels: submission.labels,
            dependsOn: submission.after.isEmpty ? nil : submission.after, startPaused: submission.paused ? true : nil,
            overrides: overrides.isEmpty ? nil : overrides, requestId: Daemon.requestId())
        var reply = try local.send(DistillJob.self, input, to: daemon)
        let started = StartedJob(daemon: daemon, screen: screen, options: following, file: local.file)
        try started.settle(&reply.job, findings: &reply.findings)
        try started.report(reply.job, whole: reply)
    }
}
