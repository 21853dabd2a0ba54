import ArgumentParser
import Recipes
import Wire

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let paused, stopped or failed jobs go on.",
        discussion: """
            EXAMPLES:
              simmer resume mnist-cnn
              simmer resume mnist-cnn --from mnist-cnn@4000
              simmer resume mnist-cnn --force
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String]

    @Option(
        help: ArgumentHelp("Go on from this checkpoint instead of the newest.", valueName: "checkpoint"),
        completion: Completions.checkpoints)
    var from: String?

    @Flag(help: "Go on whatever the job's checks say; every later report shows it.")
    var force = false

    @Flag(help: "Return when the jobs run.")
    var wait = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let goal = [JobState.running] + JobFollower.ends.filter { $0 != .stopped }
        try Lifecycle(common: common, wait: wait, goal: goal).run(jobs) { daemon, job in
            // A job that its checks hold goes on as soon as it is forced: there is nothing left to resume then.
            var hasForced = false
            if force {
                hasForced = try !daemon.call(ListChecks.self, .init(job: job)).report.forced
                _ = try daemon.call(
                    AcknowledgeChecks.self, .init(job: job, force: true, requestId: Daemon.requestId()))
            }
            let reply = try daemon.call(
                ResumeJob.self, .init(job: job, fromCheckpoint: from, requestId: Daemon.requestId()))
            return (reply.job, reply.changed || hasForced)
        }
    }
}
