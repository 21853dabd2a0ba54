import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List checkpoints.",
        discussion: """
            EXAMPLES:
              simmer checkpoint list
              simmer checkpoint list mnist-cnn --sort -step --limit 5
            """,
        aliases: ["ls"])

    @Argument(help: "Only those of this job.", completion: Completions.jobs)
    var job: String?

    @Option(help: "Only those with this tag.")
    var tag: String?

    @Flag(help: "Include those that were never finished.")
    var includeIncomplete = false

    @Option(help: ArgumentHelp("Order: step, created, size or job; prefix it with '-' to reverse.", valueName: "key"))
    var sort: String?

    @Option(help: ArgumentHelp("At most this many.", valueName: "n"))
    var limit: Int?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let sort { _ = try order(sort) }
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        var checkpoints: [Checkpoint] = []
        var cursor: String?
        var total = 0
        repeat {
            let page = try daemon.call(
                ListCheckpoints.self,
                .init(
                    job: job, tag: tag, includeIncomplete: includeIncomplete ? true : nil, limit: 1_000, cursor: cursor)
            )
            checkpoints += page.checkpoints
            total = page.total
            cursor = page.nextCursor
        } while cursor != nil && (sort != nil || checkpoints.count < limit ?? .max)
        if let sort { checkpoints.sort(by: try order(sort)) }
        checkpoints = Array(checkpoints.prefix(limit ?? .max))
        if screen.json { return try screen.put(json: ListCheckpoints.Output(checkpoints: checkpoints, total: total)) }
        screen.put(CheckpointScreens.table(checkpoints, now: Clock.now), header: !table.noHeader)
        if checkpoints.isEmpty { screen.note("no checkpoints") }
    }

    private func order(_ key: String) throws -> (Checkpoint, Checkpoint) -> Bool {
        let reversed = key.hasPrefix("-")
        let less: (Checkpoint, Checkpoint) -> Bool
        switch reversed ? String(key.dropFirst()) : key {
        case "step": less = { $0.step < $1.step }
        case "created": less = { $0.createdUsec < $1.createdUsec }
        case "size": less = { $0.sizeBytes < $1.sizeBytes }
        case "job": less = { ($0.jobName ?? "", $0.step) < ($1.jobName ?? "", $1.step) }
        default: throw ValidationError("Unknown sort key '\(key)'; use one of step, created, size and job.")
        }
        return reversed ? { less($1, $0) } : less
    }
}
