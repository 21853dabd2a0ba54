import CLinux
import Dispatch
import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// What a worker says or does, in order.
    func hear(job: Int, token: Int, _ word: WorkerLink.Word) {
        guard let run = runs[job], run.token == token else {
            if case .ended = word { lingering.removeAll { $0.token == token } }
            return
        }
        switch word {
        case .report(let report, let descriptors):
            run.hear()
            run.isKnownSilent = false
            attempt("a report of job \(run.name)", job: job) { try hear(run, report, descriptors) }
        case .ended(let end, let fault):
            if let pid = run.link?.child.pid { records.remove(pid) }
            // Its number may be another's from now on.
            run.gauge.withLock { $0.worker = nil }
            run.ended = (end, fault)
            run.endedAt = Clock.monotonic()
            endIfDone(run)
        }
    }

    private func hear(_ run: Run, _ report: WorkerReport, _ descriptors: [Descriptor]) throws {
        switch report {
        case .ready(let environment): ready(run, environment)
        case .started(let step, let plan): try started(run, step: step, plan)
        case .held(let step): try held(run, step: step)
        case .progress(let step, let total, let epoch, let samples, let speed):
            run.lastStep = max(run.lastStep, step)
            run.stepless.hear(at: Clock.monotonic())
            let eta = total.flatMap { total in speed.flatMap { Progress.etaUsec(steps: total - step, perSecond: $0) } }
            progress(
                run,
                Progress(
                    step: step, totalSteps: total, epoch: epoch, samplesSeen: samples,
                    tokensSeen: run.window.flatMap { Self.product(samples, $0) }, stepsPerSecond: speed, etaUsec: eta))
        case .metrics(let values):
            run.metrics += values
            planFlush(run)
        case .log(let priority, let step, let message):
            run.lines.append(
                LogEntry(
                    cursor: "", timeUsec: Clock.wallUsec(), priority: priority, jobId: run.job, step: step,
                    message: message))
            planFlush(run)
            note(
                JournalHandler.level(priority: max(priority, 4) == 6 ? 7 : priority), job: run.job, name: run.name,
                step: step, message)
        case .checkpoint(let snapshot, let buffer, let byteCount, let request):
            handedOver(run, snapshot, buffer: buffer, byteCount: byteCount, request: request, descriptors)
        case .finished(let step, let reachedEnd):
            run.finished = (step, reachedEnd)
            run.lastStep = max(run.lastStep, step)
        case .failed(let code, let message, let findings): run.failure = (code, message, findings)
        case .pictured(let check, let picture): run.pictures[check, default: []].append(picture)
        case .watched(let result):
            watched(result, job: run.job, pictures: run.pictures.removeValue(forKey: result.id))
        case .faulted(let fault, let code, let message): run.fault = (fault, code, message)
        case .inspected, .answered, .evaluated, .combined, .graded, .predicted, .contents, .replaying, .replayed,
            .replayEnded,
            .checksBegin, .checking, .checked, .checksEnded, .improving, .improved, .tabulated, .shown,
            .showEnded:
            break
        }
    }

    /// nil where it is too large: what a worker says must not end the daemon.
    private static func product(_ one: Int, _ other: Int) -> Int? {
        let (product, overflow) = one.multipliedReportingOverflow(by: other)
        return overflow ? nil : product
    }

    private func ready(_ run: Run, _ environment: [String: String]) {
        run.environment = environment
        guard let expected = run.expectedEnvironment else { return }
        let different = expected.keys.filter { expected[$0] != environment[$0] }.sorted()
        guard !different.isEmpty else { return }
        let text =
            "The job goes on with another "
            + different.map { "\($0) (\(expected[$0] ?? "?") before, \(environment[$0] ?? "?") now)" }.joined(
                separator: ", ")
            + ": its bits may differ from an undisturbed run."
        note(.warning, job: run.job, name: run.name, step: run.resumedFrom, text)
        keepLine(job: run.job, priority: 4, step: run.resumedFrom, text)
        attempt("warning", job: run.job) { _ = try store.addEvent(.warning, job: run.job, message: text) }
    }

    private func started(_ run: Run, step: Int, _ plan: PlanSummary) throws {
        var recipe: Recipe?
        do {
            recipe = try readRecipe(ofJob: run.job)
        } catch {
            // Only its memory limit and its window are wanted: the run goes on under the plan's limit.
            note(.warning, job: run.job, "the recipe's memory limit cannot be read: \(error)")
        }
        run.window = recipe.flatMap { $0.data.format == .text ? $0.data.window : nil }
        let limit = WorkerProgram.memory(of: plan, recipe: recipe, configured: configuration.limits.workerMemory)
        if let pid = run.link?.child.pid, cl_limit_data(pid, UInt64(limit)) < 0 {
            note(.warning, job: run.job, "the worker's memory limit cannot be set")
        }
        run.phase = .training
        run.lastStep = max(run.lastStep, step)
        run.count(active: true)
        let text = String(decoding: try MessageCoding.encode(plan).dropLast(), as: UTF8.self)
        let row = try store.updateJob(run.job) { row in
            if row.state == .starting { row.state = .running }
            row.startedUsec = row.startedUsec ?? Clock.wallUsec()
            row.plan = text
            row.environment = run.environment
            row.reason = nil
            row.progress = Progress(
                step: step, totalSteps: plan.totalSteps,
                epoch: plan.stepsPerEpoch > 0 ? Double(step) / Double(plan.stepsPerEpoch) : nil)
        }
        note(
            .notice, job: run.job, name: run.name, step: step, id: .jobStarted,
            "job \(run.name) trains from step \(step) on (pid \(run.link?.child.pid ?? 0))")
        converge(row)
        if run.phase == .training, !run.holdWaiters.isEmpty { try hold(run) }
        // It was being started when the rest began.
        if run.phase == .training, rest != nil, row.desired == .run { park(run) }
        if shared.value.stopping { stopRun(run) }
    }

    private func progress(_ run: Run, _ progress: Progress) {
        store.noteProgress(progress, activeUsec: run.activeUsec, ofJob: run.job)
        if let whole = run.partOf {
            attempt("the progress of job \(whole)", job: whole) {
                try noteProgress(progress, ofPart: run.job, whole: whole)
            }
        }
        holdAtGate(run)
        passSuspect(run)
        planStatus()
        publishProgress(run)
    }

    func publishProgress(_ run: Run) {
        guard events.count > 0 else { return }
        attempt("a progress event", job: run.job) {
            let event = Event(
                sequence: try store.lastEventSequence(), timeUsec: Clock.wallUsec(), kind: .progress,
                job: try store.summary(ofJob: run.job))
            events.publish(event, key: "progress-\(run.job)")
        }
    }

    /// The worker stands still.
    private func held(_ run: Run, step: Int) throws {
        run.phase = .held
        run.lastStep = max(run.lastStep, step)
        run.count(active: false)
        flush(run)
        try endStall(run)
        let waiters = run.holdWaiters
        run.holdWaiters = []
        run.changing += waiters.count
        for waiter in waiters { waiter.resume(returning: step) }
        if waiters.isEmpty { try parkOrGo(run) }
    }

    /// After a hold with no change pending: park where a pause is wanted, go on otherwise.
    func parkOrGo(_ run: Run) throws {
        guard run.phase == .held, run.changing == 0, run.holdWaiters.isEmpty else { return }
        let row = try store.job(id: run.job)
        switch row.desired {
        case .pause:
            if row.state != .paused {
                _ = try store.updateJob(run.job) { row in
                    row.state = .paused
                    row.activeUsec = run.activeUsec
                    row.progress?.step = run.lastStep
                }
                note(.info, job: run.job, name: run.name, step: run.lastStep, "job \(run.name) is paused")
            }
            schedule()
        case .run where blocked[run.job] != nil:
            _ = try store.updateJob(run.job) { $0.state = .paused }
            schedule()
        case .run where rest != nil:
            // A row that says so already is not written again.
            guard row.state != .paused else { break }
            _ = try store.updateJob(run.job) { row in
                row.state = .paused
                row.activeUsec = run.activeUsec
                row.progress?.step = run.lastStep
                row.reason = restReason
            }
        case .run:
            // A job that is queued waits for the scheduler's word.
            guard row.state != .queued else { return schedule() }
            if row.state != .running { _ = try store.updateJob(run.job) { $0.state = .running } }
            run.phase = .training
            run.count(active: true)
            try run.link?.send(.go)
        case .stop, .cancel: converge(row)
        }
    }

    // MARK: Metrics and log lines, a few times a second at most

    /// One timer of a run at a time, which alone says that it is over: a flush meanwhile leaves it as it is.
    private func planFlush(_ run: Run, milliseconds: Int = 500) {
        guard !run.isFlushPlanned else { return }
        run.isFlushPlanned = true
        let job = run.job
        let token = run.token
        executor.queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
            self.assumeIsolated { daemon in
                guard let run = daemon.runs[job], run.token == token else { return }
                run.isFlushPlanned = false
                daemon.flush(run)
            }
        }
    }

    /// Stores what the run has reported. What the store does not take stays, ahead of what is reported after it: a value
    /// that comes behind a later one takes that one away.
    /// - Returns: why something stays; nil where all is in.
    @discardableResult
    func flush(_ run: Run) -> (any Error)? {
        do {
            let values = run.metrics
            if !values.isEmpty {
                try store.addMetrics(values, job: run.job)
                run.metrics = []
                points.publish(JobPoints(job: run.job, values: values))
            }
            let entries = run.lines
            if !entries.isEmpty {
                try store.addLog(entries)
                run.lines = []
                for entry in entries { lines.publish(entry) }
            }
            run.isBehind = false
            return nil
        } catch SimmerError.noSuchJob {
            // Deleted meanwhile: nobody will ask for them.
            run.metrics = []
            run.lines = []
            return nil
        } catch {
            // Said once: on a full disk it is so every few seconds.
            if !run.isBehind { note(.error, job: run.job, name: run.name, "storing metrics failed: \(error)") }
            run.isBehind = true
            planFlush(run, milliseconds: 5000)
            return error
        }
    }
}
