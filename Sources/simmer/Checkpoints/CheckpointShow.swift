import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one checkpoint: what it is, its digests, its tensors.",
        discussion: """
            EXAMPLES:
              simmer checkpoint show mnist-cnn@last --tensors
              simmer checkpoint show mnist-cnn@last --json | jq -r .digest

            Equal digests mean equal futures: the digest is over every tensor that a resume needs and the state of the \
            training, with no time, id or name in it.
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @Flag(help: "List its tensors.")
    var tensors = false

    @Flag(help: "Measure its tensors: smallest, largest, mean, deviation.")
    var statistics = false

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon(timeout: 300)
        let detailed = tensors || statistics
        var found: [TensorSummary] = []
        var cursor: String?
        var shown: Checkpoint?
        repeat {
            let page = try daemon.call(
                InspectCheckpoint.self,
                .init(
                    checkpoint: checkpoint, tensors: detailed ? true : nil, statistics: statistics ? true : nil,
                    cursor: cursor))
            shown = page.checkpoint
            found += page.tensors
            cursor = page.nextCursor
        } while cursor != nil && detailed
        guard let shown else { return }
        if screen.json { return try screen.put(json: Shown(checkpoint: shown, tensors: detailed ? found : nil)) }
        screen.put(CheckpointScreens.lines(shown, now: Clock.now), wrap: true)
        guard detailed else { return }
        screen.put("")
        screen.put(CheckpointScreens.tensors(found), header: !table.noHeader)
    }

    /// The checkpoint's own fields at the top, and its tensors beside them.
    private struct Shown: Encodable {
        var checkpoint: Checkpoint
        var tensors: [TensorSummary]?

        private enum Key: CodingKey { case tensors }

        func encode(to encoder: any Encoder) throws {
            try checkpoint.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encodeIfPresent(tensors, forKey: .tensors)
        }
    }
}
