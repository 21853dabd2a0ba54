import Glibc
import Recipes
import Storage
import Wire

/// What is under way to people, and how it went. Part of the daemon's state.
struct Telling {
    /// Errands under way of each notice, by its id.
    var open: [String: Int] = [:]
    /// Notices with an errand that did not begin because the daemon stops.
    var leftOver: Set<String> = []
    /// When a job was last told of, by id and event, for those that may come again and again.
    var told: [String: Double] = [:]
    var nextWithoutJob = 0
}

extension Daemon {
    /// Seconds between two notices of one job that say the same.
    private static let repeatSeconds = 3_600.0

    // MARK: Whom to tell

    /// The configuration's, and the recipe's of a job beside it.
    private func whomToTell(ofJob job: Int?) -> [Notify] {
        let first = configuration.notify
        guard let job else { return [first] }
        do {
            var own = try readRecipe(ofJob: job).notify
            // Whoever submitted it was asked then; a store that someone else wrote to is not believed.
            if !mayNameCommands(try store.job(id: job).ownerUid) || own.command == first.command { own.command = [] }
            if own.mail == first.mail { own.mail = nil }
            return [first, own]
        } catch {
            note(.warning, job: job, "the recipe's `notify` cannot be read: \(error)")
            return [first]
        }
    }

    /// A command runs as the daemon's user, so only that user and root may name one.
    nonisolated func mayNameCommands(_ uid: Int) -> Bool { uid == 0 || uid == Int(geteuid()) }

    /// What is wrong with a command in the recipe of this user.
    nonisolated func commandFindings(_ recipe: Recipe, uid: Int) -> [Finding] {
        guard !recipe.notify.command.isEmpty, !mayNameCommands(uid) else { return [] }
        return [
            Finding(
                severity: .error, code: "notify.command",
                message: "Only the configuration may name commands: this one would run as the daemon's user.",
                path: Finding.pointer("notify.command"),
                hint: "Remove `notify.command`, use `notify.mail`, or ask whoever keeps simmerd.yaml.")
        ]
    }

    // MARK: Telling

    /// A notice to be kept with the change that it tells of; nil where nobody wants it.
    func notice(_ events: [Notify.Event], _ message: String, job: Int) -> Notice? {
        guard whomToTell(ofJob: job).contains(where: { $0.first(of: events) != nil }) else { return nil }
        return Notice(events, message, job: job)
    }

    /// The same for what may come again and again: one in an hour.
    func occasionalNotice(_ events: [Notify.Event], _ message: String, job: Int) -> Notice? {
        let key = "\(job) \(events[0].rawValue)"
        let now = Clock.monotonic()
        if let last = telling.told[key], now - last < Self.repeatSeconds { return nil }
        guard let notice = notice(events, message, job: job) else { return nil }
        telling.told[key] = now
        return notice
    }

    /// Tells what is kept in the job's row and not under way yet.
    func tell(_ row: JobRow) {
        attempt("telling of job \(row.name)", job: row.id) {
            for notice in try row.notices() where telling.open[notice.id] == nil { try send(notice) }
        }
    }

    /// Tells what an earlier daemon was about to tell.
    func tellLeftOver() {
        attempt("telling what an earlier daemon left over") {
            for row in try store.jobs(withNote: JobRow.noticesNote) { tell(row) }
        }
    }

    /// Tells of something that belongs to the store and to no job's change. Lost where the daemon ends before.
    func tell(_ event: Notify.Event, _ message: String, job: Int? = nil) {
        telling.nextWithoutJob += 1
        var notice = Notice([event], message, job: job)
        notice.id = "store.\(notice.timeUsec).\(telling.nextWithoutJob)"
        attempt("telling") { try send(notice) }
    }

    private func send(_ notice: Notice) throws {
        var summary: JobSummary?
        do {
            summary = try notice.job.map { try store.summary(ofJob: $0) }
        } catch {
            // Whoever waits for the notice is told all the same, without the job's numbers.
            note(.warning, job: notice.job, "notice \(notice.id) goes without the job's numbers: \(error)")
        }
        let sendmail = configuration.sendmail
        let targets = whomToTell(ofJob: notice.job).flatMap { $0.targets(of: notice.events, sendmail: sendmail) }
        telling.open[notice.id] = targets.count
        // Nobody wants it any more.
        if targets.isEmpty { return arrived(notice) }
        for (target, event) in targets {
            let errand = try Errand(target, NoticeText(notice: notice, event: event, job: summary))
            courier.send(errand) { outcome in
                self.executor.queue.async { self.assumeIsolated { $0.told(notice, target, outcome) } }
            }
        }
    }

    private func told(_ notice: Notice, _ target: Errand.Target, _ outcome: Errand.Outcome) {
        count(target, outcome, job: notice.job)
        if outcome == .leftOver { telling.leftOver.insert(notice.id) }
        let left = (telling.open[notice.id] ?? 1) - 1
        telling.open[notice.id] = left
        if left <= 0 { arrived(notice) }
    }

    /// Everyone has been told, or could not be: it is kept no longer.
    private func arrived(_ notice: Notice) {
        guard !telling.leftOver.contains(notice.id) else { return }
        defer { telling.open[notice.id] = nil }
        guard let job = notice.job, !notice.id.hasPrefix("store.") else { return }
        do {
            _ = try store.updateJob(job) { row in try row.setNotices(try row.notices().filter { $0.id != notice.id }) }
        } catch SimmerError.noSuchJob {
            // Deleted while somebody was told of it: nothing is left to be taken off.
        } catch {
            note(.error, job: job, "notice \(notice.id) stays and will be told again: \(error)")
        }
    }

    private func count(_ target: Errand.Target, _ outcome: Errand.Outcome, job: Int?) {
        let key = "notify \(target.title)"
        switch outcome {
        case .leftOver: return
        case .arrived:
            shared.withLock { shared in
                shared.notificationsSent += 1
                shared.degraded[key] = nil
            }
        case .failed(let why):
            note(.warning, job: job, id: .notificationFailed, "a notification failed (\(target.title)): \(why)")
            shared.withLock { shared in
                shared.notificationsFailed += 1
                shared.degraded[key] = Finding(
                    severity: .warning, code: "notify-failed",
                    message: "The last notification did not arrive (\(target.title)): \(why).",
                    hint: "try it with `simmer daemon notify --test`; the daemon's log has what the program said")
            }
        }
        planStatus()
    }

    // MARK: Seeing that it works

    /// Looks whether the programs that the configuration names are there.
    func checkNotify() {
        let notify = configuration.notify
        let sendmail = configuration.sendmail
        var missing: [String: Finding] = [:]
        for (target, _) in notify.targets(of: Notify.Event.allCases, sendmail: sendmail) {
            guard let path = target.words.first, access(path, X_OK) != 0 else { continue }
            missing["notify \(target.title)"] = Finding(
                severity: .warning, code: "notify-missing",
                message: "The program \(path) cannot be run (\(target.title)): \(ErrorText.of(errno)).",
                hint: "install it, or name another one in simmerd.yaml below `notify`")
        }
        shared.withLock { shared in
            shared.degraded = shared.degraded.filter { !$0.key.hasPrefix("notify ") }
            shared.degraded.merge(missing) { $1 }
        }
    }

    /// Sends one of each event that the configuration asks for to each of those it names, and says how each went.
    func testNotify() async throws -> TestNotify.Output {
        let sendmail = configuration.sendmail
        var output = TestNotify.Output(deliveries: [])
        for event in configuration.notify.on {
            for (target, _) in configuration.notify.targets(of: [event], sendmail: sendmail) {
                var notice = Notice(
                    [event], "This is a test of notifications of \(event.rawValue); nothing has happened.")
                notice.isTest = true
                notice.id = "test.\(notice.timeUsec)"
                let errand = try Errand(target, NoticeText(notice: notice, event: event, job: nil))
                let outcome = await withCheckedContinuation { continuation in
                    courier.send(errand) { continuation.resume(returning: $0) }
                }
                count(target, outcome, job: nil)
                var delivery = NotifyDelivery(event: event.rawValue, target: target.title, ok: outcome == .arrived)
                if case .failed(let why) = outcome { delivery.message = why }
                if outcome == .leftOver { delivery.message = "the daemon stops" }
                output.deliveries.append(delivery)
            }
        }
        return output
    }
}
