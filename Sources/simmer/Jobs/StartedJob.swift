import Recipes
import Terminal
import Wire

/// What happens after a command has made a job: its data are inspected, and then the user may wait for it.
struct StartedJob {
    var daemon: Daemon
    var screen: Screen
    var options: FollowOptions
    /// The recipe's file, for findings that point into it.
    var file: String?

    /// Waits until the daemon has copied and inspected the job's data, and says what it found.
    /// - Throws: `Complaint` with status 8 where the data or the recipe do not do.
    func settle(_ job: inout JobSummary, findings: inout [Finding]) throws {
        if job.state == .preparing {
            let interruption = Interruption(
                note:
                    "simmer: detached; job \(job.id) is being prepared. 'simmer status \(job.name.escaped())' shows it."
            )
            defer { interruption.end() }
            let meter = Meter(screen)
            defer { meter.clear() }
            meter.say("preparing '\(job.name.escaped())': its data are copied and inspected")
            let follower = JobFollower(daemon: daemon, screen: screen)
            try follower.follow(
                JobFilter(names: [String(job.id)], includeEnded: true),
                until: JobState.allCases.filter { $0 != .preparing }, display: .nothing)
            let detail = try daemon.job(String(job.id))
            job = detail.summary
            findings += detail.warnings.filter { !findings.contains($0) }
            if job.state != .failed { screen.note(ScheduleScreen.lines(detail.schedule ?? [])) }
        }
        guard job.state == .failed else {
            screen.note(FindingText.lines(findings, file: file))
            return
        }
        let why = job.reason.map { ": \($0.message)" } ?? ""
        throw Complaint(
            "job \(job.id) '\(job.name)' cannot start\(why)",
            hint: findings.isEmpty
                ? "'simmer logs \(job.name)' has what the inspection said." : "Put this right and submit it again.",
            findings: findings, file: file, code: .problems)
    }

    /// Prints the job, or follows it to its end.
    /// - Parameter whole: what `--json` shows of a job that nobody waits for.
    func report(_ job: JobSummary, whole: some Encodable) throws {
        if options.idOnly {
            screen.put(String(job.id))
        } else if screen.json {
            if !options.wait && !options.follow { try screen.put(json: whole) }
        } else if !options.follow || !screen.isLive {
            let place = job.state == .queued ? job.queuePosition.map { ", place \($0) in the queue" } ?? "" : ""
            screen.put("job \(job.id) '\(job.name.escaped())' \(job.state.rawValue)\(place)")
        }
        guard options.wait || options.follow else { return }
        let display: JobFollower.Display =
            !options.follow || options.idOnly ? .nothing : screen.json ? .json : screen.isLive ? .live : .lines
        let last = try JobFollower.follow(job: job.id, name: job.name, daemon: daemon, screen: screen, display: display)
        if screen.json && !options.follow { try screen.put(json: last) }
        try last.requireSuccess()
    }
}
