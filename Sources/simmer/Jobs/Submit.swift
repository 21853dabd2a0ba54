import ArgumentParser
import Recipes
import Terminal
import Wire

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Queue a job.",
        discussion: """
            EXAMPLES:
              simmer submit digits.yaml --follow
              simmer submit mnist.yaml --data ~/mnist --name night-1 --set optimizer.rate=1e-3
              id=$(simmer submit second.yaml --after first --id-only)

            Reads the recipe, opens the data files that it names and hands them to the daemon, which copies and inspects \
            them. Returns when the job waits for its turn, or with status 8 and the findings when something is wrong.
            """)

    @Argument(help: "The recipe; '-' reads it from standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @OptionGroup var submission: SubmissionOptions
    @OptionGroup var following: FollowOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let overrides = submission.values.overrides
        let local = try LocalRecipe(recipe, overrides: overrides, folder: submission.values.data)
        try local.requireGood()
        let daemon = common.daemon(timeout: 120)
        let input = SubmitJob.Input(
            recipe: local.text, files: local.files.isEmpty ? nil : local.files, name: submission.name,
            priority: submission.priority,
            labels: submission.labels, dependsOn: submission.after.isEmpty ? nil : submission.after,
            startPaused: submission.paused ? true : nil, overrides: overrides.isEmpty ? nil : overrides,
            acknowledge: submission.reasons, force: submission.force ? true : nil,
            requestId: Daemon.requestId())
        var reply = try local.send(SubmitJob.self, input, to: daemon)
        let started = StartedJob(daemon: daemon, screen: screen, options: following, file: local.file)
        try started.settle(&reply.job, findings: &reply.findings)
        try started.report(reply.job, whole: reply)
    }
}
