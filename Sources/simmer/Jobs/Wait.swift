import ArgumentParser
import Recipes
import Terminal
import Wire

struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until jobs end, or reach a state.",
        discussion: """
            EXAMPLES:
              simmer wait mnist-cnn && simmer evaluate mnist-cnn@best
              simmer wait mnist-cnn --for running --timeout 10min

            Exit status 0 when every job has succeeded (or stopped), 9 when one failed, was cancelled, or ended without \
            the state that was waited for, 7 when the time is up.
            """)

    @Argument(help: ArgumentHelp("Jobs: names, ids or patterns.", valueName: "job"), completion: Completions.jobs)
    var jobs: [String]

    @Option(name: .customLong("for"), help: "The state to wait for.")
    var state: JobState?

    @Option(help: ArgumentHelp("Give up after this long: 90, 10min, 2h.", valueName: "time"))
    var timeout: TimeSpan?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let ids = try daemon.jobs(matching: jobs).map { try daemon.job($0).summary.id }
        let interruption = Interruption(note: "simmer: no longer waiting; the jobs go on")
        defer { interruption.end() }
        let deadline = timeout.map {
            Deadline(
                microseconds: $0.microseconds,
                message: "not within \(Span.text($0.microseconds)); the jobs go on")
        }
        defer { deadline?.end() }
        let follower = JobFollower(daemon: daemon, screen: screen)
        let until = state.map { JobFollower.ends + ($0.hasEnded ? [] : [$0]) } ?? JobFollower.ends
        try follower.follow(
            JobFilter(names: ids.map(String.init), includeEnded: true), until: until, display: .nothing,
            patience: .infinity)
        let last = try ids.map { try follower.jobs[$0] ?? daemon.job(String($0)).summary }
        if screen.json { try screen.put(json: ListJobs.Output(jobs: last, total: last.count)) }
        for job in last {
            if let state {
                // A short state may have passed before it was seen; a job that got beyond it has been there.
                guard job.state != state, job.state.hasEnded else { continue }
                throw Complaint(
                    "job \(job.id) '\(job.name)' is \(job.state.rawValue), not \(state.rawValue)", code: .jobFailed)
            }
            try job.requireSuccess()
        }
        guard !screen.json else { return }
        for job in last {
            screen.put("job \(job.id) '\(job.name.escaped())' \(job.state.rawValue)")
        }
    }
}
