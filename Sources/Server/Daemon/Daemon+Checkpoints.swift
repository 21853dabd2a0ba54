import Dispatch
import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// A checkpoint in lent memory: stored on the writer's thread while the job trains on, behind all that was reported
    /// before it. A run that goes on from it measures none of that again: what is not in by then is lost with the daemon.
    /// It waits for that where there is no room; where the store takes no reports for another reason, they are worth less
    /// than it is.
    /// - Parameter request: the newest request that it was taken after.
    func handedOver(
        _ run: Run, _ snapshot: Snapshot, buffer: Int, byteCount: Int, request: Int, _ descriptors: [Descriptor]
    ) {
        if let first = descriptors.first { run.buffers[buffer] = first }
        run.lastStep = max(run.lastStep, snapshot.step)
        guard let memory = run.buffers[buffer], let size = SharedMemory.sealedByteCount(memory), size >= byteCount,
            snapshot.fits(byteCount: byteCount)
        else {
            run.failure = ("internal", "The worker handed over memory that is not what it says.", [])
            run.link?.kill()
            return
        }
        run.publishing += 1
        let waiters = run.takeWaiters(for: snapshot, request: request)
        let job = run.job
        let token = run.token
        let owner = run.owner
        let active = run.activeUsec
        let refusal = flush(run)
        writer.async { [store] in
            let began = Clock.monotonic()
            var removedBytes: Int?
            let outcome = Result {
                if let refusal { try self.catchUp(job: job, token: token, after: refusal) }
                let stored = try store.publishMakingRoom(snapshot, from: memory.raw, job: job, ownerUid: owner)
                removedBytes = stored.removedBytes
                return stored.checkpoint
            }
            // A tag that is taken meanwhile is that caller's matter; the checkpoint stays.
            let answers = waiters.map { waiter in
                outcome.flatMap { checkpoint in Result { try waiter.tagged(checkpoint, in: store) } }
            }
            let seconds = Clock.monotonic() - began
            let usedAgain = removedBytes
            self.executor.queue.async {
                self.assumeIsolated { daemon in
                    for (waiter, answer) in zip(waiters, answers) { daemon.answer(waiter, answer, job: job) }
                    daemon.published(
                        job: job, token: token, buffer: buffer, byteCount: byteCount, active: active, seconds: seconds,
                        usedAgain: usedAgain, outcome)
                }
            }
        }
    }

    /// On the writer's thread: what the store did not take of a run's reports, once more, where there was no room for it with
    /// what removed checkpoints leave. A checkpoint that it throws for is one that found no room itself, or whose run is gone;
    /// whatever else keeps reports out, a damaged page say, may do so for ever, and is no reason to lose the training too.
    private nonisolated func catchUp(job: Int, token: Int, after refusal: any Error) throws {
        defer { store.keepSpareRoom() }
        if Self.isNoSpace(refusal) { _ = try store.sweep(urgent: true) }
        let flushed = DispatchSemaphore(value: 0)
        let outcome = Locked<(any Error)?>(nil)
        // The queue never waits for this thread.
        executor.queue.async {
            self.assumeIsolated { daemon in
                guard let run = daemon.runs[job], run.token == token else {
                    // Without its run nothing can be caught up with any more.
                    return outcome.withLock { $0 = SimmerError.operationCancelled }
                }
                guard let error = daemon.flush(run) else { return }
                if Self.isNoSpace(error) { return outcome.withLock { $0 = error } }
                daemon.noteLeftOut(run, error)
            }
            flushed.signal()
        }
        flushed.wait()
        if let error = outcome.value { throw error }
    }

    /// Said once of a run: of what keeps its reports out the next checkpoint finds the same.
    private func noteLeftOut(_ run: Run, _ error: any Error) {
        guard !run.isStoredWithout else { return }
        run.isStoredWithout = true
        let text =
            "Checkpoints are stored without the metrics and log lines before them, which the store refuses: \(error)"
        note(.error, job: run.job, name: run.name, step: run.lastStep, id: .storeDegraded, text)
        keepLine(job: run.job, priority: 3, step: run.lastStep, text)
    }

    /// Said once of a run: on a full disk it is so for one checkpoint after the other.
    private func noteRoom(_ run: Run, usedAgain bytes: Int?) {
        guard let bytes, bytes > 0, !run.isShortOfRoom else { return }
        run.isShortOfRoom = true
        note(
            .warning, job: run.job, name: run.name,
            "the disk is full: \(bytes) bytes of removed checkpoints are used again")
    }

    /// - Parameter active: microseconds of training when it was taken.
    private func published(
        job: Int, token: Int, buffer: Int, byteCount: Int, active: Int, seconds: Double, usedAgain: Int?,
        _ outcome: Result<Checkpoint, any Error>
    ) {
        guard let run = runs[job], run.token == token else { return }
        run.publishing -= 1
        switch outcome {
        case .success(let checkpoint):
            run.refusal = nil
            run.gauge.withLock { $0.saved(at: active) }
            noteRoom(run, usedAgain: usedAgain)
            attempt("giving a buffer back", job: job) { try run.link?.send(.returned(buffer: buffer, durable: true)) }
            stored(run, checkpoint, seconds: seconds)
        case .failure(let error):
            run.refusal = (error, byteCount)
            attempt("giving a buffer back", job: job) { try run.link?.send(.returned(buffer: buffer, durable: false)) }
            attempt("pausing for the disk", job: job) {
                let row = try store.job(id: job)
                // One that is to stop stops all the same, and says why it is not further.
                if row.desired == .run || row.desired == .pause { try block(row, error, byteCount: byteCount) }
            }
        }
        endIfDone(run)
    }

    private func stored(_ run: Run, _ checkpoint: Checkpoint, seconds: Double) {
        let job = run.job
        let speed = seconds > 0 ? Double(checkpoint.sizeBytes) / 1_048_576 / seconds : 0
        note(
            .info, job: job, name: run.name, step: checkpoint.step,
            "checkpoint \(checkpoint.step) of job \(run.name) is durable: \(checkpoint.sizeBytes) bytes in "
                + "\(Int(seconds * 1000)) ms (\(Int(speed)) MiB/s)")
        attempt("following up checkpoint \(checkpoint.step)", job: job) {
            let row = try store.job(id: job)
            if row.notes[JobRow.resumeNote] != nil {
                _ = try store.updateJob(job) { $0.notes[JobRow.resumeNote] = nil }
            }
            try harvestIfDue(row)
        }
        if blocked.removeValue(forKey: job) != nil { recovered(job) }
        let writer = self.writer
        writer.async { [store] in
            self.attemptAside("retention", job: job) { _ = try store.applyRetention(job: job) }
        }
        // What was written is read back before an older one may go, but never ahead of the next checkpoint.
        if writer.load <= 1 {
            writer.async { [store] in
                guard writer.load <= 1 else { return }
                self.attemptAside("reading checkpoint \(checkpoint.step) back", job: job) {
                    let result = try store.verify(checkpoint: checkpoint.id)
                    if result.state == .corrupt { self.damaged(checkpoint, result.problems) }
                }
            }
        }
        planStatus()
    }

    nonisolated func damaged(_ checkpoint: Checkpoint, _ problems: [Finding]) {
        let text = "Checkpoint \(checkpoint.step) of job \(checkpoint.jobName ?? "?") is damaged and will not be used."
        note(
            .error, job: checkpoint.jobId, name: checkpoint.jobName, step: checkpoint.step, id: .storeDegraded,
            text + " " + problems.map(\.message).joined(separator: " "))
        shared.withLock { shared in
            shared.degraded["checkpoint-\(checkpoint.id)"] = Finding(
                severity: .error, code: "checkpoint-damaged", message: text,
                hint: "look at the disk's health; `simmer daemon scrub` reads everything again")
        }
        executor.queue.async {
            self.assumeIsolated { daemon in
                daemon.tell(.disk, text, job: checkpoint.jobId)
                guard let job = checkpoint.jobId else { return }
                daemon.watched(
                    CheckResult(
                        "W12", .fail, .invariant, text, places: problems.prefix(8).map(\.message),
                        action: "Look at the disk and the memory; `simmer daemon scrub` reads everything again.",
                        step: checkpoint.step), job: job)
            }
        }
    }

    nonisolated func attemptAside(_ what: String, job: Int? = nil, _ body: () throws -> Void) {
        do { try body() } catch { note(.error, job: job, "\(what) failed: \(error)") }
    }

    // MARK: No room, or a disk that fails

    /// Of the reason of a job whose checkpoint was not stored.
    static func diskCode(_ error: any Error) -> String { isNoSpace(error) ? "disk_full" : "io_error" }

    static func isNoSpace(_ error: any Error) -> Bool {
        if case .noSpace? = error as? SimmerError { true } else { false }
    }

    /// The job stands still with its memory until the store takes checkpoints again.
    /// - Parameter byteCount: of the checkpoint that it has not taken.
    func block(_ row: JobRow, _ error: any Error, byteCount: Int) throws {
        blocked[row.id] = byteCount
        startRetrying()
        let code = Self.diskCode(error)
        let isSpace = code == "disk_full"
        let text =
            isSpace
            ? "There is no room for a checkpoint; the job goes on by itself when there is."
            : "A checkpoint cannot be stored (\(error)); the job goes on by itself when the store works again."
        let reason = Reason(code: code, message: text, sinceUsec: Clock.wallUsec())
        note(.error, job: row.id, name: row.name, id: .storeDegraded, text)
        shared.withLock { shared in
            shared.degraded["store"] = Finding(
                severity: .error, code: isSpace ? "disk-full" : "store-failed", message: text,
                hint: "make room below \(options.stateDirectory), or prune checkpoints")
        }
        try store.addCheckResults(
            [
                CheckResult(
                    "W15", .fail, .invariant, text,
                    action: "Make room below \(options.stateDirectory), or prune checkpoints.",
                    step: row.lastCheckpointStep)
            ], of: .job(row.id))
        // One that stands still already says nothing more that would end `pausing`.
        let isOnItsWay = runs[row.id].map { $0.phase != .held } ?? false
        let notice = occasionalNotice([.disk], text, job: row.id)
        let changed = try store.updateJob(row.id, event: .warning, message: text) { row in
            row.state = isOnItsWay ? .pausing : .paused
            row.reason = reason
            try row.keep(notice)
        }
        tell(changed)
        if let run = runs[row.id], run.phase == .training { try hold(run) }
    }

    private func startRetrying() {
        guard blockedTimer == nil else { return }
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        timer.schedule(deadline: .now() + 15, repeating: 15, leeway: .seconds(2))
        timer.setEventHandler { self.assumeIsolated { $0.retryBlocked() } }
        timer.activate()
        blockedTimer = timer
    }

    private func retryBlocked() {
        let reserve = configuration.store.reserve
        guard let free = freeBytes(of: options.stateDirectory) else { return }
        if free > min(reserve, 256 << 20) { return unblock() }
        // Checkpoints that have been pruned meanwhile leave room inside the file, or have left it already. A MiB is for
        // rows and journals.
        let needed = (blocked.values.max() ?? 0) + 1 << 20
        let directory = options.stateDirectory
        writer.async { [store] in
            self.attemptAside("making room") {
                defer { store.keepSpareRoom() }
                _ = try store.sweep(urgent: true)
                guard try store.reusableBytes() + (freeBytes(of: directory) ?? 0) > needed else { return }
                self.executor.queue.async { self.assumeIsolated { $0.unblock() } }
            }
        }
    }

    private func unblock() {
        for job in Array(blocked.keys) {
            blocked[job] = nil
            recovered(job)
        }
    }

    /// Nobody waits for the disk any more.
    func endRetryingIfDone() {
        guard blocked.isEmpty, let timer = blockedTimer else { return }
        timer.cancel()
        blockedTimer = nil
        shared.withLock { $0.degraded["store"] = nil }
    }

    /// The store works again, as far as one can see: the job goes on, and saves at once.
    private func recovered(_ job: Int) {
        endRetryingIfDone()
        attempt("going on after the disk was full", job: job) {
            let row = try store.job(id: job)
            guard row.desired == .run, row.state == .pausing || row.state == .paused else { return }
            if let run = runs[job], run.phase == .held {
                _ = try store.updateJob(job) { row in
                    row.state = .queued
                    row.reason = nil
                }
                _ = try run.askForCheckpoint()
            } else if runs[job] == nil {
                _ = try store.updateJob(job) { row in
                    row.state = .queued
                    row.reason = nil
                }
            }
        }
        schedule()
    }
}
