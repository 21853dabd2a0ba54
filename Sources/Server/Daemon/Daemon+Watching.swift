import Recipes
import Storage
import Wire

/// What watchers find, kept and told; and what becomes of a run that one of them ended.
extension Daemon {
    /// Code of the reason of a job that a watcher holds.
    static let watchCode = "watch"

    /// The recipe with every change of hot keys.
    nonisolated func recipeInForce(_ row: JobRow) throws -> Recipe {
        try readRecipe(ofJob: row.id).applying(row.changes, upTo: .max)
    }

    /// Keeps a result, and tells of it where it is worse than what was known.
    /// - Parameters:
    ///   - isFinal: whether it takes the place of a worse one.
    ///   - pictures: of this result; nil keeps those that are there.
    func watched(_ result: CheckResult, job: Int, isFinal: Bool = false, pictures: [Picture]? = nil) {
        attempt("what watcher \(result.id) found", job: job) {
            let row = try store.job(id: job)
            let recipe = try recipeInForce(row)
            let action = CheckCatalogue.entry(result.id).map { _ in recipe.watch.action(result.id) } ?? .off
            guard action != .off || Watch.rule(result.id) == nil else { return }
            let before = try store.checkResults(of: .job(job)).first { $0.id == result.id }
            var result = result
            if !isFinal, let before, before.verdict.badness > result.verdict.badness {
                // In the end a job is judged by the worst that was seen.
                let worst = before.worst ?? before.message
                result.message = "\(worst) Since then: \(result.message)"
                result.worst = worst
                result.verdict = before.verdict
                result.places = before.places
                result.action = before.action
            }
            let pictures = try pictures ?? store.pictures(of: .job(job), check: result.id)
            result.pictures = pictures.map(\.name)
            try store.addCheckResults([result], of: .job(job), pictures: [result.id: pictures])
            guard result.verdict.badness > (before?.verdict.badness ?? 0) else { return }
            try tell(result, of: row, action)
        }
    }

    private func tell(_ result: CheckResult, of row: JobRow, _ action: Watch.Action) throws {
        let text = "\(result.id) \(result.verdict.rawValue): \(result.message)"
        keepLine(job: row.id, priority: 4, step: result.step, text)
        guard action != .log else { return }
        note(.warning, job: row.id, name: row.name, step: result.step, text)
        // What follows from a silent worker is said by its silence: asked to park, it would not hear.
        let pauses = result.verdict == .fail && action == .pause && result.id != "W9"
        let notice =
            result.verdict == .fail
            ? occasionalNotice([.needsPerson], "\(text) \(result.action ?? "")", job: row.id) : nil
        let changed = try store.updateJob(row.id, event: .warning, message: text) { row in
            if pauses, row.desired == .run, !row.state.isEnded { hold(&row, text) }
            try row.keep(notice)
        }
        tell(changed)
        if pauses { converge(changed) }
    }

    /// The job stands still until a person says otherwise.
    func hold(_ row: inout JobRow, _ text: String) {
        row.desired = .pause
        row.state = runs[row.id]?.link == nil ? .paused : .pausing
        row.reason = Reason(code: Self.watchCode, message: text, sinceUsec: Clock.wallUsec())
    }

    // MARK: Data that has changed

    /// The job's own files; one that is not what was stored is said by its name.
    nonisolated func addStoredFiles(of row: JobRow, to material: inout LaunchMaterial) throws {
        for file in row.files {
            do {
                try addFiles([file], to: &material)
            } catch SimmerError.ioFailed(let operation, let number, _) {
                throw ChangedData(
                    path: file.path, what: number == 0 ? operation : "\(operation): \(ErrorText.of(Int32(number)))")
            }
        }
    }

    /// Before any of it is used.
    func pause(job: Int, for changed: ChangedData) {
        attempt("holding job \(job)", job: job) {
            let row = try store.job(id: job)
            let recipe = try recipeInForce(row)
            var others = recipe.data.test?.paths ?? []
            if case .files(let files) = recipe.data.validation { others += files.paths }
            let id = others.contains(changed.path) ? "W11" : "W10"
            let text =
                "The stored data of `\(changed.path)` is not what it was when the job was submitted (\(changed.what))."
            let result = CheckResult(
                id, .fail, .invariant, text, places: [changed.path],
                action: "Look at the disk (`simmer daemon scrub`), and submit the job again with the original file.",
                step: row.lastCheckpointStep)
            if recipe.watch.action(id) == .stop {
                try store.addCheckResults([result], of: .job(job))
                return try setFailed(job, code: "data_error", text)
            }
            _ = try store.updateJob(job) { hold(&$0, text) }
            watched(result, job: job)
        }
        schedule()
    }

    // MARK: A run that a watcher ended

    func decide(on fault: WatchFault, code: String, _ message: String, _ row: JobRow) throws {
        let recipe = try recipeInForce(row)
        let action = recipe.watch.action(fault.watcher)
        var record = try row.watch()
        if fault.watcher == "W1", try repeatSteps(fault, message, row, &record) { return }
        guard action == .rollback else {
            _ = try store.updateJob(row.id) { try $0.set(record) }
            return try setFailed(row.id, code: code, message + recurred(fault, row))
        }
        guard record.rollbacks < recipe.watch.rollbacks else {
            let text =
                "\(message) The job was rolled back \(record.rollbacks) times, as often as `watch.rollbacks` allows, and "
                + "is paused. `simmer set \(row.name) watch.rollbacks=N` and `simmer resume \(row.name)` go on."
            let notice = notice([.needsPerson], text, job: row.id)
            let held = try store.updateJob(row.id, event: .warning, message: text) { row in
                try row.set(record)
                row.desired = .pause
                row.state = .paused
                row.reason = Reason(code: Self.watchCode, message: text, sinceUsec: Clock.wallUsec())
                try row.keep(notice)
            }
            keepLine(job: row.id, priority: 3, step: fault.step, text)
            note(.error, job: row.id, name: row.name, step: fault.step, id: .needsPerson, text)
            return tell(held)
        }
        try rollBack(fault, message, row, recipe, record)
    }

    private func recurred(_ fault: WatchFault, _ row: JobRow) -> String {
        guard fault.watcher == "W1" else { return "" }
        let from = row.lastCheckpointStep.map { "checkpoint \($0)" } ?? "the beginning"
        return
            " It came again when the steps from \(from) on were done again: it is the recipe or the data, not the machine."
    }

    /// An update that was not finite: its steps are done again once, from the same checkpoint. What does not come again was
    /// the machine.
    /// - Returns: whether that has begun.
    private func repeatSteps(
        _ fault: WatchFault, _ message: String, _ row: JobRow, _ record: inout WatchRecord
    ) throws -> Bool {
        if record.suspect?.step == fault.step {
            record.suspect = nil
            record.repeats = 0
            return false
        }
        record.repeats += 1
        guard record.repeats <= 3 else {
            record = WatchRecord(rollbacks: record.rollbacks, usualStep: record.usualStep)
            return false
        }
        let from = row.lastCheckpointStep ?? 0
        record.suspect = WatchRecord.Suspect(step: fault.step, from: from)
        let again = record
        let changed = try store.updateJob(row.id) { try $0.set(again) }
        try launch(
            changed,
            restart:
                "Update \(fault.step) was not finite. The steps from \(from) on are done again, to tell the machine from "
                + "the recipe and the data.")
        return true
    }

    /// A run that gets past an update which was not finite before: it was the machine.
    func passSuspect(_ run: Run) {
        guard let step = run.suspectStep, run.lastStep > step else { return }
        run.suspectStep = nil
        let text =
            "Update \(step) was not finite, and was finite when it was done again from the same checkpoint: suspect the "
            + "machine."
        watched(
            CheckResult(
                "W1", .warn, .invariant, text,
                action: "Test the machine's memory (memtest86+) and processor, and do not overclock; the run goes on.",
                step: step), job: run.job, isFinal: true)
        attempt("remembering a suspicion", job: run.job) {
            _ = try store.updateJob(run.job, event: .warning, message: text) { row in
                var record = try row.watch()
                record.suspect = nil
                record.repeats = 0
                try row.set(record)
            }
        }
    }

    /// Steps before the trouble that are taken back as well, and updates at least that are left out.
    private static var stepsBefore: Int { 100 }
    private static var leastSkipped: Int { 200 }

    private func rollBack(
        _ fault: WatchFault, _ message: String, _ row: JobRow, _ recipe: Recipe, _ given: WatchRecord
    ) throws {
        var record = given
        record.rollbacks += 1
        record.suspect = nil
        let wanted =
            switch fault.watcher {
            case "W2": max(0, fault.since - Self.stepsBefore)
            case "W13": max(0, fault.step - 1)
            default: fault.step
            }
        let target = try store.completeCheckpoints(ofJob: row.id).last { $0.step <= wanted }
        if target == nil, row.parentCheckpoint != nil {
            return try setFailed(
                row.id, code: "loss_spike", "\(message) No checkpoint is left that the job could go back to.")
        }
        let from = target?.step ?? 0
        var change: HotChange?
        if fault.watcher != "W13" {
            let earlier = row.changes.last { $0.values["watch.skip"] != nil }?.step ?? 0
            let begin = max(from, fault.since - Self.stepsBefore, min(earlier, fault.since))
            let skipped = max(Self.leastSkipped, fault.since - begin + Self.stepsBefore)
            change = HotChange(step: begin, values: ["watch.skip": "\(recipe.watch.skip + skipped)"])
        }
        let place = target == nil ? "the beginning" : "checkpoint \(from)"
        let left = change.map { " Without the examples of the updates from \($0.step) on that led there" } ?? ""
        let text =
            "\(message)\(recurred(fault, row)) Rolled back to \(place)\(left.isEmpty ? "." : ":\(left.lowercased()).") This is "
            + "rollback \(record.rollbacks) of at most \(recipe.watch.rollbacks)."
        let notice = occasionalNotice([.needsPerson], text, job: row.id)
        let changed = try store.rollBack(row.id, to: target, message: text) { row in
            try row.set(record)
            if let change { row.changes.append(change) }
            try row.keep(notice)
        }
        keepLine(job: row.id, priority: 4, step: fault.step, text)
        note(.warning, job: row.id, name: row.name, step: fault.step, text)
        if let known = try store.checkResults(of: .job(row.id)).first(where: { $0.id == fault.watcher }) {
            var result = known
            result.verdict = .warn
            result.worst = nil
            result.message += " Rolled back to \(place), \(record.rollbacks) of \(recipe.watch.rollbacks)."
            watched(result, job: row.id, isFinal: true)
        }
        tell(changed)
        try launch(changed, restart: "Rolled back to \(place).")
    }
}

/// A stored data file is not what was stored.
struct ChangedData: Error {
    /// As the recipe writes it.
    var path: String
    var what: String
}

extension CheckVerdict {
    var badness: Int {
        switch self {
        case .pass, .skip: 0
        case .warn: 1
        case .fail: 2
        }
    }
}

extension FileSet {
    fileprivate var paths: [String] { inputs + targets }
}
