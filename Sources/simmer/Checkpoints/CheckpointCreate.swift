import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Take a checkpoint of a running job at its next step.",
        discussion: """
            EXAMPLES:
              simmer checkpoint create mnist-cnn --tag before-change
              simmer checkpoint create mnist-cnn --no-wait
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(help: "A tag for the checkpoint; a tagged one is kept.")
    var tag: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether to return when the checkpoint is on disk (--wait), or as soon as it is asked for (--no-wait).")
    var wait = true

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let input = CheckpointJob.Input(job: job, tag: tag, requestId: Daemon.requestId())
        guard wait else {
            return try say(daemon.call(CheckpointJob.self, input).checkpoint, screen)
        }
        let interruption = Interruption(note: "simmer: no longer waiting; the checkpoint will still be taken")
        defer { interruption.end() }
        guard let last = try daemon.stream(CheckpointJob.self, input, silence: 600, receive: { _ in true }) else {
            return
        }
        try say(last.checkpoint, screen)
    }

    private func say(_ checkpoint: Checkpoint, _ screen: Screen) throws {
        if screen.json || checkpoint.complete { return try screen.say(checkpoint, "is on disk") }
        let name = checkpoint.jobName ?? job
        screen.put("a checkpoint of \(name.escaped()) has been requested, after step \(checkpoint.step)")
    }
}
