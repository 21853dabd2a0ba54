import ArgumentParser
import Wire

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End jobs after a last checkpoint.",
        discussion: """
            EXAMPLES:
              simmer stop mnist-cnn --wait

            'simmer resume' lets a stopped job go on from that checkpoint.
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String]

    @Option(
        help: ArgumentHelp("Kill a worker that has not stopped after this long: 90, 10min.", valueName: "time"))
    var timeout: TimeSpan?

    @Flag(help: "Return when the jobs have stopped.")
    var wait = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        try Lifecycle(common: common, wait: wait, goal: JobFollower.ends).run(jobs) { daemon, job in
            let reply = try daemon.call(
                StopJob.self,
                .init(job: job, timeoutUsec: timeout?.microseconds, requestId: Daemon.requestId()))
            return (reply.job, reply.changed)
        }
    }
}
