import Glibc
import Recipes
import Storage
import Wire

/// A long run is left alone only when its checks are green: it may train for the smoke budget, and stands still there
/// until they are (docs/decisions/0033).
extension Daemon {
    /// Code of the reason of a job that the gate holds.
    static let gateCode = "checks"

    nonisolated var isGateOn: Bool {
        switch configuration.checks.gate {
        case .on: true
        case .off: false
        case .auto: getenv("INVOCATION_ID") != nil
        }
    }

    /// Whether the gate is for this job: one that trains by itself, for longer than the smoke budget.
    nonisolated func isGated(_ row: JobRow, _ recipe: Recipe) -> Bool {
        guard isGateOn, !row.isWhole, row.cooldownOf == nil, let facts = row.facts else { return false }
        return expectedSeconds(row, recipe, facts) > configuration.checks.smoke
    }

    /// How long the whole run will take, by the updates that the inspection timed; for ever where nothing ends it.
    nonisolated func expectedSeconds(_ row: JobRow, _ recipe: Recipe, _ facts: DataFacts) -> Double {
        var until = recipe.until
        for change in row.changes {
            // A change is committed only where it can be applied; one that this version cannot read leaves the length as it
            // was, and the worker refuses it in words.
            if let changed = try? recipe.applying([change], upTo: .max).until { until = changed }
        }
        if let seconds = until.seconds { return seconds }
        guard let steps = until.steps(stepsPerEpoch: facts.stepsPerEpoch(of: recipe)) else { return .infinity }
        // Where nothing was timed, the run is taken for long: it is asked for checks rather than let go.
        guard let each = row.notes[JobRow.stepSecondsNote].flatMap({ Double($0) }) else { return .infinity }
        return Double(steps) * each
    }

    /// Runs the cheap suite of a job that the gate will ask for it, unless it has been run.
    func checkBeforeLongRun(_ row: JobRow, _ recipe: Recipe) {
        guard isGated(row, recipe), checking[row.id] == nil, row.notes[JobRow.forcedNote] == nil else { return }
        let ticket = ShortWorkers.Ticket()
        checking[row.id] = ticket
        let request = CheckRequest(.cheap)
        Task {
            do {
                let needed = try await readers.run {
                    !CheckReport.missing(try self.store.checkResults(of: try self.checkSubject(of: row))).isEmpty
                }
                if needed {
                    let material = try await copying.run { try self.checkMaterial(row, request, checkpoint: nil) }
                    _ = try await runChecks(
                        material, request, of: try checkSubject(of: row), owner: row.ownerUid, job: row.id,
                        ticket: ticket)
                }
                checked(row.id, nil)
            } catch {
                checked(row.id, error)
            }
        }
    }

    private func checked(_ id: Int, _ error: (any Error)?) {
        checking[id] = nil
        guard !shared.value.stopping else { return }
        if let error {
            if case .operationCancelled? = error as? SimmerError { return }
            note(.warning, job: id, "the checks of job \(id) ended early: \(answerable(error, "checks"))")
        }
        attempt("the checks of job \(id)", job: id) {
            let row = try store.job(id: id)
            let report = try checkReport(of: row, isChecking: false)
            let summary = CheckSummary(report)
            keepLine(
                job: id, priority: report.obstacles.isEmpty ? 6 : 4, step: row.progress?.step,
                "Checks: \(summary.passed) pass, \(summary.warned) warn, \(summary.failed) fail, \(summary.skipped) "
                    + "skipped.\(summary.worst.first.map { " \($0)" } ?? "")")
            try passGate(row, report)
        }
    }

    /// Lets a job go on that the gate holds, where it is open now.
    func passGate(_ row: JobRow, _ report: CheckReport) throws {
        guard row.reason?.code == Self.gateCode, report.gate != .closed, row.desired == .pause else { return }
        let next: JobState = runs[row.id].map { $0.phase == .held } ?? false ? .paused : row.state
        let changed = try store.updateJob(row.id) { row in
            row.desired = .run
            row.state = next == .pausing ? .running : .queued
            row.reason = nil
        }
        note(.notice, job: row.id, name: row.name, "job \(row.name) goes on: its checks hold it no more")
        converge(changed)
    }

    /// At the smoke budget: a run whose checks are not green stands still, with its memory.
    func holdAtGate(_ run: Run) {
        guard !run.isPastGate, Double(run.activeUsec) / 1e6 >= configuration.checks.smoke, run.phase == .training
        else { return }
        run.isPastGate = true
        attempt("the checks of job \(run.name)", job: run.job) {
            let row = try store.job(id: run.job)
            guard row.desired == .run else { return }
            let recipe = try readRecipe(ofJob: row.id)
            guard let facts = row.facts, !row.isWhole, row.cooldownOf == nil,
                expectedSeconds(row, recipe, facts) > configuration.checks.smoke
            else { return }
            let report = try checkReport(of: row, isChecking: checking[row.id] != nil)
            guard let first = report.obstacles.first, !report.forced else { return }
            guard report.gate == .closed else {
                // Nothing holds it here; somebody should know all the same.
                let text = "This run is long, and it has not been shown to be sound. \(first)"
                keepLine(job: row.id, priority: 4, step: run.lastStep, text)
                _ = try store.addEvent(.warning, job: row.id, message: text)
                return
            }
            try close(run, row, first)
        }
    }

    private func close(_ run: Run, _ row: JobRow, _ obstacle: String) throws {
        run.isPastGate = false
        let text =
            "The job is paused after \(Int(configuration.checks.smoke)) s: \(obstacle) `simmer check \(row.name)` shows "
            + "all; `simmer resume --force \(row.name)` goes on all the same."
        let notice = checking[row.id] == nil ? notice([.needsPerson], text, job: row.id) : nil
        let held = try store.updateJob(row.id, message: text) { row in
            row.desired = .pause
            row.state = .pausing
            row.reason = Reason(code: Self.gateCode, message: text, sinceUsec: Clock.wallUsec())
            try row.keep(notice)
        }
        note(.warning, job: row.id, name: row.name, step: run.lastStep, id: .needsPerson, text)
        keepLine(job: row.id, priority: 4, step: run.lastStep, text)
        tell(held)
        try hold(run)
    }

    /// A job that its checks hold does not go on for being told to.
    nonisolated func refuseAtGate(_ row: JobRow) throws {
        guard row.reason?.code == Self.gateCode, row.desired == .pause else { return }
        let report = try checkReport(of: row, isChecking: false)
        guard report.gate == .closed else { return }
        throw SimmerError.incompatible(
            message: "Its checks hold the job: \(report.obstacles.first ?? "they are not green.") "
                + "`simmer resume --force \(row.name)` goes on all the same.",
            findings: report.obstacles.map { Finding(severity: .error, code: "checks", message: $0) })
    }

    /// Keeps reasons, or that the job is let go on whatever the checks say; it goes on where that is enough.
    func acknowledge(
        _ input: AcknowledgeChecks.Input, caller: Caller, request: RequestKey?
    ) throws -> AcknowledgeChecks.Output {
        try refuseWhenStopping()
        let (answer, repeated) = try store.once(request) { transaction -> JobSummary in
            let row = try transaction.job(input.job)
            try caller.require(owner: row.ownerUid)
            var reasons: [String: String] = [:]
            if let text = row.notes[JobRow.acknowledgedNote] {
                reasons = try StrictJSON.parse(Array(text.utf8)).decoded(as: [String: String].self)
            }
            for (id, reason) in input.reasons ?? [:] {
                guard CheckCatalogue.entry(id) != nil else {
                    throw SimmerError.incompatible(
                        message: "There is no check '\(id)': `simmer check --list` names them.", findings: [])
                }
                guard !reason.allSatisfy(\.isWhitespace), reason.count <= 1_000 else {
                    throw SimmerError.incompatible(
                        message: "\(id) is acknowledged with a reason of 1 to 1,000 characters.", findings: [])
                }
                reasons[id] = reason
            }
            let text = JSONValue.object(reasons.mapValues { .string($0) }).canonicalText
            _ = try transaction.updateJob(
                row.id,
                message: input.force == true
                    ? "Let go on whatever its checks say, by uid \(caller.uid)."
                    : "Acknowledged: \((input.reasons ?? [:]).keys.sorted().joined(separator: ", "))."
            ) { row in
                if !reasons.isEmpty { row.notes[JobRow.acknowledgedNote] = text }
                if input.force == true { row.notes[JobRow.forcedNote] = Self.forcing(caller) }
            }
            return try transaction.summary(ofJob: row.id)
        }
        let row = try store.job(id: answer.id)
        let report = try checkReport(of: row, isChecking: checking[row.id] != nil)
        if !repeated { try passGate(row, report) }
        return .init(report: report)
    }

    /// Who let a job go on, for later reports.
    nonisolated static func forcing(_ caller: Caller) -> String { "uid \(caller.uid) at \(Clock.wallUsec())" }
}
