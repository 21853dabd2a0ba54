import Dispatch
import Recipes
import Storage

extension Daemon {
    /// Looks for workers that have stopped to speak; again after the configuration was read.
    func watchSilence() {
        silenceTimer?.cancel()
        let limit = configuration.silence
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        let pause = min(60, max(0.25, limit / 4))
        timer.schedule(deadline: .now() + pause, repeating: pause, leeway: .milliseconds(Int(pause * 100)))
        timer.setEventHandler { self.assumeIsolated { $0.lookForSilence(longer: limit, interval: pause) } }
        timer.activate()
        silenceTimer = timer
    }

    /// A worker that hangs or has been stopped loses at most the steps since its last checkpoint when it is replaced, and
    /// everything from now on when it is not.
    private func lookForSilence(longer limit: Double, interval: Double) {
        let now = Clock.monotonic()
        for run in runs.values {
            guard run.phase == .training || run.phase == .holding else {
                // Nobody expects a word.
                run.quiet.hear(at: now)
                run.stepless.hear(at: now)
                continue
            }
            run.quiet.look(at: now, interval: interval)
            run.stepless.look(at: now, interval: interval)
            attempt("telling of a stall", job: run.job) { try tellStall(run) }
            guard run.quiet.seconds > limit, !run.isKnownSilent else { continue }
            run.isKnownSilent = true
            attempt("telling of a silent worker", job: run.job) { try isSilent(run, seconds: run.quiet.seconds) }
        }
    }

    /// Status and watch screens show that no step has ended for long, well before anything is done about it.
    func tellStall(_ run: Run) throws {
        guard run.stepless.seconds > PaceWatch.stalled * PaceWatch.reports else { return }
        let row = try store.job(id: run.job)
        guard var progress = row.progress else { return }
        let usual =
            run.pace.step ?? progress.stepsPerSecond.flatMap { $0 > 0 ? 1 / $0 : nil }
            ?? row.notes[JobRow.stepSecondsNote].flatMap { Double($0) }
        guard let usual, PaceWatch.isStalled(after: run.stepless.seconds, usual: usual) else { return }
        progress.stalledForUsec = Int(run.stepless.seconds * 1e6)
        store.noteProgress(progress, activeUsec: run.activeUsec, ofJob: run.job)
        publishProgress(run)
    }

    /// One that has parked did not hang.
    func endStall(_ run: Run) throws {
        guard var progress = try store.job(id: run.job).progress, progress.stalledForUsec != nil else { return }
        progress.stalledForUsec = nil
        store.noteProgress(progress, ofJob: run.job)
    }

    private func isSilent(_ run: Run, seconds: Double) throws {
        let threads = ThreadLook(pid: run.link?.child.pid ?? 0)
        let text =
            "The worker (pid \(run.link?.child.pid ?? 0)) has reported nothing for "
            + "\(Self.ago(Int(seconds * 1e6))) at step \(run.lastStep)\(threads.words.map { ": \($0)" } ?? "")."
        let row = try store.job(id: run.job)
        let follows = Silence.follows(
            action: try recipeInForce(row).watch.action("W9"), restarts: try row.watch().silences ?? 0,
            isTraced: threads.isTraced)
        let from = row.lastCheckpointStep.map { "checkpoint \($0)" } ?? "the beginning"
        let next =
            switch follows {
            case .nothing: "If it hangs, kill it: the job goes on from \(from)."
            case .restart: "It is killed, and the job goes on from \(from)."
            case .pause:
                "It is killed, and the job is paused: `simmer resume \(run.name)` continues from \(from)."
            }
        note(.warning, job: run.job, name: run.name, step: run.lastStep, id: .needsPerson, "\(text) \(next)")
        keepLine(job: run.job, priority: 4, step: run.lastStep, "\(text) \(next)")
        watched(
            CheckResult(
                "W9", .fail, .invariant, text, places: threads.lines, action: next, step: run.lastStep), job: run.job)
        let notice = occasionalNotice([.needsPerson], "\(text) \(next)", job: run.job)
        let changed = try store.updateJob(run.job, event: .warning, message: "\(text) \(next)") { row in
            try row.keep(notice)
            var record = try row.watch()
            switch follows {
            case .nothing: return
            case .restart: record.silences = (record.silences ?? 0) + 1
            case .pause:
                // Whoever has it go on gives it another restart.
                record.silences = nil
                if row.desired == .run { hold(&row, "\(text) \(next)") }
            }
            try row.set(record)
        }
        tell(changed)
        guard follows != .nothing else { return }
        run.silenced = "\(text) The worker was killed; the job goes on from \(from)."
        run.link?.kill()
    }
}

/// What follows from the silence of a worker.
enum Silence: Equatable {
    case nothing
    /// From the newest checkpoint on.
    case restart
    case pause

    /// - Parameters:
    ///   - restarts: that followed from earlier silences.
    ///   - isTraced: whether a debugger holds it, which somebody looks through.
    static func follows(action: Watch.Action, restarts: Int, isTraced: Bool) -> Silence {
        switch action {
        case _ where isTraced: .nothing
        case .restart: restarts == 0 ? .restart : .pause
        case .pause: .pause
        case .off, .log, .warn, .stop, .rollback: .nothing
        }
    }
}
