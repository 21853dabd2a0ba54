import Recipes
import Storage

extension Daemon {
    /// Looks at the table and starts what may start. Called after every change that could matter.
    func schedule() {
        let now = shared.value
        guard now.ready, !now.draining, !now.stopping, rest == nil else { return }
        attempt("scheduling") {
            let rows = try store.queue().filter { $0.desired == .run && blocked[$0.id] == nil }
            guard !rows.isEmpty else { return }
            let waiting = try rows.map { row in
                Scheduler.Waiting(
                    id: row.id, priority: row.priority, interrupted: row.state == .interrupted,
                    isShort: row.cooldownOf != nil, isWhole: row.isWhole,
                    dependencies: try dependencies(of: row))
            }
            let occupied = runs.values.count { !$0.isParked && !$0.isShort }
            let occupiedShort = runs.values.count { !$0.isParked && $0.isShort }
            let decision = Scheduler.decide(
                waiting, free: max(0, now.configuration.slots - occupied), freeShort: max(0, 1 - occupiedShort))
            try explainWaiting(rows, decision.wait)
            for failure in decision.fail { try fail(failure) }
            for id in decision.start { if let row = rows.first(where: { $0.id == id }) { try begin(row) } }
            // A failed job may be what others wait for.
            if !decision.fail.isEmpty { schedule() }
        }
        planStatus()
    }

    private func dependencies(of row: JobRow) throws -> [Scheduler.Dependency] {
        guard !row.dependsOn.isEmpty else { return [] }
        let states = try store.dependencies(ofJob: row.id)
        return row.dependsOn.map {
            Scheduler.Dependency(
                id: $0, name: states[$0]?.name ?? "\($0)", state: states[$0]?.state,
                isUnreadable: states[$0]?.isUnreadable ?? false)
        }
    }

    /// Says of those that wait for a job that cannot be read that they do, and takes it back where it can be read again.
    private func explainWaiting(_ rows: [JobRow], _ waiting: [Scheduler.Decision.Hindrance]) throws {
        let code = "dependency_unreadable"
        for row in rows {
            if let hindrance = waiting.first(where: { $0.id == row.id }) {
                try explain(row, Reason(code: code, message: hindrance.message, sinceUsec: Clock.wallUsec()))
            } else if row.reason?.code == code {
                try explain(row, nil)
            }
        }
    }

    private func fail(_ failure: Scheduler.Decision.Hindrance) throws {
        try setFailed(failure.id, code: "dependency_failed", failure.message)
    }

    /// A job gets its slot: a parked worker goes on, another one is started.
    private func begin(_ row: JobRow) throws {
        if row.isWhole {
            try begin(whole: row)
        } else if let run = runs[row.id] {
            guard run.phase == .held else { return }
            _ = try store.updateJob(row.id) { $0.state = .running }
            run.phase = .training
            run.count(active: true)
            try run.link?.send(.go)
        } else {
            try launch(row)
        }
    }

    /// - Parameter received: the data of a job that only lacks its measuring: it keeps it, and can be prepared anew.
    func setFailed(
        _ id: Int, code: String, _ message: String, findings: [Finding] = [], received: [JobFile]? = nil
    ) throws {
        // With a checkpoint it can go on, once a person has seen to it.
        let canGoOn = try store.job(id: id).lastCheckpoint != nil
        let notice = notice(canGoOn ? [.failed, .needsPerson] : [.failed], message, job: id)
        let row = try store.updateJob(id, message: message) { row in
            // Data that was not good enough is let go.
            if row.state == .preparing { row.files = received ?? [] }
            row.state = .failed
            row.reason = Reason(code: code, message: message, sinceUsec: Clock.wallUsec())
            if !findings.isEmpty { row.findings = findings }
            row.notes[JobRow.receivedNote] = received == nil ? nil : "true"
            try row.keep(notice)
        }
        policies[id] = nil
        note(
            .error, job: id, name: row.name, step: row.progress?.step, id: .jobFailed,
            "job \(row.name) failed: \(message)")
        keepLine(job: id, priority: 3, step: row.progress?.step, message)
        tell(row)
    }

    /// One line in the job's own log.
    func keepLine(job: Int, priority: Int, step: Int?, _ message: String) {
        let entry = LogEntry(
            cursor: "", timeUsec: Clock.wallUsec(), priority: priority, jobId: job, step: step, message: message)
        attempt("writing the log", job: job) { try store.addLog([entry]) }
        lines.publish(entry)
    }

    /// What a job's log says of short work that is tried again.
    nonisolated func tellsAgain(job: Int) -> @Sendable (String) -> Void {
        { text in
            self.executor.queue.async { self.assumeIsolated { $0.keepLine(job: job, priority: 4, step: nil, text) } }
        }
    }
}
