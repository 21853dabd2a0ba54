import Dispatch
import Glibc
import Recipes
import Storage
import Wire

/// Proofs under way. Part of the daemon's state.
struct Proving {
    var timer: (any DispatchSourceTimer)?
    var ticket: ShortWorkers.Ticket?
    /// Monotonic moment from which on the next one may begin.
    var next = 0.0
    /// Jobs that could not be proven since the daemon started, by the checkpoint it was tried for.
    var passedOver: [Int: String] = [:]
    /// The same of best checkpoints that could not be measured again.
    var unmeasured: [Int: String] = [:]
}

/// That a job can be resumed is not believed but tried: steps from one checkpoint to the next are done again in a worker
/// that nobody waits for, and every bit is compared.
extension Daemon {
    /// A proof that takes longer is given up.
    private static let longest = 21_600.0
    /// Of steps that are done again rather than others.
    private static let cheap = 1_800.0
    private static let week = 604_800.0
    private static let firstWait = 600.0

    func watchProofs() {
        proving.timer?.cancel()
        proving.timer = nil
        let every = configuration.proofs.every
        guard every > 0 else { return giveUpProof() }
        proving.next = Clock.monotonic() + min(every, Self.firstWait)
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        let pause = min(60, max(0.25, every / 4))
        timer.schedule(deadline: .now() + pause, repeating: pause, leeway: .milliseconds(Int(pause * 100)))
        timer.setEventHandler { self.assumeIsolated { $0.proveIfIdle() } }
        timer.activate()
        proving.timer = timer
    }

    private func giveUpProof() { proving.ticket?.cancel() }

    /// A job is about to start: a proof gives way where there is no processor for both.
    func giveWayToJobs() {
        guard proving.ticket != nil else { return }
        let threads = runs.values.count { !$0.isParked } * defaultThreads
        if threads + 1 > sysconf(Int32(_SC_NPROCESSORS_ONLN)) { giveUpProof() }
    }

    private func proveIfIdle() {
        guard proving.ticket == nil, Clock.monotonic() >= proving.next, rest == nil, !shared.value.stopping,
            shared.value.ready, !shared.value.draining, !shortWorkers.isBusy, !replays.isBusy, !checkers.isBusy,
            !improvers.isBusy, !PowerSupply.isOnBattery
        else { return }
        attempt("looking for something to prove") {
            let jobs = try store.jobs(in: [.running, .paused, .stopped, .succeeded, .interrupted, .queued])
                .filter { !$0.isWhole && $0.facts != nil && $0.notes[JobRow.resumeNote] == nil }
            // Those that run first; of them the one whose proof is the oldest.
            let ordered = try jobs.map { ($0, try $0.proof()?.timeUsec ?? 0) }
                .sorted { ($0.0.state == .running ? 0 : 1, $0.1) < ($1.0.state == .running ? 0 : 1, $1.1) }
            for (row, _) in ordered {
                if let pair = try pairToProve(row) { return begin(row, from: pair.from, to: pair.to) }
                if try isToBeMeasured(row) { return measureBest(row) }
            }
        }
    }

    /// Two neighbouring checkpoints, the newest whose steps take no longer than half an hour, or else those nearest to each
    /// other; nil where the job has been proven beyond them.
    private func pairToProve(_ row: JobRow) throws -> (from: Checkpoint, to: Checkpoint)? {
        let checkpoints = try store.completeCheckpoints(ofJob: row.id).suffix(9)
        let pairs = zip(checkpoints, checkpoints.dropFirst()).map { (from: $0, to: $1) }
        guard !pairs.isEmpty else { return nil }
        let done = Double(max(1, row.lastCheckpointStep ?? 1))
        let stepSeconds = Double(row.activeUsec) / 1e6 / done * Double(defaultThreads)
        let affordable = pairs.last { Double($0.to.step - $0.from.step) * stepSeconds <= Self.cheap }
        guard let pair = affordable ?? pairs.min(by: { $0.to.step - $0.from.step < $1.to.step - $1.from.step }),
            pair.to.step > (try row.proof()?.step ?? -1), proving.passedOver[row.id] != pair.to.id
        else { return nil }
        return pair
    }

    private func begin(_ row: JobRow, from: Checkpoint, to: Checkpoint) {
        let ticket = ShortWorkers.Ticket()
        proving.ticket = ticket
        let input = ReplayJob.Input(job: "\(row.id)", fromStep: from.step, toStep: to.step)
        Task {
            do {
                let plan = try await copying.run { () throws -> ReplayMaterial in
                    for checkpoint in [from, to] {
                        let result = try self.store.verify(checkpoint: checkpoint.id)
                        guard result.state == .ok else {
                            throw Damage(checkpoint: checkpoint, problems: result.problems)
                        }
                    }
                    var plan = try self.replayMaterial(input, caller: nil)
                    plan.material.assignment.overrides["resources.threads"] = "1"
                    return plan
                }
                let heard = Locked((environment: [String: String](), canary: CheckResult?.none))
                let report = try await provers.run(
                    plan.material.assignment, descriptors: plan.material.descriptors, memory: plan.memory,
                    seconds: Self.longest, ticket: ticket
                ) { report in
                    switch report {
                    case .ready(let environment): heard.withLock { $0.environment = environment }
                    case .watched(let result): heard.withLock { $0.canary = result }
                    default: break
                    }
                }
                let (environment, canary) = heard.value
                proven(row, plan, report, environment, canary, to: to)
            } catch let damage as Damage {
                cannotBeRead(damage, row, from: from, to: to)
            } catch {
                notProven(row, to, error)
            }
        }
    }

    /// A checkpoint that is not what was stored.
    private struct Damage: Error {
        var checkpoint: Checkpoint
        var problems: [Finding]
    }

    /// What cannot be read back is no proof, and told as one that failed: nothing goes on from it.
    private func cannotBeRead(_ damage: Damage, _ row: JobRow, from: Checkpoint, to: Checkpoint) {
        waitForNext()
        guard !shared.value.stopping else { return }
        damaged(damage.checkpoint, damage.problems)
        let text =
            "checkpoint \(damage.checkpoint.step) is damaged"
            + (damage.problems.first.map { ": \($0.message)" } ?? "")
        attempt("the proof of job \(row.name)", job: row.id) {
            let proof = ResumeProof(
                fromStep: from.step, step: to.step, same: false, message: text, timeUsec: Clock.wallUsec())
            let event = "Job \(row.name) is not proven resumable at \(to.step): \(text)"
            tell(try store.updateJob(row.id, event: .warning, message: event) { try $0.set(proof) })
            keepLine(job: row.id, priority: 3, step: damage.checkpoint.step, event)
        }
    }

    private func waitForNext() {
        proving.ticket = nil
        proving.next = Clock.monotonic() + configuration.proofs.every
    }

    private func proven(
        _ row: JobRow, _ plan: ReplayMaterial, _ report: WorkerReport, _ environment: [String: String],
        _ canary: CheckResult?, to: Checkpoint
    ) {
        waitForNext()
        guard !shared.value.stopping else { return }
        attempt("the proof of job \(row.name)", job: row.id) {
            if let canary { watched(canary, job: row.id) }
            if case .failed(_, let message, _) = report { return passOver(row, to, message) }
            if case .faulted(_, _, let message) = report { return passOver(row, to, message) }
            guard case .replayEnded(let comparisons) = report,
                let last = comparisons.last(where: { $0.checkpoint == to.id })
            else { return passOver(row, to, "its last checkpoint was not compared") }
            let isSame = comparisons.allSatisfy(\.same)
            if !isSame, plan.environment.contains(where: { environment[$0.key] != $0.value }) {
                return passOver(row, to, "its steps were done in another environment, whose bits may differ")
            }
            let first = comparisons.first { !$0.same }
            let differing = (first?.differences ?? []).map(\.name)
            let message: String? =
                isSame
                ? nil
                : "the bits differ at step \(first?.step ?? last.step): "
                    + (differing.isEmpty ? "the state" : differing.prefix(4).joined(separator: ", "))
            try keep(
                ResumeProof(
                    fromStep: plan.replay.startStep, step: to.step, same: isSame, message: message,
                    timeUsec: Clock.wallUsec()), of: row)
        }
    }

    private func keep(_ proof: ResumeProof, of row: JobRow) throws {
        guard !proof.same else {
            _ = try store.updateJob(row.id) { try $0.set(proof) }
            keepLine(
                job: row.id, priority: 6, step: proof.step,
                "Proven resumable: steps \(proof.fromStep) to \(proof.step), done again, have the same bits.")
            return note(
                .info, job: row.id, name: row.name, step: proof.step,
                "job \(row.name) is proven resumable at \(proof.step)")
        }
        let text =
            "Job \(row.name) does NOT resume with the same bits: steps \(proof.fromStep) to \(proof.step) were done again, and "
            + "\(proof.message ?? "the bits differ")."
        let notice = notice(
            [.needsPerson],
            text + " Look at the machine (memory, processor); `simmer replay` does the steps once more.", job: row.id)
        let changed = try store.updateJob(row.id, event: .warning, message: text) { row in
            try row.set(proof)
            try row.keep(notice)
        }
        keepLine(job: row.id, priority: 3, step: proof.step, text)
        note(.error, job: row.id, name: row.name, step: proof.step, id: .needsPerson, text)
        tell(changed)
    }

    private func passOver(_ row: JobRow, _ to: Checkpoint, _ why: String) {
        proving.passedOver[row.id] = to.id
        note(.info, job: row.id, name: row.name, step: to.step, "job \(row.name) was not proven: \(why)")
    }

    private func notProven(_ row: JobRow, _ to: Checkpoint, _ error: any Error) {
        proving.ticket = nil
        // It had to give way: again soon.
        if case .operationCancelled? = error as? SimmerError {
            proving.next = Clock.monotonic() + min(configuration.proofs.every, Self.firstWait)
            return
        }
        waitForNext()
        passOver(row, to, "\(answerable(error, "a proof"))")
    }

    // MARK: The best checkpoint, measured again

    private func isToBeMeasured(_ row: JobRow) throws -> Bool {
        guard let facts = row.facts, facts.validationCount > 0 else { return false }
        if let tried = proving.unmeasured[row.id], try bestCheckpoint(ofJob: row.id).id == tried { return false }
        let last = try row.watch().measuredUsec ?? row.createdUsec
        return Double(Clock.wallUsec() - last) > Self.week * 1e6
    }

    private func measureBest(_ row: JobRow) {
        let ticket = ShortWorkers.Ticket()
        proving.ticket = ticket
        Task {
            do {
                let material = try await copying.run {
                    var material = try self.material(
                        of: try self.bestCheckpoint(ofJob: row.id), job: row.id,
                        .evaluate(split: "validation", average: nil, calibrates: false, adjusts: []))
                    material.assignment.overrides["resources.threads"] = "1"
                    return material
                }
                let assignment = material.assignment
                let (recipe, _) = Recipe.read(assignment.recipe, overrides: assignment.overrides)
                let heard = Locked([String: String]())
                let report = try await provers.run(
                    assignment, descriptors: material.descriptors,
                    memory: WorkerProgram.memory(inspecting: recipe, configured: configuration.limits.workerMemory),
                    seconds: Self.longest, ticket: ticket
                ) { report in
                    if case .ready(let environment) = report { heard.withLock { $0 = environment } }
                }
                measured(row, material.checkpoint, assignment.resume?.environment ?? [:], heard.value, report)
            } catch {
                proving.ticket = nil
                proving.next = Clock.monotonic() + min(configuration.proofs.every, Self.firstWait)
                // Where it did not have to give way, the others get their turn.
                if case .operationCancelled? = error as? SimmerError {
                } else {
                    attempt("the best checkpoint of job \(row.name)", job: row.id) {
                        proving.unmeasured[row.id] = try bestCheckpoint(ofJob: row.id).id
                    }
                }
                note(.info, job: row.id, "the best checkpoint of job \(row.name) was not measured again: \(error)")
            }
        }
    }

    /// - Parameters:
    ///   - then: what decided the bits when the checkpoint was taken.
    ///   - now: what decides them now.
    private func measured(
        _ row: JobRow, _ checkpoint: Checkpoint?, _ then: [String: String], _ now: [String: String],
        _ report: WorkerReport
    ) {
        waitForNext()
        guard let checkpoint else { return }
        attempt("measuring the best of job \(row.name) again", job: row.id) {
            _ = try store.updateJob(row.id) { row in
                var record = try row.watch()
                record.measuredUsec = Clock.wallUsec()
                try row.set(record)
            }
            guard case .evaluated(let evaluation) = report else { return }
            let other = then.keys.filter { then[$0] != now[$0] }.sorted()
            watched(
                other.isEmpty
                    ? Self.comparison(evaluation, checkpoint)
                    : .skip(
                        "W19",
                        "The best checkpoint, of step \(checkpoint.step), was measured with another "
                            + "\(other.joined(separator: ", ")), whose bits may differ."), job: row.id)
        }
    }

    /// W19: what the best checkpoint measures now against what it measured when it was taken.
    static func comparison(_ evaluation: Evaluation, _ checkpoint: Checkpoint) -> CheckResult {
        let known = checkpoint.metrics.filter { $0.step == checkpoint.step && $0.name.hasPrefix("validation.") }
        let pairs = known.compactMap { metric -> (name: String, then: Double, now: Double)? in
            guard let then = metric.value, let now = evaluation.metrics[String(metric.name.dropFirst(11))] else {
                return nil
            }
            return (metric.name, then, now)
        }
        guard !pairs.isEmpty else {
            return .skip("W19", "Nothing was measured where checkpoint \(checkpoint.step) was taken.")
        }
        let other = pairs.first { $0.then != $0.now }
        return CheckResult(
            "W19", other == nil ? .pass : .fail, .invariant,
            other.map {
                "\($0.name) of the best checkpoint, of step \(checkpoint.step), was \($0.then), and is \($0.now)."
            }
                ?? "The best checkpoint, of step \(checkpoint.step), measures what it did, to the last bit.",
            numbers: pairs.map { CheckNumber($0.name, $0.now) },
            action: other == nil
                ? nil : "Look at the machine, and at whether it is another one than before (`simmer checkpoint show`).",
            step: checkpoint.step)
    }
}

/// Where the machine's power comes from.
enum PowerSupply {
    /// Whether a battery is being discharged. False where there is none, or nobody can say.
    static var isOnBattery: Bool {
        guard let folder = opendir("/sys/class/power_supply") else { return false }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            let path = "/sys/class/power_supply/\(name)"
            guard WorkerRecords.read(path + "/type")?.hasPrefix("Battery") == true else { continue }
            if WorkerRecords.read(path + "/status")?.hasPrefix("Discharging") == true { return true }
        }
        return false
    }
}
