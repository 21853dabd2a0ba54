import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "List, keep, move and check checkpoints.",
        discussion: """
            EXAMPLES:
              simmer checkpoint list mnist-cnn
              simmer checkpoint export mnist-cnn@best -o mnist.safetensors
              simmer checkpoint verify --all
            """,
        subcommands: [
            CheckpointListCommand.self, CheckpointCreateCommand.self, CheckpointShowCommand.self,
            CheckpointVerifyCommand.self, CheckpointDiffCommand.self, CheckpointTagCommand.self,
            CheckpointUntagCommand.self, CheckpointPinCommand.self, CheckpointUnpinCommand.self,
            CheckpointExportCommand.self, CheckpointImportCommand.self, CheckpointPruneCommand.self,
        ],
        aliases: ["ckpt"])
}

extension Screen {
    /// A checkpoint that a command has changed.
    func say(_ checkpoint: Checkpoint, _ what: String) throws {
        if json { return try put(json: checkpoint) }
        let job = checkpoint.jobName.map { "\($0.escaped())@\(checkpoint.step)" } ?? "step \(checkpoint.step)"
        put("checkpoint \(checkpoint.id.prefix(12)) (\(job)) \(what.escaped())")
    }
}
