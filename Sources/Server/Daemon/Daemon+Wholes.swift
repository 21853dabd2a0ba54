import Recipes
import Storage
import Wire

// A job that is made of others has no worker of its own. What it is follows from the rows of its parts, so that it comes
// to the same from wherever a crash has left it.
extension Daemon {
    /// Its turn has come: it takes no slot, its parts take theirs.
    func begin(whole row: JobRow) throws {
        if row.state != .running {
            _ = try store.updateJob(row.id) { row in
                row.state = .running
                row.reason = nil
                row.startedUsec = row.startedUsec ?? Clock.wallUsec()
            }
        }
        convergeSoon(row.id)
    }

    /// Not at once: whoever calls may be in the middle of giving out slots, or of a commit.
    nonisolated func convergeSoon(_ whole: Int) {
        executor.queue.async { self.assumeIsolated { $0.convergeWhole(whole) } }
    }

    /// What became of a job may decide what becomes of the one that it is a part of.
    nonisolated func followParts(_ events: [Event]) {
        for event in events where event.kind != .progress {
            if let whole = event.job?.partOf { convergeSoon(whole) }
        }
    }

    /// Brings a job that is made of others towards what its owner wants. Safe to call at any time.
    func convergeWhole(_ id: Int) {
        guard shared.value.ready, !shared.value.stopping else { return }
        attempt("converging job \(id)", job: id) {
            let row: JobRow
            do {
                row = try store.knownJob(id: id)
            } catch SimmerError.noSuchJob {
                return  // Deleted, and its parts with it.
            }
            guard row.unreadable == nil else { return }  // It says so itself, and waits for a person.
            guard !row.state.isEnded, row.state != .preparing else {
                measurements[id]?.cancel()
                return
            }
            let parts = try store.parts(ofJob: id)
            if row.desired == .run {
                guard row.state == .running else { return schedule() }
                if let lost = parts.first(where: { $0.unreadable != nil }) {
                    return try explain(
                        row,
                        Reason(
                            code: "dependency_failed",
                            message: "Job \(lost.name), a part of this one, cannot be read: `simmer status \(lost.id)`."
                        ))
                }
                do {
                    try advance(row, parts)
                } catch let error as SimmerError {
                    // A job or a checkpoint that it needs is gone, or a recipe of theirs cannot be read.
                    try setFailed(
                        row.id, code: "dependency_failed", "The job cannot go on: \(error)",
                        findings: findings(of: error))
                    schedule()
                }
            } else {
                measurements[id]?.cancel()
                let isStill = parts.allSatisfy { part in
                    runs[part.id].map { row.desired == .pause && $0.isParked } ?? !part.state.isLive
                }
                if isStill, row.state != row.desired.rest { try settle(row, reason: row.reason) }
            }
        }
    }

    private func advance(_ row: JobRow, _ parts: [JobRow]) throws {
        partProgress[row.id] = Dictionary(uniqueKeysWithValues: parts.map { ($0.id, $0.progress) })
        if row.kind == .squeeze { return try advance(squeeze: row, parts) }
        let recipe = try readRecipe(ofJob: row.id)
        let members = try members(of: row, from: row, count: recipe.members ?? 0, parts)
        guard try mayGoOn(row, members) else { return }
        try measure(row, recipe, members)
    }

    /// Whether every one of these has reached its end. Fails the whole where one can not without a person, once none of
    /// the others has anything left to do: a night's work of theirs is not given up for it.
    func mayGoOn(_ row: JobRow, _ parts: [JobRow]) throws -> Bool {
        if parts.allSatisfy({ $0.state == .succeeded }) { return true }
        let broken = parts.first { $0.state == .failed || $0.state == .cancelled }
        let held = parts.first { !$0.state.isEnded && $0.desired != .run && !$0.state.isLive }
        let isBusy = parts.contains { !$0.state.isEnded && ($0.desired == .run || $0.state.isLive) }
        if let broken {
            let why =
                broken.state == .cancelled
                ? "was cancelled." : "failed: \(broken.reason?.message ?? "the reason is not known.")"
            let text = "Job \(broken.name), a part of this one, \(why)"
            if isBusy {
                try explain(row, Reason(code: "dependency_failed", message: text + " The others go on."))
            } else {
                try setFailed(
                    row.id, code: "dependency_failed",
                    text
                        + (broken.state == .cancelled
                            ? " `simmer resume \(row.name)` trains it anew."
                            : " `simmer resume \(row.name)` goes on with it."))
                // It may be what others wait for.
                schedule()
            }
        } else if let held, !isBusy {
            try explain(
                row, Reason(code: "user", message: "Waits for job \(held.name), a part of this one, which is held."))
        } else {
            try explain(row, nil)
        }
        return false
    }

    /// Why it is not further, where that is not what was said already.
    func explain(_ row: JobRow, _ reason: Reason?) throws {
        guard reason?.code != row.reason?.code || reason?.message != row.reason?.message else { return }
        _ = try store.updateJob(row.id, event: .state) { $0.reason = reason }
        if let reason { keepLine(job: row.id, priority: 4, step: nil, reason.message) }
    }

    /// How far all of it is, of a part's new progress.
    func noteProgress(_ progress: Progress, ofPart job: Int, whole: Int) throws {
        partProgress[whole, default: [:]][job] = progress
        let known = (partProgress[whole] ?? [:]).values
        var sum = Progress(ofParts: Array(known))
        let speed = runs.values.filter { $0.partOf == whole }
            .compactMap { partProgress[whole]?[$0.job]??.stepsPerSecond }.reduce(0, +)
        if speed > 0 {
            sum.stepsPerSecond = speed
            sum.etaUsec = sum.totalSteps.flatMap { Progress.etaUsec(steps: $0 - sum.step, perSecond: speed) }
        }
        store.noteProgress(sum, ofJob: whole)
        guard events.count > 0 else { return }
        let event = Event(
            sequence: try store.lastEventSequence(), timeUsec: Clock.wallUsec(), kind: .progress,
            job: try store.summary(ofJob: whole))
        events.publish(event, key: "progress-\(whole)")
    }

    /// What only a job with a network of its own can do.
    nonisolated func requireNetwork(_ row: JobRow) throws {
        guard row.isWhole else { return }
        let parts = try store.parts(ofJob: row.id).map(\.name).joined(separator: ", ")
        throw SimmerError.incompatible(
            message: "Job \(row.name) is made of others and has no network of its own.",
            findings: [
                Finding(
                    severity: .info, code: "hint",
                    message: parts.isEmpty ? "its parts begin when it does" : "name one of its parts: \(parts)")
            ])
    }
}

extension Progress {
    /// - Parameter parts: nil for one that nothing has been heard of.
    init(ofParts parts: [Progress?]) {
        let running = parts.compactMap { $0 }
        // Those that wait for a slot take as many steps as the longest of the others.
        let most = running.compactMap(\.totalSteps).max()
        self.init(step: Self.sum(running.map(\.step)))
        if running.allSatisfy({ $0.totalSteps != nil }) {
            totalSteps = Self.sum(parts.map { $0?.totalSteps ?? most ?? 0 })
        }
    }

    /// At most what any one job may have: parts that came from elsewhere may each have that much.
    private static func sum(_ steps: [Int]) -> Int {
        steps.reduce(0) { sum, next in
            let (total, overflow) = sum.addingReportingOverflow(max(0, next))
            return overflow ? 1 << 53 : min(total, 1 << 53)
        }
    }
}

extension Reason {
    fileprivate init(code: String, message: String) {
        self.init(code: code, message: message, sinceUsec: Clock.wallUsec())
    }
}
