import Recipes
import Storage
import Wire

extension Routes {
    /// Metrics and logs.
    var records: [Route<Caller>] {
        [
            reading(ListMetrics.self) { input, caller in
                let row = try ownKnown(input.job, caller)
                let found = try store.metricNames(ofJob: row.id)
                return .init(names: found.names, firstStep: found.firstStep, lastStep: found.lastStep)
            },
            reading(QueryMetrics.self) { input, caller in
                let row = try ownKnown(input.job, caller)
                if let points = input.maxPoints, !(1...20_000).contains(points) {
                    throw StandardError.invalidParameter(parameter: "maxPoints")
                }
                return .init(
                    series: try store.metrics(
                        ofJob: row.id, names: input.names, fromStep: input.fromStep, toStep: input.toStep,
                        maxPoints: input.maxPoints ?? 2000, reduce: input.reduce))
            },
            streaming(ReadLogs.self) { input, request, responder in
                let caller = request.context
                if input.follow == true {
                    guard responder.more else { throw StandardError.expectedMore }
                    return try await counted(caller) { try await follow(input, caller, responder) }
                }
                return try await daemon.readers.run { try read(input, caller, after: input.after) }
            },
        ]
    }

    private func read(_ input: ReadLogs.Input, _ caller: Caller, after: String?) throws -> ReadLogs.Output {
        var query = LogQuery()
        if let job = input.job { query.job = try ownKnown(job, caller).id } else { try caller.requireAdmin() }
        query.after = after
        query.tail = after == nil ? input.tail : nil
        query.maxPriority = input.maxPriority ?? 7
        query.sinceUsec = input.sinceUsec
        query.untilUsec = input.untilUsec
        query.limit = min(max(input.limit ?? 1000, 1), 1000)
        let page = try store.log(query)
        return .init(entries: page.entries, cursor: page.cursor, dropped: page.dropped)
    }

    /// New lines wake the follower; what it sends is read from the store, so that every line has its cursor.
    private func follow(
        _ input: ReadLogs.Input, _ caller: Caller, _ responder: Responder<ReadLogs.Output>
    ) async throws -> ReadLogs.Output {
        var after = input.after
        var input = input
        let name = input.job
        let job = try await daemon.readers.run { try name.map { try ownKnown($0, caller).id } }
        return try await daemon.lines.listen(wants: { job == nil || $0.jobId == job }) { box in
            while true {
                let question = input
                let from = after
                let page = try await daemon.readers.run { try read(question, caller, after: from) }
                after = page.cursor ?? after
                input.tail = nil
                if !page.entries.isEmpty || page.dropped > 0 {
                    try responder.report(page)
                    guard await caller.flow.drained() else { throw SimmerError.operationCancelled }
                    continue
                }
                switch await box.next(within: 15) {
                case .closed: return .init(entries: [], cursor: after, dropped: 0)
                case .timeout where !caller.flow.isOpen: throw SimmerError.operationCancelled
                default: continue
                }
            }
        }
    }
}
