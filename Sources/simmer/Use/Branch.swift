import ArgumentParser
import Recipes
import Wire

struct BranchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Start a new job from a checkpoint.",
        discussion: """
            EXAMPLES:
              simmer branch mnist-cnn@best --name slower --set optimizer.rate=1e-4
              simmer branch mnist-cnn@12000 --set until=20000 --follow
            """)

    @Argument(help: "The checkpoint to go on from.", completion: Completions.checkpoints)
    var checkpoint: String

    @Option(name: [.short, .long], help: "Name of the new job.")
    var name: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Change a value of the recipe, by its dotted key; may be given again.", valueName: "key=value"))
    var set: [Assignment] = []

    @Flag(help: "Keep the weights, and let the optimiser, which may be another, begin with fresh moments.")
    var resetOptimizer = false

    @Flag(help: "Queue the job paused.")
    var paused = false

    @OptionGroup var following: FollowOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        var reply = try daemon.call(
            BranchJob.self,
            .init(
                checkpoint: checkpoint, name: name, overrides: set.isEmpty ? nil : Assignment.dictionary(set),
                resetOptimizer: resetOptimizer ? true : nil, startPaused: paused ? true : nil,
                requestId: Daemon.requestId()))
        let started = StartedJob(daemon: daemon, screen: screen, options: following, file: nil)
        try started.settle(&reply.job, findings: &reply.findings)
        try started.report(reply.job, whole: reply)
    }
}
