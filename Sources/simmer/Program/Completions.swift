import ArgumentParser
import Recipes
import Wire

/// What a shell offers for an argument; nothing where no daemon answers at once.
enum Completions {
    /// Names of jobs.
    static let jobs: CompletionKind = .custom { _, _, _ in
        // A completion that fails must stay silent: the shell shows whatever is printed.
        let jobs = try? Daemon(socket: nil, timeout: 1).allJobs(JobFilter(includeEnded: true), limit: 1_000).jobs
        return Array(Set((jobs ?? []).map(\.name))).sorted()
    }

    /// Checkpoints: `job@last`, `job@best`, `job@step`, `job:tag`.
    static let checkpoints: CompletionKind = .custom { _, _, _ in
        let daemon = Daemon(socket: nil, timeout: 1)
        // As above: silence, not an error between the user's words.
        guard let page = try? daemon.call(ListCheckpoints.self, .init(limit: 500), repeats: false) else { return [] }
        var words: Set<String> = []
        for checkpoint in page.checkpoints {
            guard let job = checkpoint.jobName else { continue }
            words.formUnion(["\(job)@last", "\(job)@best", "\(job)@\(checkpoint.step)"])
            words.formUnion(checkpoint.tags.map { "\(job):\($0)" })
        }
        return words.sorted()
    }
}
