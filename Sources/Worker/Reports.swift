import Checks
import Datasets
import Recipes
import Training
import Wire

extension WorkerReport {
    /// An event of training in the words of the wire; nil where examples would be shown that are no images.
    /// - Parameter dataset: what the run learns from.
    init?(_ event: TrainingEvent, _ dataset: Dataset) {
        switch event {
        case .started(let step, let plan): self = .started(step: step, plan: PlanSummary(plan))
        case .held(let step): self = .held(step: step)
        case .progress(let progress):
            // A rate of zero is one that has not been measured yet.
            let rate = progress.stepsPerSecond > 0 ? progress.stepsPerSecond : nil
            self = .progress(
                step: progress.step, totalSteps: progress.totalSteps, epoch: progress.epoch,
                samplesSeen: progress.samplesSeen, stepsPerSecond: rate)
        case .metrics(let values): self = .metrics(values)
        case .log(let priority, let step, let message):
            self = .log(priority: priority, step: step, message: message)
        case .shown(let check, let caption, let positions):
            guard let sheet = ContactSheet(dataset.facts) else { return nil }
            self = .pictured(
                check: check, sheet.picture("examples", caption: caption, dataset.learned, positions))
        case .pictured(let check, let picture): self = .pictured(check: check, picture)
        case .watched(let result): self = .watched(result)
        case .finished(let step, let reachedEnd): self = .finished(step: step, reachedEnd: reachedEnd)
        }
    }
}

extension PlanSummary {
    fileprivate init(_ plan: PlanFacts) {
        self.init(
            parameterCount: plan.parameterCount, memoryBytes: plan.memoryBytes, snapshotBytes: plan.snapshotBytes,
            threads: plan.threads, totalSteps: plan.totalSteps, stepsPerEpoch: plan.stepsPerEpoch)
    }
}
