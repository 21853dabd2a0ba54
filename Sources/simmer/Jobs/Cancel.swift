import ArgumentParser
import Recipes
import Terminal
import Wire

struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End jobs at once and for good.",
        discussion: """
            EXAMPLES:
              simmer cancel mnist-cnn
              simmer cancel 'try-*' --yes

            There is no last checkpoint: 'simmer stop' keeps what a job has learned and can be resumed.
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String]

    @Flag(help: "Return when the jobs have ended.")
    var wait = false

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let words = try daemon.jobs(matching: jobs, where: { !$0.state.hasEnded })
        if !consent.yes || consent.dryRun {
            for word in words {
                let job = try daemon.job(word).summary
                let lost =
                    job.state.isAlive
                    ? job.lastCheckpointUsec.map {
                        ", \(Span.text(max(0, Clock.now - $0))) of work since its last checkpoint"
                    }
                        ?? ", and it has no checkpoint" : ""
                screen.note("cancels job \(job.id) '\(job.name.escaped())', \(job.state.rawValue)\(lost)")
            }
            if consent.dryRun { return }
            try Confirmation.ask("Cancel \(counted(words.count, "job"))?", consent: consent, screen: screen)
        }
        try Lifecycle(common: common, wait: wait, goal: JobFollower.ends).run(words) { daemon, job in
            let reply = try daemon.call(CancelJob.self, .init(job: job, requestId: Daemon.requestId()))
            return (reply.job, reply.changed)
        }
    }
}
