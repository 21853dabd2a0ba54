import Dispatch
import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// Waits for old workers, marks what was running, and lets the queue go.
    func recover() throws {
        store.setEventHandler { [events, weak self] made in
            for event in made { events.publish(event) }
            self?.followParts(made)
        }
        let killed = records.waitForOld(seconds: 20) { notifier.extend(seconds: 30) }
        if killed > 0 { note(.warning, "\(killed) workers of an earlier daemon had to be killed") }
        let interrupted = try store.recoverJobs()
        for row in interrupted {
            note(.notice, job: row.id, name: row.name, "job \(row.name) is \(row.state.rawValue): the daemon went away")
        }
        for finding in store.degraded {
            note(.error, id: .storeDegraded, finding.message)
        }
        // Jobs that waited for room on the disk try again: the room may be there.
        for row in try store.jobs(in: [.paused]) where row.desired == .run {
            _ = try store.updateJob(row.id) { $0.state = .queued }
        }
        // What failed because its data was being received: the store has marked it, and nobody has been told.
        for row in interrupted where row.state == .failed {
            let notice = notice([.failed], row.reason?.message ?? "", job: row.id)
            _ = try store.updateJob(row.id) { try $0.keep(notice) }
        }
        checkNotify()
        watchSilence()
        watchMachines()
        watchProofs()
        tellLeftOver()
        // Before the queue is let go.
        watchPoliteness()
        shared.withLock { $0.ready = true }
        prepareReceived()
        startHousekeeping()
        // What its owner wanted while its parts were on their way there.
        for row in try store.jobs(in: Set(JobState.allCases.filter { !$0.isEnded })) where row.isWhole {
            convergeWhole(row.id)
        }
        schedule()
    }

    /// Ready for calls: tells the service manager.
    func announceReady() {
        lastStatus = statusLine()
        notifier.ready(status: lastStatus)
    }

    // MARK: Housekeeping

    static let sweepSeconds = 900.0

    private func startHousekeeping() {
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        timer.schedule(deadline: .now() + 60, repeating: Self.sweepSeconds, leeway: .seconds(30))
        timer.setEventHandler { self.assumeIsolated { $0.housekeep() } }
        timer.activate()
        housekeeping = timer
    }

    private func housekeep() {
        let every = configuration.store.scrubEvery
        let limits = RecordLimits(configuration.limits)
        writer.async { [store] in
            self.attemptAside("trimming") { try store.trim(limits) }
            self.attemptAside("sweeping tables of examples") { try self.examples.store.sweep() }
            self.attemptAside("sweeping") {
                let swept = try store.sweep()
                if swept.bytes > 0 {
                    self.note(.info, "swept \(swept.checkpoints) checkpoints, \(swept.bytes) bytes freed")
                }
            }
        }
        thin()
        guard every > 0, bulk.load == 0 else { return }
        bulk.async { [store] in
            self.attemptAside("the regular scrub") {
                let last = try store.usage().lastScrubUsec ?? self.shared.value.startedUsec
                guard Double(Clock.wallUsec() - last) > every * 1e6 else { return }
                let result = try store.scrub(maxBytesPerSecond: 50 << 20)
                self.report(result)
            }
        }
    }

    /// Makes buckets of old metrics, a few at a time and with pauses, so that a checkpoint that comes meanwhile soon gets
    /// its turn, and neither answers nor training have to share the processor with it all the time.
    private nonisolated func thin() {
        writer.async { [store] in
            self.attemptAside("thinning metrics") {
                guard !self.shared.value.stopping else { return }
                if try store.thinMetrics(transactions: 4) {
                    return self.executor.queue.asyncAfter(deadline: .now() + .milliseconds(20)) { self.thin() }
                }
                try store.shrink()
            }
        }
    }

    /// Keeps what a scrub found where status shows it.
    nonisolated func report(_ result: ScrubResult) {
        note(
            result.problems.isEmpty ? .info : .error, id: result.problems.isEmpty ? nil : .storeDegraded,
            "scrub: \(result.checkedBytes) bytes read, \(result.problems.count) problems")
        shared.withLock { shared in
            shared.degraded = shared.degraded.filter { !$0.key.hasPrefix("scrub-") }
            for (index, problem) in result.problems.prefix(20).enumerated() {
                shared.degraded["scrub-\(index)"] = problem
            }
        }
        guard let first = result.problems.first else { return }
        let text = "The scrub found \(result.problems.count) problems in the store; the first: \(first.message)"
        executor.queue.async { self.assumeIsolated { $0.tell(.disk, text) } }
    }

    /// Backups are made by timers: nobody reads what such a call is answered.
    func backupFailed(_ name: String, _ error: any Error) {
        let text = "The backup '\(name)' failed, and nothing of it was kept: \(answerable(error, "the backup"))"
        note(.error, id: .needsPerson, text)
        shared.withLock { shared in
            shared.degraded["backup"] = Finding(
                severity: .error, code: "backup_failed", message: text,
                hint:
                    "Make room or take away what is in the way, then `simmer daemon backup`: the next one that succeeds"
                    + " clears this.")
        }
        tell(.disk, text)
    }

    // MARK: Reload

    /// Reads the configuration again.
    /// - Throws: `badFile` with what is wrong in it; nothing changes then.
    func reload() throws -> Reload.Output {
        notifier.reloading()
        defer {
            lastStatus = statusLine()
            notifier.ready(status: lastStatus)
        }
        let new: Configuration
        do { new = try ConfigurationFile.read(options) } catch let error as StartError {
            note(.error, "the configuration was not taken: \(error)")
            throw SimmerError.badFile(
                message: error.message,
                findings: error.findings)
        }
        let old = configuration
        shared.withLock { $0.configuration = new }
        roles.withLock { $0 = new.roles }
        if old.logLevel != new.logLevel { threshold.level = new.logLevel.level }
        checkNotify()
        watchSilence()
        watchProofs()
        watchPoliteness()
        let (changed, restart) = old.differences(to: new)
        note(
            .notice,
            "configuration read again: \(changed.isEmpty ? "nothing changed" : changed.joined(separator: ", "))")
        schedule()
        return Reload.Output(changed: changed, restartNeeded: restart)
    }

    // MARK: Stop

    /// No new job starts; running ones go on, or stop where asked.
    func drain(_ input: Drain.Input) -> Drain.Output {
        if input.cancel == true {
            shared.withLock { $0.draining = false }
            schedule()
        } else {
            shared.withLock { $0.draining = true }
            if input.stopRunning == true {
                for run in runs.values { stopRun(run) }
            }
        }
        return draining
    }

    var draining: Drain.Output {
        Drain.Output(draining: shared.value.draining, remaining: runs.values.count { !$0.isParked })
    }

    /// Asks the process to end as SIGTERM would.
    func requestStop(interrupt: Bool) { onStopRequest?(interrupt) }

    func setStopHandler(_ handler: @escaping @Sendable (Bool) -> Void) { onStopRequest = handler }

    /// Lets every worker hand over a last checkpoint and exit; returns when none is left.
    func stop(interrupt: Bool = false) async {
        guard !shared.value.stopping else { return }
        shared.withLock { $0.stopping = true }
        notifier.stopping(status: "stopping \(runs.count) jobs")
        note(.notice, "stopping: \(runs.count) jobs hand over a last checkpoint")
        let grace = configuration.checkpointGrace
        shortWorkers.cancelAll()
        replays.cancelAll()
        provers.cancelAll()
        for ticket in checking.values { ticket.cancel() }
        checkers.cancelAll()
        improvers.cancelAll()
        lookers.cancelAll()
        for ticket in preparations.values { ticket.cancel() }
        for ticket in measurements.values { ticket.cancel() }
        for run in Array(runs.values) { interrupt ? run.link?.kill() : stopRun(run) }
        let deadline = Clock.monotonic() + grace
        extendWhileStopping(until: deadline)
        if !runs.isEmpty { await withCheckedContinuation { stopWaiters.append($0) } }
        await finishWriting()
        attempt("marking jobs") {
            for row in try store.jobs(in: [.starting, .running, .checkpointing, .pausing, .stopping]) {
                _ = try settle(
                    row,
                    reason: Reason(code: "daemon_restart", message: "The daemon stopped.", sinceUsec: Clock.wallUsec()))
            }
        }
        do { try await courier.stop() } catch { note(.error, "notifications did not end: \(error)") }
        housekeeping?.cancel()
        politeTimer?.cancel()
        silenceTimer?.cancel()
        watchTimer?.cancel()
        proving.timer?.cancel()
        blockedTimer?.cancel()
        events.close()
        points.close()
        lines.close()
    }

    /// What waits on the writer's thread is retention at most; the checkpoints are stored by now.
    private func finishWriting() async {
        do { try await writer.run {} } catch { note(.error, "the writer did not finish: \(error)") }
        writer.stop()
        bulk.stop()
    }

    private func extendWhileStopping(until deadline: Double) {
        guard !runs.isEmpty else { return }
        notifier.extend(seconds: 30)
        if Clock.monotonic() > deadline {
            for run in runs.values where run.ended == nil {
                run.killed = "The worker did not stop in time and was killed; its last checkpoint holds."
                run.link?.kill()
            }
        }
        executor.queue.asyncAfter(deadline: .now() + 5) {
            self.assumeIsolated { $0.extendWhileStopping(until: deadline) }
        }
    }

    func finishStopping() {
        guard shared.value.stopping, runs.isEmpty else { return }
        for waiter in stopWaiters { waiter.resume() }
        stopWaiters = []
    }
}

extension RecordLimits {
    init(_ limits: Configuration.Limits) {
        self.init()
        logEntries = limits.logEntries
        logAge = limits.logAge
        events = limits.events
        eventAge = limits.eventAge
    }
}
