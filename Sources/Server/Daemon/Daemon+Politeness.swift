import Dispatch
import Glibc
import Recipes
import Storage

extension Daemon {
    private static let tickSeconds = 5.0
    /// Code of the reason of a job that gives way.
    private static let code = "polite"

    /// Begins to look at clock and load, or stops, as the configuration says. Decides at once.
    func watchPoliteness() {
        let polite = configuration.polite
        if polite.isOff {
            politeTimer?.cancel()
            politeTimer = nil
            loadMeter = nil
            shared.withLock { $0.degraded["polite"] = nil }
        } else if politeTimer == nil {
            let timer = DispatchSource.makeTimerSource(queue: executor.queue)
            timer.schedule(deadline: .now() + Self.tickSeconds, repeating: Self.tickSeconds, leeway: .seconds(1))
            timer.setEventHandler { self.assumeIsolated { $0.beHowPolite() } }
            timer.activate()
            politeTimer = timer
        }
        beHowPolite()
    }

    private func beHowPolite() {
        guard !shared.value.stopping else { return }
        let polite = configuration.polite
        let others = polite.load == nil ? nil : othersLoad()
        let now = politeness.decide(polite, minute: Clock.minuteOfDay(), others: others, now: Clock.monotonic())
        guard now != rest else { return }
        let before = rest
        rest = now
        shared.withLock { $0.parked = now?.text }
        if let now {
            note(.notice, id: .parked, "jobs are parked: \(now.text)")
            parkAll()
        } else if before != nil {
            note(.notice, "jobs go on: they were parked for \(before?.text ?? "a while")")
            attempt("going on") { try goOn() }
        }
        planStatus()
    }

    private func othersLoad() -> Double? {
        let pids = runs.values.compactMap { $0.link?.child.pid } + [getpid()]
        guard let sample = LoadMeter.Sample.now(of: pids) else {
            shared.withLock { shared in
                shared.degraded["polite"] = Finding(
                    severity: .warning, code: "polite-load",
                    message:
                        "The load of others cannot be measured: /proc/stat is not there. `polite.load` has no effect.",
                    hint: "say `ProcSubset=all` in a drop-in of the service (`systemctl edit simmerd`)")
            }
            return nil
        }
        var meter = loadMeter ?? LoadMeter(ticksPerSecond: Double(max(1, sysconf(Int32(_SC_CLK_TCK)))))
        meter.take(sample, at: Clock.monotonic())
        loadMeter = meter
        return meter.others
    }

    /// The reason of a job that gives way; nil while none does.
    var restReason: Reason? {
        rest.map { Reason(code: Self.code, message: "Parked: \($0.text).", sinceUsec: Clock.wallUsec()) }
    }

    /// Every job that trains stands still at its next step, with its memory; none is started (`schedule`).
    private func parkAll() {
        for run in runs.values where run.phase == .training { park(run) }
        attempt("parking jobs that wait") {
            for row in try store.jobs(in: [.queued, .interrupted, .paused])
            where row.desired == .run && blocked[row.id] == nil {
                _ = try store.updateJob(row.id) { $0.reason = restReason }
            }
        }
    }

    func park(_ run: Run) {
        attempt("parking", job: run.job) {
            let row = try store.updateJob(run.job) { row in
                row.state = .pausing
                row.reason = restReason
            }
            keepLine(job: row.id, priority: 6, step: run.lastStep, row.reason?.message ?? "Parked.")
            try hold(run)
        }
    }

    private func goOn() throws {
        for row in try store.jobs(in: [.pausing, .paused, .queued, .interrupted])
        where row.desired == .run && row.reason?.code == Self.code {
            // One that is on its way to stand still goes on when it does (`parkOrGo`).
            let isOnItsWay = runs[row.id].map { $0.phase != .held } ?? false
            _ = try store.updateJob(row.id) { row in
                row.reason = nil
                if row.state == .pausing || row.state == .paused { row.state = isOnItsWay ? .running : .queued }
            }
        }
        schedule()
    }
}
