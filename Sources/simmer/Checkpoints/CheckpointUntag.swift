import ArgumentParser
import Wire

struct CheckpointUntagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "untag", abstract: "Take a tag off a checkpoint.",
        discussion: """
            EXAMPLES:
              simmer checkpoint untag mnist-cnn:release release
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @Argument(help: "The tag.")
    var tag: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        let reply = try common.daemon().call(UntagCheckpoint.self, .init(checkpoint: checkpoint, tag: tag))
        try common.screen.say(reply.checkpoint, "no longer has the tag \(tag)")
    }
}
