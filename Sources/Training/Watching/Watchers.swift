import Networks
import Recipes

/// The watchers of one run: what they measure between updates and at evaluations, and what of it is told. They read; no
/// weight depends on them.
final class Watchers {
    var ratios: UpdateRatios
    let magnitudes: MagnitudeHistory
    /// When they were last shown, by the run's clock.
    var magnitudesShown = 0.0
    var unchanged = UnchangedTensors()
    var units = DeadUnits()
    var clipped = ClippedShare()
    var apart = DrivenApart()
    var curve = CurveEnd()
    var bits = SteadyBits()
    var answers = SameAnswers()
    var classes = LostClasses()
    var modes = ModeGap()
    var epochs = DrawnEpochs()
    let activity: UnitActivity
    /// How many spikes of the loss were logged.
    var loggedSpikes = 0
    /// The newest result of each, with the worst verdict of the run.
    private(set) var results: [String: CheckResult] = [:]
    private var worst: [String: CheckVerdict] = [:]
    /// What was said when it was the worst.
    private var words: [String: CheckResult] = [:]

    init(_ network: Network) {
        ratios = UpdateRatios(network.plan)
        magnitudes = MagnitudeHistory(network.plan)
        activity = network.makeActivity()
    }

    /// Keeps a result.
    /// - Returns: whether it is worse than all before: then it is told at once.
    func keep(_ result: CheckResult) -> Bool {
        var result = result
        let before = worst[result.id]
        let isWorse = result.verdict.weight > (before?.weight ?? 0)
        if isWorse {
            worst[result.id] = result.verdict
            words[result.id] = result
        }
        if let before, before.weight > result.verdict.weight {
            // In the end the run is judged by the worst that was seen.
            let then = words[result.id]
            result.message = "\(then?.message ?? "It was a \(before.rawValue) before.") Last: \(result.message)"
            result.verdict = before
            result.places = then?.places ?? []
            result.action = then?.action
            result.step = then?.step ?? result.step
        }
        if result.verdict != .skip || results[result.id] == nil { results[result.id] = result }
        return isWorse
    }

    // MARK: Remembering

    var memory: WatchMemory {
        var memory = WatchMemory()
        memory.lists["apart"] = apart.numbers
        memory.lists["curve"] = curve.numbers
        memory.lists["classes"] = classes.numbers
        let (places, shares) = magnitudes.numbers
        memory.lists["magnitudes.places"] = places
        memory.lists["magnitudes.shares"] = shares
        for (id, verdict) in worst where verdict.weight > 0 { memory.lists["worst.\(id)"] = [Double(verdict.weight)] }
        return memory
    }

    func recall(_ memory: WatchMemory) {
        apart = DrivenApart(memory.lists["apart"] ?? [])
        curve = CurveEnd(memory.lists["curve"] ?? [])
        classes = LostClasses(memory.lists["classes"] ?? [])
        magnitudes.recall(
            places: memory.lists["magnitudes.places"] ?? [], shares: memory.lists["magnitudes.shares"] ?? [])
        for verdict in [CheckVerdict.warn, .fail] {
            for (name, numbers) in memory.lists where name.hasPrefix("worst.") && numbers == [Double(verdict.weight)] {
                worst[String(name.dropFirst(6))] = verdict
            }
        }
    }
}

extension CheckVerdict {
    /// How bad it is.
    var weight: Int {
        switch self {
        case .pass, .skip: 0
        case .warn: 1
        case .fail: 2
        }
    }
}
