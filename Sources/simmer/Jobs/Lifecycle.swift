import Recipes
import Terminal
import Wire

/// What pause, resume, stop and cancel share: a change for each job, and the wait for it.
struct Lifecycle {
    var common: CommonOptions
    var wait: Bool
    /// States that end the wait.
    var goal: [JobState]

    /// - Parameter verb: asks for the change; the reply says whether it is one.
    func run(
        _ words: [String], _ verb: (Daemon, String) throws -> (job: JobSummary, changed: Bool)
    ) throws {
        let screen = common.screen
        let daemon = common.daemon()
        var failures: [any Error] = []
        for word in try daemon.jobs(matching: words, where: { !$0.state.hasEnded || $0.state == .stopped }) {
            do {
                var (job, changed) = try verb(daemon, word)
                if wait {
                    let follower = JobFollower(daemon: daemon, screen: screen)
                    let interruption = Interruption(note: "simmer: no longer waiting; what was asked for still happens")
                    defer { interruption.end() }
                    try follower.follow(
                        JobFilter(names: [String(job.id)], includeEnded: true), until: goal, display: .nothing)
                    job = follower.jobs[job.id] ?? job
                }
                if screen.json {
                    try screen.put(json: PauseJob.Output(job: job, changed: changed))
                } else {
                    let toward = job.isThere ? "" : ", to \(job.desired.rawValue)"
                    screen.put(
                        "job \(job.id) '\(job.name.escaped())' \(job.state.rawValue)\(toward)"
                            + (changed ? "" : " (nothing to change)"))
                }
            } catch  where !(error is ClientFailure) {
                // The other jobs of a pattern still get their change.
                failures.append(error)
            }
        }
        for failure in failures.dropLast() { Complaint(failure)?.say(json: false) }
        if let last = failures.last { throw last }
    }
}

extension JobSummary {
    /// Whether the state is what its owner wants.
    fileprivate var isThere: Bool {
        switch desired {
        case .run: true
        case .pause: state == .paused || state.hasEnded
        case .stop, .cancel: state.hasEnded
        }
    }
}
