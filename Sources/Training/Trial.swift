import Datasets
import Networks
import Recipes
import Tensors

/// A short run that nobody keeps: the very updates of a job (order, augmentation, mixup, schedule, clipping), without
/// evaluations or orders, and with a snapshot where one is asked for. What a check measures with.
package final class Trial {
    let trainer: Trainer
    let keeper = TrialKeeper()

    /// First weights, by the recipe's seed.
    /// - Throws: `TrainingFailure` where the model does not fit the data.
    package init(_ recipe: Recipe, _ dataset: Dataset, pool: ThreadPool) throws(TrainingFailure) {
        var recipe = recipe
        // A student's loss needs its teachers; a trial learns from the labels.
        recipe.kind = .train
        recipe.teachers = []
        recipe.averages = AveragePolicy()
        trainer = try Trainer(
            Trainer.Setup(recipe: recipe, dataset: dataset, threads: pool.threadCount), pool: pool, clock: StillClock(),
            orders: NoOrders(), sink: keeper
        ) { _ in }
    }

    /// Begins with a file's weights instead of drawn ones.
    /// - Throws: `TrainingFailure` where they do not fit the model.
    package func start(from file: WeightsFile) throws(TrainingFailure) { try trainer.start(from: file) }

    package var model: Model { trainer.model }
    /// Updates done.
    package var step: Int { trainer.step }
    package var stepsPerEpoch: Int { trainer.stepsPerEpoch }

    /// Does updates until `steps` of them are done in all, or `each` says false.
    /// - Parameter each: takes the number of updates done and what the newest one said.
    /// - Throws: `TrainingFailure`, code `nan_loss`, where a loss or gradient is not finite.
    package func train(
        to steps: Int, each: (Int, StepResult) -> Bool = { _, _ in true }
    ) throws(TrainingFailure) {
        while trainer.step < steps {
            let result = try trainer.update()
            if !each(trainer.step, result) { return }
        }
    }

    /// The loss of every answer to a split, in evaluation mode, in the order of its rows; as the evaluation of a job
    /// measures it, without smoothing or weights.
    package func losses(_ subset: Subset) -> [Double] { model.losses(subset) }

    /// All answers to a split, kept: 4 bytes for each number of each. nil where they are neither classes nor numbers, or
    /// would not fit beside those of `copies` networks.
    /// - Throws: `TrainingFailure` where one is not finite.
    package func answers(_ subset: Subset, copies: Int) throws(TrainingFailure) -> Answers? {
        guard model.classCount != nil || model.lossKind.wantsClasses == false else { return nil }
        let (perExample, width) = model.answerShape
        guard perExample == 1, subset.count <= Model.answerBytes / 4 / max(width, 1) / max(copies, 1) else {
            return nil
        }
        return try model.answers(subset, name: "the trial").1
    }

    /// Measures all of a split in evaluation mode.
    package func score(_ subset: Subset) -> Model.Score { model.evaluate(subset) }
}

extension Model {
    /// The loss of every answer to a split, in evaluation mode, in the order of its rows.
    package func losses(_ subset: Subset) -> [Double] {
        var losses: [Double] = []
        _ = evaluate(subset) { $0.appendJudgement(.loss, to: &losses) }
        return losses
    }
}

/// A trial ends by steps.
private struct StillClock: TrainingClock {
    var seconds: Double { 0 }
    var wallMicroseconds: Int { 0 }
}

/// Nobody speaks to a trial.
private final class NoOrders: OrderSource {
    func poll() -> TrainingOrder? { nil }
    func wait() -> TrainingOrder? { nil }
}
