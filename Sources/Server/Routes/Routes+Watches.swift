import Recipes
import Storage
import Wire

extension Routes {
    var watches: [Route<Caller>] {
        [
            streaming(WatchJobs.self) { input, request, responder in
                try await counted(request.context) { try await watchJobs(input, request.context, responder) }
            },
            streaming(WatchMetrics.self) { input, request, responder in
                try await counted(request.context) { try await watchMetrics(input, request.context, responder) }
            },
        ]
    }

    /// One watch more for this user, while `body` runs.
    func counted<T>(_ caller: Caller, _ body: () async throws -> T) async throws -> T {
        let limit = daemon.configuration.limits.watchesPerUser
        let used = daemon.watches.withLock { watches in
            watches[caller.uid, default: 0] += 1
            return watches[caller.uid, default: 0]
        }
        defer { daemon.watches.withLock { $0[caller.uid, default: 1] -= 1 } }
        if used > limit, caller.uid != 0 {
            throw SimmerError.tooBusy(resource: "watches", limit: limit, retryAfterUsec: 1_000_000)
        }
        return try await body()
    }

    private func heartbeat(_ usec: Int?) throws -> Double {
        guard let usec else { return 15 }
        guard usec >= 100_000 else { throw StandardError.invalidParameter(parameter: "heartbeatUsec") }
        return Double(usec) * 1e-6
    }

    // MARK: Jobs

    /// Listening begins before the snapshot is read, so that no change falls between the two; changes that the
    /// snapshot has are told by their sequence and left out.
    private func watchJobs(
        _ input: WatchJobs.Input, _ caller: Caller, _ responder: Responder<WatchJobs.Output>
    ) async throws -> WatchJobs.Output {
        var watch = JobWatch(
            filter: input.filter ?? JobFilter(), until: Set(input.until ?? []),
            interval: Double(input.minIntervalUsec ?? 0) * 1e-6)
        let pulse = try heartbeat(input.heartbeatUsec)
        return try await daemon.events.listen(wants: { _ in true }) { box in
            if let after = input.after {
                try await catchUp(after, &watch, caller, responder)
            } else {
                try await snapshot(&watch, caller, responder)
            }
            // What other jobs do comes by here as well, and is no sign of life to this watcher.
            var lastSent = Clock.monotonic()
            while true {
                if let last = watch.ending { return .init(event: last) }
                let dropped = box.takeDropped()
                if dropped > 0 {
                    try await send(
                        Event(sequence: watch.sequence, timeUsec: Clock.wallUsec(), kind: .dropped, dropped: dropped),
                        caller, responder)
                }
                if Clock.monotonic() - lastSent >= pulse {
                    lastSent = Clock.monotonic()
                    try await send(
                        Event(sequence: watch.sequence, timeUsec: Clock.wallUsec(), kind: .heartbeat), caller, responder
                    )
                }
                switch await box.next(within: max(0.01, lastSent + pulse - Clock.monotonic())) {
                case .timeout: continue
                case .closed: throw SimmerError.draining
                case .lagged: throw SimmerError.watchLagged(resumeAfter: watch.sequence)
                case .element(let event):
                    guard let event = watch.accept(event) else { continue }
                    try await send(event, caller, responder)
                    lastSent = Clock.monotonic()
                }
            }
        }
    }

    private func snapshot(
        _ watch: inout JobWatch, _ caller: Caller, _ responder: Responder<WatchJobs.Output>
    ) async throws {
        let filter = watch.filter
        let (sequence, jobs) = try await daemon.readers.run { () -> (Int, [JobSummary]) in
            let sequence = try store.lastEventSequence()
            var jobs: [JobSummary] = []
            var cursor: String?
            repeat {
                let page = try store.jobs(filter: filter, limit: 1000, cursor: cursor)
                jobs += page.jobs
                cursor = page.nextCursor
            } while cursor != nil
            return (sequence, jobs)
        }
        watch.sequence = sequence
        for job in jobs {
            watch.see(job)
            try await send(
                Event(sequence: sequence, timeUsec: Clock.wallUsec(), kind: .snapshot, job: job), caller, responder)
        }
        let end = Event(sequence: sequence, timeUsec: Clock.wallUsec(), kind: .snapshotEnd)
        if watch.isComplete { watch.ending = end } else { try await send(end, caller, responder) }
    }

    private func catchUp(
        _ after: Int, _ watch: inout JobWatch, _ caller: Caller, _ responder: Responder<WatchJobs.Output>
    ) async throws {
        watch.sequence = after
        while true {
            let from = watch.sequence
            let events = try await daemon.readers.run { try store.events(after: from, limit: 500) }
            for event in events { if let event = watch.accept(event) { try await send(event, caller, responder) } }
            watch.sequence = max(watch.sequence, events.last?.sequence ?? 0)
            if events.count < 500 { return }
        }
    }

    private func send(_ event: Event, _ caller: Caller, _ responder: Responder<WatchJobs.Output>) async throws {
        var event = event
        event.job = event.job.map(named)
        try responder.report(.init(event: event))
        // A slow reader is waited for here; its mailbox coalesces meanwhile.
        guard await caller.flow.drained() else { throw SimmerError.operationCancelled }
    }

    // MARK: Metrics

    private func watchMetrics(
        _ input: WatchMetrics.Input, _ caller: Caller, _ responder: Responder<WatchMetrics.Output>
    ) async throws -> WatchMetrics.Output {
        let row = try await daemon.readers.run { try own(input.job, caller) }
        let names = input.names.map(Set.init)
        let interval = Double(max(0, input.minIntervalUsec ?? 0)) * 1e-6
        let pulse = try heartbeat(input.heartbeatUsec)
        let id = row.id
        return try await daemon.points.listen(wants: { $0.job == id }) { box in
            if let from = input.fromStep {
                let old = try await daemon.readers.run {
                    try store.metricValues(ofJob: id, names: input.names, fromStep: from, limit: 10_000)
                }
                for start in stride(from: 0, to: old.count, by: 1000) {
                    try await send(Array(old[start...].prefix(1000)), 0, row.state, caller, responder)
                }
            }
            var lastSent = Clock.monotonic()
            var lastValues = -Double.infinity
            while true {
                let state = try await daemon.readers.run { try store.job(id: id).state }
                if state.isEnded || state == .stopped {
                    return .init(points: [], dropped: box.takeDropped(), state: state)
                }
                if Clock.monotonic() - lastSent >= pulse {
                    lastSent = Clock.monotonic()
                    try await send([], 0, state, caller, responder)
                }
                switch await box.next(within: min(pulse, 1)) {
                case .closed: throw SimmerError.draining
                case .lagged: throw SimmerError.watchLagged(resumeAfter: 0)
                case .timeout: continue
                case .element(let points):
                    let values = points.values.filter { names?.contains($0.name) ?? true }
                    let now = Clock.monotonic()
                    guard !values.isEmpty, now - lastValues >= interval else { continue }
                    (lastSent, lastValues) = (now, now)
                    try await send(values, box.takeDropped(), state, caller, responder)
                }
            }
        }
    }

    private func send(
        _ values: [MetricValue], _ dropped: Int, _ state: JobState, _ caller: Caller,
        _ responder: Responder<WatchMetrics.Output>
    ) async throws {
        try responder.report(.init(points: values, dropped: dropped, state: state))
        guard await caller.flow.drained() else { throw SimmerError.operationCancelled }
    }
}

/// What one watcher of jobs has seen and wants.
struct JobWatch {
    var filter: JobFilter
    var until: Set<JobState>
    /// Seconds between two progress events of one job.
    var interval: Double
    var sequence = 0
    /// Set when every job seen has reached a state of `until`.
    var ending: Event?
    private var states: [Int: JobState] = [:]
    private var lastProgress: [Int: Double] = [:]

    init(filter: JobFilter, until: Set<JobState>, interval: Double) {
        self.filter = filter
        self.until = until
        self.interval = interval
    }

    mutating func see(_ job: JobSummary) { states[job.id] = job.state }

    var isComplete: Bool { !until.isEmpty && !states.isEmpty && states.values.allSatisfy { until.contains($0) } }

    /// The event as it goes to the watcher; nil where it is not for this one, or known already.
    mutating func accept(_ event: Event) -> Event? {
        let isPassing = event.kind == .progress || event.kind == .metric
        guard isPassing || event.sequence > sequence else { return nil }
        if !isPassing { sequence = event.sequence }
        guard let job = event.job else { return isUnfiltered ? event : nil }
        guard matches(job) else { return nil }
        see(job)
        if event.kind == .deleted { states[job.id] = nil }
        if event.kind == .progress, interval > 0 {
            let now = Clock.monotonic()
            guard now - (lastProgress[job.id] ?? -.infinity) >= interval else { return nil }
            lastProgress[job.id] = now
        }
        if isComplete {
            ending = event
            return nil
        }
        return event
    }

    private var isUnfiltered: Bool { filter == JobFilter() }

    private func matches(_ job: JobSummary) -> Bool {
        if let names = filter.names,
            !names.contains(where: { Glob.matches($0, job.name) || $0 == "\(job.id)" || $0 == job.uuid })
        {
            return false
        }
        // States narrow the snapshot; a watcher wants to see a job leave them.
        if let owner = filter.ownerUid, owner != job.ownerUid { return false }
        if let labels = filter.labels, !labels.allSatisfy({ job.labels[$0.key] == $0.value }) { return false }
        if let after = filter.createdAfterUsec, job.createdUsec <= after { return false }
        return true
    }
}

/// `*` and `?` as a shell reads them.
enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let text = Array(text.unicodeScalars)
        var p = 0
        var t = 0
        var star: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if let last = star {
                p = last.p + 1
                t = last.t + 1
                star = (last.p, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
