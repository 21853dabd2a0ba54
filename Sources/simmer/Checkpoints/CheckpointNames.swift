import Recipes
import Wire

/// What people call checkpoints that replies name by their ids.
struct CheckpointNames {
    private var names: [String: String] = [:]

    init(_ daemon: Daemon, job: String? = nil) throws {
        var cursor: String?
        repeat {
            let page = try daemon.call(
                ListCheckpoints.self, .init(job: job, includeIncomplete: true, limit: 1_000, cursor: cursor))
            for checkpoint in page.checkpoints {
                names[checkpoint.id] = checkpoint.jobName.map { "\($0)@\(checkpoint.step)" } ?? checkpoint.tags.first
            }
            cursor = page.nextCursor
        } while cursor != nil
    }

    /// `night-owl@4811500`, padded beside others; the id where nothing better is known.
    func name(_ id: String) -> String { names[id] ?? id }
}
