import ArgumentParser
import Terminal
import Wire

struct CheckpointTagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give a checkpoint a name of its own; a tagged one is kept.",
        discussion: """
            EXAMPLES:
              simmer checkpoint tag mnist-cnn@best release
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @Argument(help: "The tag; the checkpoint is then job:tag.")
    var tag: String

    @Flag(help: "Take the tag off the checkpoint that has it.")
    var move = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let reply = try common.daemon().call(
            TagCheckpoint.self, .init(checkpoint: checkpoint, tag: tag, move: move ? true : nil))
        try common.screen.say(reply.checkpoint, "has the tag \(tag)")
    }
}
