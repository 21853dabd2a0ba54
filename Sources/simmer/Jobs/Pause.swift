import ArgumentParser
import Wire

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hold jobs at their next step.",
        discussion: """
            EXAMPLES:
              simmer pause mnist-cnn
              simmer pause 'night-*' --wait

            A held job keeps its memory and frees its slot for another.
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String]

    @Flag(help: "Return when the jobs are held.")
    var wait = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        try Lifecycle(common: common, wait: wait, goal: [.paused] + JobFollower.ends).run(jobs) { daemon, job in
            let reply = try daemon.call(PauseJob.self, .init(job: job, requestId: Daemon.requestId()))
            return (reply.job, reply.changed)
        }
    }
}
