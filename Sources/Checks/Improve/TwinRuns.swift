import Datasets
import Recipes
import Tensors
import Training

/// Runs that are compared: the same examples, seeds and steps, and one thing that differs.
struct TwinRuns {
    /// As it was read.
    let recipe: Recipe
    /// Of a recipe with first weights of its own.
    let weights: WeightsFile?
    /// Updates of a whole run.
    let steps: Int
    let pool: ThreadPool
    /// Takes what is being tried.
    let tell: (String) -> Void
    /// Networks whose answers may have to lie in memory together.
    static let mostAnswers = 8

    /// What one run came to.
    struct Run {
        /// Mean validation loss after each quarter.
        var quarters: [Double] = []
        /// Losses of every validation answer after the first quarter, at the best one, and at the end.
        var first: [Double] = []
        var best: [Double] = []
        var last: [Double] = []
        /// The best quarter, from 0.
        var place = 0
        /// Mean loss over some of the training examples, at the end.
        var training = 0.0
        /// At the best quarter, where they are kept.
        var answers: Training.Answers?

        var loss: Double { quarters.isEmpty ? .infinity : quarters[place] }
    }

    /// The recipe with this seed and as many steps, on data that stays the same.
    private func limited(_ recipe: Recipe, seed: UInt64) -> Recipe {
        var recipe = recipe
        recipe.until = .steps(steps)
        recipe.seed = seed
        recipe.data.seed = recipe.data.seed ?? Int(clamping: self.recipe.seed)
        return recipe
    }

    /// A run before its first step.
    /// - Parameter index: which of the seeds.
    func trial(_ recipe: Recipe, _ data: Dataset, index: Int = 0) throws(TrainingFailure) -> Trial {
        let trial = try Trial(limited(recipe, seed: self.recipe.seed &+ UInt64(index)), data, pool: pool)
        if recipe.model.from != nil, let weights { try trial.start(from: weights) }
        return trial
    }

    /// Trains and measures at every quarter.
    /// - Parameters:
    ///   - index: which of the seeds.
    ///   - quarters: after how many it ends.
    /// - Throws: `TrainingFailure` where a loss is not finite, or the model does not fit the data.
    func run(
        _ recipe: Recipe, _ data: Dataset, what: String, index: Int = 0, upTo quarters: Int = 4,
        keepsAnswers: Bool = false
    ) throws(TrainingFailure) -> Run {
        let trial = try trial(recipe, data, index: index)
        var run = Run()
        for quarter in 1...quarters {
            tell("\(what), step \(steps * (quarter - 1) / 4) of \(steps * quarters / 4)")
            try trial.train(to: steps * quarter / 4)
            let losses = trial.losses(data.validation)
            let mean = Self.mean(losses)
            if run.first.isEmpty { run.first = losses }
            if quarter == 1 || mean < run.loss {
                run.best = losses
                run.place = quarter - 1
                if keepsAnswers { run.answers = try trial.answers(data.validation, copies: Self.mostAnswers) }
            }
            run.quarters.append(mean)
            run.last = losses
        }
        let some = data.training.held(Self.spread(min(data.training.count, 2_000), of: data.training.count))
        run.training = Self.mean(trial.losses(Subset(some)))
        return run
    }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    /// So many positions, evenly spread.
    static func spread(_ count: Int, of all: Int) -> [UInt32] {
        (0..<count).map { UInt32($0 * all / max(count, 1)) }
    }

    /// So many positions, drawn by seed and salt: one in each of as many equal parts. Ascending.
    func drawn(_ count: Int, of all: Int, salt: Int) -> [UInt32] {
        let random = Philox(seed: recipe.seed, purpose: .checks)
        return (0..<count).map { part in
            let (first, next) = (part * all / count, (part + 1) * all / count)
            return UInt32(
                first + random.below(max(next - first, 1), step: 0x696d_0000 | UInt64(salt), index: UInt64(part)))
        }
    }
}
