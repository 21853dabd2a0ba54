import Glibc
import Recipes
import Terminal
import Wire

/// Watches jobs over restarts of the daemon, and draws them.
final class JobFollower {
    private let daemon: Daemon
    private let screen: Screen
    private(set) var jobs: [Int: JobSummary] = [:]
    private var drawnLines = 0
    private var lastLine: [Int: (state: JobState, checkpoint: String?, time: Int)] = [:]

    init(daemon: Daemon, screen: Screen) {
        self.daemon = daemon
        self.screen = screen
    }

    /// How the follower shows what happens.
    enum Display { case nothing, live, lines, json }

    /// Every state in which nothing more happens by itself.
    static let ends = JobState.allCases.filter(\.hasEnded)

    /// Watches until every job is in one of the states; nil watches for ever.
    /// - Parameter patience: seconds to wait for a daemon that went away.
    func follow(_ filter: JobFilter, until: [JobState]?, display: Display, patience: Double = 300) throws {
        let live = display == .live
        // A heartbeat a second keeps the live clock going; a watch that only waits needs few.
        let input = WatchJobs.Input(
            filter: filter, until: until, heartbeatUsec: live ? 1_000_000 : 15_000_000,
            minIntervalUsec: live ? 200_000 : display == .nothing ? 1_000_000 : 500_000)
        var lostAt: Int?
        defer { if live { draw(final: true) } }
        while true {
            do {
                try daemon.stream(WatchJobs.self, input, silence: 60, repeats: false) { output in
                    if lostAt != nil { screen.note("simmer: the daemon is back") }
                    lostAt = nil
                    try take(output.event, display)
                    return true
                }
                return
            } catch  where JobFollower.isAbsence(error, known: lostAt != nil) {
                let now = Clock.now
                if lostAt == nil {
                    if live { draw(final: true) }
                    screen.note("simmer: the daemon went away; waiting for it, the jobs are safe")
                    drawnLines = 0
                }
                let since = lostAt ?? now
                lostAt = since
                guard Double(now - since) < patience * 1e6 else { throw error }
                usleep(250_000)
            } catch SimmerError.watchLagged {
                // Too slow for a while: begin again with a snapshot.
                continue
            }
        }
    }

    /// Whether the daemon ends, restarts, or has gone; one that never was there is an error.
    private static func isAbsence(_ error: any Error, known: Bool) -> Bool {
        switch error {
        case ClientFailure.connectionLost, ClientFailure.timedOut, SimmerError.draining, SimmerError.notReady: true
        case ClientFailure.noDaemon: known
        default: false
        }
    }

    private func take(_ event: Event, _ display: Display) throws {
        let before = event.job.flatMap { jobs[$0.id] }
        if let job = event.job {
            if event.kind == .deleted { jobs[job.id] = nil } else { jobs[job.id] = job }
        }
        switch display {
        case .nothing: sayStandstill(event, before)
        case .json: if event.kind != .heartbeat { try screen.put(json: event) }
        case .live:
            if let text = remark(event) { above(text) }
            if event.kind == .snapshot { return }
            draw(final: false)
        case .lines: try line(event)
        }
    }

    /// Whoever only waits is told when a job stands still: until somebody has it go on, the wait is for nothing.
    private func sayStandstill(_ event: Event, _ before: JobSummary?) {
        guard let job = event.job, job.state == .paused, before?.state != .paused else { return }
        let why = job.reason.map { ": \($0.message)" } ?? ""
        screen.note([
            Line([
                Cell("simmer: ", .bold),
                Cell("job \(job.id) '\(job.name)' is paused; still waiting\(why)", .caution),
            ])
        ])
    }

    /// What stays on the screen above the live lines.
    private func remark(_ event: Event) -> Line? {
        let style: Style
        switch event.kind {
        case .restart, .warning: style = .caution
        default: return nil
        }
        guard let message = event.message else { return nil }
        let name = event.job.map { jobs.count > 1 ? "\($0.name): " : "" } ?? ""
        return Line([
            Cell(Clock.near(event.timeUsec, now: Clock.now) + "  ", .dim), Cell(name, .bold), Cell(message, style),
        ])
    }

    private func above(_ line: Line) {
        Screen.write(eraser + line.rendered(screen.palette) + "\n", to: 1)
        drawnLines = 0
    }

    private var eraser: String { drawnLines > 0 ? "\u{1b}[\(drawnLines)A\r\u{1b}[J" : "\r" }

    private func draw(final: Bool) {
        let width = Screen.terminalWidth
        let now = Clock.now
        var lines = jobs.values.sorted { $0.id < $1.id }.flatMap { job in
            WatchScreen.block(job, now: now, palette: screen.palette, width: width).map {
                $0.rendered(screen.palette, width: width)
            }
        }
        if lines.isEmpty && !final { lines = ["no jobs run or wait; 'simmer submit RECIPE' queues one"] }
        let room = Screen.terminalHeight - 1
        if !final && lines.count > room {
            lines = lines.prefix(room - 1) + ["… \(lines.count - room + 1) more lines; a taller window shows them"]
        }
        if lines.isEmpty { return }
        Screen.write(eraser + lines.joined(separator: "\n") + "\n", to: 1)
        drawnLines = final ? 0 : lines.count
    }

    /// One line a change: of the state, a checkpoint, an evaluation; else at most one in ten seconds.
    private func line(_ event: Event) throws {
        guard let job = event.job else { return }
        let previous = lastLine[job.id]
        let changed = previous?.state != job.state || previous?.checkpoint != job.lastCheckpoint
        let due = event.timeUsec - (previous?.time ?? 0) >= 10_000_000
        let said = event.kind == .restart || event.kind == .warning || event.kind == .deleted
        guard changed || due || said else { return }
        lastLine[job.id] = (job.state, job.lastCheckpoint, event.timeUsec)
        let note = said ? event.message ?? event.kind.rawValue : event.kind == .checkpoint ? "checkpoint" : nil
        screen.put(WatchScreen.line(job, note: note, time: event.timeUsec))
    }
}

extension JobFollower {
    /// Follows one job to its end, the way a command asked for.
    /// - Returns: the job as it ended.
    static func follow(
        job id: Int, name: String, daemon: Daemon, screen: Screen, display: Display
    ) throws -> JobSummary {
        let interruption = Interruption(
            note: "simmer: detached; job \(id) goes on. 'simmer watch \(name.escaped())' shows it again.")
        defer { interruption.end() }
        let follower = JobFollower(daemon: daemon, screen: screen)
        try follower.follow(JobFilter(names: [String(id)], includeEnded: true), until: ends, display: display)
        return try follower.jobs[id] ?? daemon.job(String(id)).summary
    }
}

extension JobSummary {
    /// What a command that waited for the job ends with.
    func requireSuccess() throws {
        guard state == .failed || state == .cancelled else { return }
        let why = reason.map { ": \($0.message) [\($0.code)]" } ?? ""
        throw Complaint(
            "job \(id) '\(name)' \(state == .failed ? "failed" : "was cancelled")\(why)",
            hint: state == .failed ? "'simmer logs \(name)' has what it said." : nil, code: .jobFailed)
    }
}
