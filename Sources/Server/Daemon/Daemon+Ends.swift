import Dispatch
import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// A run is over when its process is gone and its last checkpoint is stored or given up.
    func endIfDone(_ run: Run) {
        guard run.ended != nil, run.publishing == 0, runs[run.job] === run else { return }
        run.count(active: false)
        runs[run.job] = nil
        finishWaiters(of: run)
        unsettled[run.job] = run
        settleEnd(ofJob: run.job)
        schedule()
        finishStopping()
    }

    /// What the end of a run makes of its job. Where that cannot be written (on a full disk, mostly) it is tried again: a
    /// job must not stay on its way for ever without a worker. So is what the run has reported last: nothing asks for it
    /// once the end is written. For want of room that is waited for as the row is; for another reason, which may last for
    /// ever, only once.
    func settleEnd(ofJob job: Int, again: Bool = false) {
        guard let run = unsettled.removeValue(forKey: job), let (end, fault) = run.ended, runs[job] == nil else {
            return
        }
        let refusal = flush(run)
        do {
            if let unreadable = try store.knownJob(id: job).unreadable {
                // It waits for a person, and nothing can be written into it.
                return note(
                    .error, job: job, name: run.name, id: .storeDegraded,
                    "the worker of job \(run.name) has ended, and its row stays as it is: \(unreadable.message)")
            }
            if let refusal, !shared.value.stopping, !again || Self.isNoSpace(refusal) { throw refusal }
            // A person may have had it go on meanwhile.
            if again, try !store.job(id: job).state.isLive { return }
            let row = try store.updateJob(job) { row in
                row.activeUsec = run.activeUsec
                if row.progress != nil { row.progress?.step = max(run.lastStep, row.lastCheckpointStep ?? 0) }
                row.progress?.stepsPerSecond = nil
                row.progress?.etaUsec = nil
            }
            try conclude(run, row, end, fault)
        } catch SimmerError.noSuchJob(let gone) where gone == String(job) {
            return  // Deleted meanwhile.
        } catch {
            note(.error, job: job, name: run.name, "the end of a run of job \(run.name) failed: \(error)")
            guard !shared.value.stopping else { return }
            unsettled[job] = run
            executor.queue.asyncAfter(deadline: .now() + 5) {
                self.assumeIsolated { daemon in
                    daemon.settleEnd(ofJob: job, again: true)
                    daemon.schedule()
                }
            }
        }
    }

    private func conclude(_ run: Run, _ row: JobRow, _ end: ChildProcess.End, _ fault: String?) throws {
        if row.state.isEnded { return }
        if let failure = run.failure {
            return try setFailed(run.job, code: failure.code, failure.message, findings: failure.findings)
        }
        if let (fault, code, message) = run.fault, row.desired != .cancel, !shared.value.stopping {
            guard row.desired == .run else { return try setFailed(run.job, code: code, message) }
            return try decide(on: fault, code: code, message, row)
        }
        if row.desired == .cancel {
            _ = try settle(row, reason: nil)
            return
        }
        if let finished = run.finished {
            // One that is to stop stops all the same: from its last checkpoint it goes on some day.
            if let refusal = run.refusal, row.desired == .run {
                return try block(row, refusal.error, byteCount: refusal.byteCount)
            }
            if finished.reachedEnd, run.refusal == nil { return try succeed(run, step: finished.step) }
        }
        if run.finished != nil || run.killed != nil || shared.value.stopping {
            return try stopped(run, row)
        }
        if row.desired != .run {
            // It died while it was parked or on its way to a stop: its last checkpoint holds.
            try stopped(run, row)
        } else if blocked[run.job] != nil {
            _ = try store.updateJob(run.job) { $0.state = .paused }
        } else if rest != nil {
            // Parked, and killed by someone: its last checkpoint holds, and it goes on from there in its time.
            _ = try store.updateJob(run.job) { row in
                row.state = .paused
                row.reason = restReason
            }
        } else if let silenced = run.silenced {
            try launch(row, restart: silenced)
        } else {
            try died(run, row, end, fault)
        }
    }

    private func succeed(_ run: Run, step: Int) throws {
        passSuspect(run)
        let trunk = try store.job(id: run.job).cooldownOf
        let notice = notice(
            [trunk == nil ? .finished : .harvest],
            trunk.map { "Cooldown \(run.name) of job \($0) has reached its end at step \(step)." }
                ?? "Job \(run.name) has reached its end at step \(step).", job: run.job)
        let row = try store.updateJob(run.job) { row in
            row.state = .succeeded
            row.reason = nil
            row.progress?.step = step
            try row.keep(notice)
        }
        policies[run.job] = nil
        note(
            .notice, job: run.job, name: run.name, step: step, id: .jobSucceeded,
            "job \(run.name) has reached its end at step \(step)")
        keepLine(
            job: run.job, priority: 5, step: step, "The job has reached its end at step \(row.progress?.step ?? step).")
        attempt("telling of a harvest", job: row.id) { try tellHarvest(row, step: step) }
        tell(row)
    }

    private func stopped(_ run: Run, _ row: JobRow) throws {
        var reason = run.killed.map { Reason(code: "deadline", message: $0, sinceUsec: Clock.wallUsec()) }
        if let refusal = run.refusal, reason == nil {
            reason = Reason(
                code: Self.diskCode(refusal.error),
                message: "Its last checkpoint could not be stored (\(refusal.error)): it goes on from the one before.",
                sinceUsec: Clock.wallUsec())
        }
        let settled = try store.updateJob(row.id, message: reason?.message) { row in
            let held = row.desired == .pause && row.reason?.code == Self.watchCode ? row.reason : nil
            switch row.desired {
            case .run: row.state = .interrupted
            case .pause: row.state = .paused
            case .stop: row.state = .stopped
            case .cancel: row.state = .cancelled
            }
            row.reason =
                row.state == .interrupted
                ? Reason(code: "daemon_restart", message: "The daemon stopped.", sinceUsec: Clock.wallUsec())
                : reason ?? held
        }
        note(
            .info, job: run.job, name: run.name, step: run.lastStep,
            "job \(run.name) is \(settled.state.rawValue) at step \(run.lastStep)")
    }

    /// A worker that ended without a word. Whether it starts again is for the policy to say.
    private func died(_ run: Run, _ row: JobRow, _ end: ChildProcess.End, _ fault: String?) throws {
        let how: String
        var signal: Int32?
        switch end {
        case .signalled(let number):
            how = "was killed by signal \(number)\(number == SIGKILL ? " (by hand, or for want of memory)" : "")"
            signal = number
        case .exited(let status): how = "exited with status \(status)"
        }
        let text = "The worker \(how) at step \(run.lastStep)\(fault.map { " (\($0))" } ?? "")"
        let silence = run.silentSeconds
        let verdict = policies[run.job, default: RestartPolicy()]
            .died(step: run.lastStep, signal: signal, silentSeconds: silence)
        note(.warning, job: run.job, name: run.name, step: run.lastStep, id: .workerDied, text)
        keepLine(job: run.job, priority: 4, step: run.lastStep, text + ".")
        switch verdict {
        case .giveUp(let deaths):
            try setFailed(
                run.job, code: signal == SIGKILL ? "oom" : "internal",
                "\(text), as \(deaths - 1) times before without getting further. "
                    + "`simmer resume \(run.name)` tries again from step \(row.lastCheckpointStep ?? 0).")
        case .again:
            let from = row.lastCheckpointStep.map { "checkpoint \($0)" } ?? "the start"
            let message = "\(text); it goes on from \(from)."
            var notice: Notice?
            if policies[run.job]?.isSuspicious == true {
                notice = occasionalNotice([.needsPerson], message + " Another death there fails it.", job: run.job)
                note(
                    .warning, job: run.job, name: run.name, step: run.lastStep, id: .needsPerson,
                    "the worker of job \(run.name) has died at step \(run.lastStep) before")
            }
            try launch(row, restart: message, notice: notice)
        }
    }

    /// Nobody waits for a run that is over.
    func finishWaiters(of run: Run) {
        for waiter in run.holdWaiters { waiter.resume(returning: nil) }
        run.holdWaiters = []
        for waiter in run.checkpointWaiters {
            answer(waiter, Result { try run.lastAnswer(to: waiter, in: store) }, job: run.job)
        }
        run.checkpointWaiters = []
    }

    /// What became of a checkpoint that was asked for; where nobody waits, the job's log says what did not.
    func answer(_ waiter: CheckpointWaiter, _ result: Result<Checkpoint, any Error>, job: Int) {
        let result = result.mapError { answerable($0, "a checkpoint") as any Error }
        if let continuation = waiter.continuation { return continuation.resume(with: result) }
        if case .failure(let error) = result {
            let tag = waiter.tag.map { " with the tag '\($0)'" } ?? ""
            keepLine(job: job, priority: 4, step: nil, "The requested checkpoint\(tag) does not exist: \(error)")
        }
    }
}
