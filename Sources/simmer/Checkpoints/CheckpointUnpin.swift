import ArgumentParser
import Wire

struct CheckpointUnpinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin", abstract: "Let retention remove a pinned checkpoint again.",
        discussion: """
            EXAMPLES:
              simmer checkpoint unpin mnist-cnn@best
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        let reply = try common.daemon().call(SetCheckpointPinned.self, .init(checkpoint: checkpoint, pinned: false))
        try common.screen.say(reply.checkpoint, "is no longer pinned")
    }
}
