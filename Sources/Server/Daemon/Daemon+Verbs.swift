import Recipes
import Storage
import Wire

/// A verb's answer: the job as it is after the commit.
struct VerbAnswer: Codable, Sendable {
    var job: JobSummary
    var changed: Bool
}

extension Daemon {
    /// Pauses, resumes, stops or cancels: writes what is wanted in one transaction, answers, then converges.
    func want(
        _ desired: DesiredState, job reference: String, caller: Caller, request: RequestKey?,
        fromCheckpoint: String? = nil, stopSeconds: Double? = nil
    ) throws -> VerbAnswer {
        try refuseWhenStopping()
        var touched: [Int] = []
        var isPreparedAgain = false
        let from = try fromCheckpoint.map { try checkpoint($0, of: reference, caller: caller) }
        if from != nil { try requireNoWorker(reference) }
        let (answer, repeated) = try store.once(request) { transaction in
            let row = try transaction.job(reference)
            try caller.require(owner: row.ownerUid)
            if desired == .run {
                _ = try readRecipe(ofJob: row.id)
                try refuseAtGate(row)
            }
            var parts = try transaction.parts(ofJob: row.id)
            let state = try self.state(of: row, parts, wanting: desired, from: from)
            isPreparedAgain = row.state == .failed && state == .preparing
            // A student whose data never got ready has nothing to go on with, and the next one takes its name.
            let husks = desired == .run ? parts.filter(\.isStudentWithoutData) : []
            for husk in husks { _ = try transaction.deleteJob(husk.id) }
            parts.removeAll(where: \.isStudentWithoutData)
            // One that cannot be read says so itself, and does not keep the others.
            for part in parts where part.unreadable == nil {
                if desired == .run, part.state == .cancelled || part.state == .failed && part.facts == nil {
                    touched.append(part.id)
                    _ = try transaction.updateJob(part.id) { self.letGo(&$0) }
                    continue
                }
                guard let next = try self.state(ofPart: part, wanting: desired) else { continue }
                touched.append(part.id)
                _ = try transaction.updateJob(part.id) { part in
                    part.desired = desired
                    part.state = next
                    part.reason = desired == .run ? nil : Reason.user(desired, caller)
                }
            }
            let changed =
                state != row.state || row.desired != desired || from != nil || !touched.isEmpty
                || !husks.isEmpty
            if changed {
                _ = try transaction.updateJob(row.id) { row in
                    row.desired = desired
                    row.state = state
                    if let from { row.notes[JobRow.resumeNote] = from }
                    row.reason = desired == .run ? nil : Reason.user(desired, caller)
                }
            }
            return VerbAnswer(job: try transaction.summary(ofJob: row.id), changed: changed)
        }
        if !repeated, answer.changed {
            note(
                .info, job: answer.job.id, name: answer.job.name, step: answer.job.progress?.step,
                "\(desired.rawValue) of job \(answer.job.name) asked for by uid \(caller.uid), pid \(caller.pid)")
            for id in touched + [answer.job.id] {
                let row = try store.job(id: id)
                if desired == .run { policies[id] = nil }
                // One without files that has not failed is left over from a preparation whose end could not be written:
                // there is nothing to be measured again.
                let hasData = isPreparedAgain && id == answer.job.id || !row.files.isEmpty
                if row.state == .preparing, hasData, preparations[id] == nil { try prepareAgain(row) }
                converge(row)
                if desired == .stop { stopDeadline(job: id, seconds: stopSeconds ?? configuration.checkpointGrace) }
            }
        }
        return answer
    }

    func refuseWhenStopping() throws {
        if shared.value.stopping { throw SimmerError.draining }
        if !shared.value.ready { throw SimmerError.notReady(phase: "recovery") }
    }

    /// The state that a verb leads to at once; the rest follows by itself.
    private func state(
        of row: JobRow, _ parts: [JobRow] = [], wanting desired: DesiredState, from: String?
    ) throws -> JobState {
        func refuse(_ allowed: [JobState]) -> SimmerError {
            .wrongState(job: row.name, state: row.state, allowed: allowed)
        }
        let hasWorker = runs[row.id] != nil || parts.contains { runs[$0.id] != nil }
        switch (desired, row.state) {
        case (_, .preparing): return desired == .cancel ? .cancelled : .preparing
        case (.pause, .queued), (.pause, .interrupted): return .paused
        case (.pause, .starting), (.pause, .running), (.pause, .checkpointing): return hasWorker ? .pausing : .paused
        case (.pause, .pausing), (.pause, .paused): return row.state
        case (.pause, _): throw refuse([.preparing, .queued, .running, .interrupted])
        case (.run, .queued), (.run, .starting), (.run, .running), (.run, .checkpointing), (.run, .interrupted):
            if from != nil, hasWorker { throw refuse([.paused, .stopped, .failed]) }
            return row.state
        case (.run, .pausing): return hasWorker ? .running : .queued
        case (.run, .paused), (.run, .stopped): return .queued
        case (.run, .failed) where row.facts != nil: return .queued
        case (.run, .failed) where row.notes[JobRow.receivedNote] != nil: return .preparing
        case (.run, .failed):
            throw SimmerError.incompatible(
                message: "Job \(row.name) failed before its data was ready: there is nothing that it could go on with.",
                findings: [
                    Finding(
                        severity: .info, code: "hint",
                        message: "`simmer status \(row.id)` says why; submit it anew when that is mended")
                ])
        case (.run, .succeeded) where from != nil: return .queued
        case (.run, _): throw refuse([.paused, .stopped, .failed])
        case (.stop, .queued), (.stop, .interrupted), (.stop, .stopped): return .stopped
        case (.stop, .paused): return hasWorker ? .stopping : .stopped
        case (.stop, .starting), (.stop, .running), (.stop, .checkpointing), (.stop, .pausing), (.stop, .stopping):
            return hasWorker ? .stopping : .stopped
        case (.stop, _): throw refuse([.queued, .running, .paused])
        case (.cancel, .cancelled): return .cancelled
        case (.cancel, .succeeded), (.cancel, .failed): throw refuse([.queued, .running, .paused, .stopped])
        case (.cancel, _): return .cancelled
        }
    }

    /// The state that a verb on its whole leads a part to; nil where it stays what it is.
    private func state(ofPart part: JobRow, wanting desired: DesiredState) throws -> JobState? {
        switch (desired, part.state) {
        case (.run, .failed): break
        case (.pause, .stopped), (.pause, .stopping), (.run, .stopping): return nil
        case (_, let state) where state.isEnded: return nil
        default: break
        }
        let next = try state(of: part, wanting: desired, from: nil)
        return next == part.state && part.desired == desired ? nil : next
    }

    /// A parked worker would go on from its memory, not from the checkpoint asked for.
    private func requireNoWorker(_ reference: String) throws {
        let row = try store.job(reference)
        guard let run = runs[row.id] else { return }
        guard run.phase == .held else {
            throw SimmerError.wrongState(job: row.name, state: row.state, allowed: [.paused, .stopped, .failed])
        }
        drop(run)
    }

    /// Ends a worker whose end is not to decide anything about its job.
    private func drop(_ run: Run) {
        runs[run.job] = nil
        finishWaiters(of: run)
        guard let link = run.link else { return }  // Nothing has been started yet, and nothing will be.
        link.kill()
        records.remove(link.child.pid)
        lingering.append(run)
    }

    /// The id of a checkpoint of this job, complete and readable by the caller.
    private func checkpoint(_ name: String, of reference: String, caller: Caller) throws -> String {
        let row = try store.job(reference)
        try caller.require(owner: row.ownerUid)
        let bare = name.contains("@") || name.contains(":") || name.count >= 8 ? name : "\(row.name)@\(name)"
        let checkpoint = try store.checkpoint(bare)
        guard checkpoint.jobId == row.id else { throw SimmerError.noSuchCheckpoint(checkpoint: name) }
        guard checkpoint.complete else { throw SimmerError.checkpointIncomplete(checkpoint: name) }
        return checkpoint.id
    }

    func delete(
        job reference: String, keepCheckpoints: Bool, isDry: Bool, caller: Caller, request: RequestKey?
    ) throws -> DeleteJob.Output {
        try refuseWhenStopping()
        if !isDry, let request, let known = try store.answer(to: request, as: Deletion.self) { return .init(known) }
        let row = try store.knownJob(reference)
        try caller.require(owner: row.ownerUid)
        let plan = try store.deletion(ofJob: row.id, keepCheckpoints: keepCheckpoints)
        if isDry { return .init(plan) }
        let jobs = try store.parts(ofJob: row.id).filter { !$0.isDamaged }.map(\.id) + [row.id]
        // One whose row has been damaged since it started is taken for stopped and has a worker all the same, which no other
        // verb reaches.
        for run in jobs.compactMap({ runs[$0] }) { drop(run) }
        let deletion = try store.deleteJob(row.id, keepCheckpoints: keepCheckpoints, request: request)
        for job in jobs {
            policies[job] = nil
            blocked[job] = nil
        }
        endRetryingIfDone()
        if let whole = row.partOf { convergeSoon(whole) }
        note(.info, job: row.id, name: row.name, "job \(row.name) deleted by uid \(caller.uid)")
        schedule()
        return .init(deletion)
    }
}

extension DeleteJob.Output {
    init(_ deletion: Deletion) {
        self.init(
            freedBytes: deletion.freedBytes, removedCheckpoints: deletion.removed, keptCheckpoints: deletion.kept)
    }
}

extension Reason {
    static func user(_ desired: DesiredState, _ caller: Caller) -> Reason {
        let who = Accounts.user(caller.uid) ?? "uid \(caller.uid)"
        let what =
            switch desired {
            case .pause: "Paused"
            case .stop: "Stopped"
            case .cancel: "Cancelled"
            case .run: "Started"
            }
        return Reason(code: "user", message: "\(what) by \(who).", sinceUsec: Clock.wallUsec())
    }
}
