import ArgumentParser
import Terminal
import Wire

struct CheckpointDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what differs between two checkpoints, tensor by tensor.",
        discussion: """
            EXAMPLES:
              simmer checkpoint diff mnist-cnn@1000 mnist-cnn@last
            """)

    @Argument(help: "One checkpoint.", completion: Completions.checkpoints)
    var first: String

    @Argument(help: "The other.", completion: Completions.checkpoints)
    var second: String

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let reply = try common.daemon(timeout: 300).call(DiffCheckpoints.self, .init(first: first, second: second))
        if screen.json { return try screen.put(json: reply) }
        guard !reply.same else {
            return screen.put("the same: every tensor, and the state of the training")
        }
        screen.put(CheckpointScreens.differences(reply.differences), header: !table.noHeader)
        screen.note(
            reply.differences.isEmpty
                ? "the tensors are the same; the state of the training differs"
                : "\(counted(reply.differences.count, "tensor")) differ; the state of the training "
                    + (reply.stateSame ? "is the same" : "differs too"))
    }
}
