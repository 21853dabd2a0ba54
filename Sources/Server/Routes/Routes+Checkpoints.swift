import Recipes
import Storage
import Wire

extension Routes {
    var checkpoints: [Route<Caller>] {
        [
            reading(ListCheckpoints.self) { input, caller in
                if let limit = input.limit, !(1...1000).contains(limit) {
                    throw StandardError.invalidParameter(parameter: "limit")
                }
                if let job = input.job { _ = try ownKnown(job, caller) }
                let page = try store.checkpoints(
                    job: input.job, tag: input.tag, includeIncomplete: input.includeIncomplete ?? false,
                    limit: input.limit ?? 100, cursor: input.cursor)
                let visible = page.checkpoints.filter { caller.mayHandle(owner: $0.ownerUid) }
                return .init(
                    checkpoints: visible, nextCursor: page.nextCursor,
                    total: page.total - (page.checkpoints.count - visible.count))
            },
            streaming(InspectCheckpoint.self) { input, request, _ in
                let caller = request.context
                // Statistics read every byte: not on the readers that answer status calls.
                let wantsStatistics = input.statistics ?? false
                let work: @Sendable () throws -> InspectCheckpoint.Output = {
                    let checkpoint = try ownCheckpoint(input.checkpoint, caller)
                    guard input.tensors ?? wantsStatistics else { return .init(checkpoint: checkpoint, tensors: []) }
                    let all = try store.tensors(ofCheckpoint: checkpoint.id, statistics: wantsStatistics)
                    let start = input.cursor.flatMap { Int($0) } ?? 0
                    guard start >= 0, start <= all.count else { throw SimmerError.cursorExpired }
                    let page = all[start...].prefix(min(max(input.limit ?? 1000, 1), 1000))
                    let next = start + page.count < all.count ? "\(start + page.count)" : nil
                    return .init(checkpoint: checkpoint, tensors: Array(page), nextCursor: next)
                }
                return try await wantsStatistics ? daemon.copying.run(work) : daemon.readers.run(work)
            },
            streaming(VerifyCheckpoints.self) { input, request, responder in
                try await verify(input, request.context, responder)
            },
            streaming(DiffCheckpoints.self) { input, request, _ in
                let caller = request.context
                return try await daemon.copying.run {
                    let first = try ownCheckpoint(input.first, caller)
                    let second = try ownCheckpoint(input.second, caller)
                    let difference = try store.diff(first.id, second.id)
                    return .init(
                        same: difference.same, stateSame: difference.stateSame, differences: difference.differences)
                }
            },
            deciding(TagCheckpoint.self) { daemon, input, request in
                guard Recipe.isValidName(input.tag) else { throw StandardError.invalidParameter(parameter: "tag") }
                let checkpoint = try ownCheckpoint(input.checkpoint, request.context)
                return .init(
                    checkpoint: try store.tag(checkpoint: checkpoint.id, input.tag, move: input.move ?? false))
            },
            deciding(UntagCheckpoint.self) { daemon, input, request in
                let checkpoint = try ownCheckpoint(input.checkpoint, request.context)
                return .init(checkpoint: try store.untag(checkpoint: checkpoint.id, input.tag))
            },
            deciding(SetCheckpointPinned.self) { daemon, input, request in
                let checkpoint = try ownCheckpoint(input.checkpoint, request.context)
                return .init(checkpoint: try store.setPinned(checkpoint: checkpoint.id, input.pinned))
            },
            streaming(PruneCheckpoints.self) { input, request, _ in
                try await prune(input, request)
            },
        ]
    }

    private func verify(
        _ input: VerifyCheckpoints.Input, _ caller: Caller, _ responder: Responder<VerifyCheckpoints.Output>
    ) async throws -> VerifyCheckpoints.Output {
        let chosen = try await daemon.readers.run { try choose(input, caller) }
        var last = VerifyCheckpoints.Output()
        for (index, checkpoint) in chosen.enumerated() {
            let result = try await daemon.bulk.run {
                try store.verify(checkpoint: checkpoint.id) { done, total in
                    if !caller.flow.isOpen { throw SimmerError.operationCancelled }
                }
            }
            if result.state == .corrupt { daemon.damaged(checkpoint, result.problems) }
            let worst = last.state == nil || result.state != .ok
            let output = VerifyCheckpoints.Output(
                progress: OperationProgress(
                    operation: "verify", phase: index + 1 == chosen.count ? .done : .working,
                    doneBytes: checkpoint.sizeBytes),
                checkpoint: checkpoint.id, state: result.state,
                problem: result.problems.isEmpty ? nil : result.problems.map(\.message).joined(separator: " "))
            if index + 1 < chosen.count { try responder.report(output) }
            // Without `more` there is one answer: the worst of them.
            if responder.more || worst { last = output }
        }
        return last
    }

    private func choose(_ input: VerifyCheckpoints.Input, _ caller: Caller) throws -> [Checkpoint] {
        if let names = input.checkpoints, !names.isEmpty { return try names.map { try ownCheckpoint($0, caller) } }
        if let job = input.job { _ = try own(job, caller) }
        guard input.job != nil || input.all == true else {
            throw StandardError.invalidParameter(parameter: "checkpoints")
        }
        var found: [Checkpoint] = []
        var cursor: String?
        repeat {
            let page = try store.checkpoints(job: input.job, limit: 1000, cursor: cursor)
            found += page.checkpoints.filter { caller.mayHandle(owner: $0.ownerUid) }
            cursor = page.nextCursor
        } while cursor != nil
        return found
    }

    private func prune(
        _ input: PruneCheckpoints.Input, _ request: Request<Caller>
    ) async throws -> PruneCheckpoints.Output {
        let caller = request.context
        if input.job == nil { try caller.requireAdmin() }
        for (name, count, least) in [
            ("keepLast", input.keepLast, 0), ("keepBest", input.keepBest, 0), ("keepEvery", input.keepEvery, 1),
            ("olderThanUsec", input.olderThanUsec, 0),
        ] where (count ?? least) < least {
            throw StandardError.invalidParameter(parameter: name)
        }
        let key = input.dryRun == false ? try Self.key(input.requestId, request) : nil
        let result = try await daemon.copying.run {
            var rule = PruneRule(job: try input.job.map { try own($0, caller).id })
            rule.keepLast = input.keepLast
            rule.keepBest = input.keepBest
            rule.keepEvery = input.keepEvery
            rule.olderThanUsec = input.olderThanUsec
            return try store.prune(rule, dryRun: input.dryRun ?? true, request: key)
        }
        if !result.dryRun {
            daemon.note(.notice, "uid \(caller.uid) pruned \(result.removed.count) checkpoints")
        }
        return .init(
            removed: result.removed, kept: result.kept, freedBytes: result.freedBytes, dryRun: result.dryRun,
            passedOver: result.passedOver)
    }
}
