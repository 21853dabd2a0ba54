import Datasets
import Recipes

/// What a run measures and tells.
extension Trainer {
    var planFacts: PlanFacts {
        let plan = model.network.plan
        let snapshotBytes = model.layout.byteCount
        return PlanFacts(
            parameterCount: plan.parameterCount,
            memoryBytes: plan.memoryBytes(optimizer: recipe.optimizer, threads: setup.threads)
                + setup.dataset.byteCount + model.averages.byteCount + 2 * snapshotBytes
                + teachers.reduce(0) { $0 + $1.memoryBytes(threads: setup.threads) }
                + (setup.answers?.memoryBytes ?? 0),
            snapshotBytes: snapshotBytes, threads: setup.threads, totalSteps: schedule.totalSteps,
            stepsPerEpoch: stepsPerEpoch)
    }

    /// A value of a metric at this step, which also becomes its latest.
    func metric(_ name: String, _ value: Double) -> MetricValue {
        var metric = MetricValue(name: name, step: step, timeUsec: clock.wallMicroseconds)
        if value.isFinite {
            metric.value = value
        } else {
            metric.nonFinite = value.isNaN ? .nan : value > 0 ? .inf : .ninf
        }
        latest[name] = metric
        return metric
    }

    /// Averages since the last telling; sums begin anew.
    func tellTrainMetrics() {
        let window = state.window
        guard window.steps > 0 else { return }
        let steps = Double(window.steps)
        var metrics = [metric("train.loss", window.loss / steps)]
        if window.targets > 0, model.lossKind == .crossEntropy || model.lossKind == .binaryCrossEntropy {
            let answers = window.targets * model.network.plan.answersPerTarget
            metrics.append(metric("train.accuracy", Double(window.correct) / Double(answers)))
        }
        metrics.append(metric("train.gradient_norm", window.gradientNorm / steps))
        metrics.append(metric("rate", schedule.rate(at: step - 1, falls: state.falls)))
        state.window = ControllerState.Window()
        report(.metrics(metrics))
    }

    func tellProgress() {
        if pace.tick(clock.seconds, step: step) { report(.progress(progress)) }
    }

    var progress: TrainingProgress {
        let perEpoch = model.facts.examplesPerEpoch(of: setup.recipe)
        let inEpoch = min(step % stepsPerEpoch * setup.recipe.examplesPerUpdate, perEpoch)
        let samples = step / stepsPerEpoch * perEpoch + inEpoch
        return TrainingProgress(
            step: step, totalSteps: schedule.totalSteps,
            epoch: Double(samples) / Double(max(perEpoch, 1)), samplesSeen: samples,
            stepsPerSecond: pace.stepsPerSecond)
    }

    /// Measures the validation split with the raw weights and each average that has begun.
    /// - Returns: whether the metric that says which checkpoint is best is better than ever.
    func evaluateValidation() -> Bool {
        evaluatedAt = step
        let values = measure("validation", setup.dataset.validation)
        lossNow = values["validation.loss"]
        guard let value = values[bestMetric.name], value.isFinite else { return false }
        if let best = state.best, bestMetric.larger ? value <= best.value : value >= best.value { return false }
        state.best = ControllerState.Best(step: step, value: value)
        return true
    }

    /// Tells each metric of a split and returns all by name.
    @discardableResult
    func measure(_ split: String, _ subset: Subset) -> [String: Double] {
        var values: [String: Double] = [:]
        var metrics: [MetricValue] = []
        measureStatistics()
        let averages: [Average?] = [nil] + existingAverages.map { $0 }
        for average in averages {
            let suffix = average.map { "@" + $0.name } ?? ""
            var judged: [Double] = []
            let isJudged = split == "validation" && suffix == judgement?.suffix
            var look = split == "validation" && average == nil ? beginLook(subset) : nil
            let score = model.evaluate(subset, average: average) { model in
                if isJudged, let judge = judgement?.judge { model.appendJudgement(judge, to: &judged) }
                if var own = look {
                    look = nil
                    self.look(&own)
                    look = own
                }
            }
            if let look { endLook(look) }
            if isJudged { judgedNow = GroupMeans(judged, examples: subset.count) }
            for (name, value) in score.metrics(model.lossKind) {
                values["\(split).\(name)\(suffix)"] = value
                metrics.append(metric("\(split).\(name)\(suffix)", value))
            }
        }
        report(.metrics(metrics))
        return values
    }

    /// The metric of `expect` where it is one of validation, else validation loss.
    var bestMetric: (name: String, larger: Bool) {
        guard let expect = setup.recipe.expect, expect.metric.hasPrefix("validation.") else {
            return ("validation.loss", false)
        }
        let isAccuracy = expect.metric.contains("accuracy")
        return (expect.metric, expect.above != nil || (expect.below == nil && isAccuracy))
    }
}
