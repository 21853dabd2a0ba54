import ArgumentParser
import Wire

struct CheckpointPinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a checkpoint whatever the retention says.",
        discussion: """
            EXAMPLES:
              simmer checkpoint pin mnist-cnn@best
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        let reply = try common.daemon().call(SetCheckpointPinned.self, .init(checkpoint: checkpoint, pinned: true))
        try common.screen.say(reply.checkpoint, "is pinned")
    }
}
