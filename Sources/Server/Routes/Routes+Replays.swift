import Recipes
import Storage
import Wire

extension Routes {
    var replays: [Route<Caller>] {
        [
            streaming(ReplayJob.self) { input, request, responder in
                guard input.fromStep >= 0 else { throw StandardError.invalidParameter(parameter: "fromStep") }
                guard input.toStep > input.fromStep else { throw StandardError.invalidParameter(parameter: "toStep") }
                guard responder.more || input.toStep - input.fromStep <= Self.mostStepsInOneReply else {
                    throw StandardError.invalidParameter(parameter: "toStep")
                }
                let caller = request.context
                let plan = try await daemon.copying.run { try daemon.replayMaterial(input, caller: caller) }
                return try await replay(plan, responder)
            }
        ]
    }

    /// A caller that takes one reply gets all steps in it: a message has an end.
    private static var mostStepsInOneReply: Int { 1_000 }

    private struct Heard: Sendable {
        var layers: [String] = []
        var steps: [ReplayedStep] = []
        var environment: [String: String] = [:]
    }

    private func replay(
        _ plan: ReplayMaterial, _ responder: Responder<ReplayJob.Output>
    ) async throws -> ReplayJob.Output {
        let heard = Locked(Heard())
        try responder.report(.init(progress: progress(plan, at: plan.replay.startStep)))
        let report = try await daemon.replays.run(
            plan.material.assignment, descriptors: plan.material.descriptors, memory: plan.memory,
            seconds: Daemon.longestReplay
        ) { report in
            switch report {
            case .ready(let environment): heard.withLock { $0.environment = environment }
            case .replaying(let layers): heard.withLock { $0.layers = layers }
            case .replayed(let steps):
                guard responder.more else { return heard.withLock { $0.steps += steps } }
                try responder.report(
                    .init(progress: progress(plan, at: steps.last?.step ?? plan.replay.startStep), steps: steps))
            default: break
            }
        }
        guard case .replayEnded(let comparisons) = report else { throw try Self.refusal(report) }
        var replay = plan.replay
        let end = heard.value
        replay.layers = end.layers
        let digests = Dictionary(plan.marks.map { ($0.id, $0.digest) }, uniquingKeysWith: { first, _ in first })
        replay.comparisons = comparisons.map { comparison in
            var comparison = comparison
            comparison.digest = digests[comparison.checkpoint] ?? nil
            return comparison
        }
        replay.same = comparisons.isEmpty ? nil : comparisons.allSatisfy(\.same)
        if let other = plan.environment.first(where: { end.environment[$0.key] != $0.value }) {
            replay.findings.append(
                Finding(
                    severity: .warning, code: "replay.environment",
                    message: "The steps were done with \(other.key) \(other.value), and now with "
                        + "\(end.environment[other.key] ?? "another"): the bits may differ for that alone."))
        }
        return .init(steps: end.steps, replay: replay)
    }

    private func progress(_ plan: ReplayMaterial, at step: Int) -> OperationProgress {
        OperationProgress(
            operation: "replay", phase: .working, doneBytes: 0, totalBytes: nil,
            message: "step \(step) of \(plan.replay.toStep)")
    }
}
