import Datasets
import Recipes
import Training

extension ImproveRound {
    /// Shares of the training examples for the learning curve.
    private static let shares = [0.125, 0.25, 0.5]
    private static let curveSeeds = 3

    /// Whole runs on shares of the training examples, each share drawn and trained with three seeds, or as many as the
    /// budget allows; nil where there are too few examples for any.
    func learningCurve(_ twins: TwinRuns) throws(TrainingFailure) -> LearningCurve? {
        let all = data.training.count
        let counts = Self.shares.map { Int(Double(all) * $0) }.filter {
            // Examples that would fill the memory are not copied; a handful says nothing of a curve.
            $0 >= 20 && $0 * data.training.elementCount <= 1 << 28
        }
        guard !counts.isEmpty else {
            notes.append("No learning curve: of \(all) training examples no share can be learned from by itself.")
            return nil
        }
        let held = data.validation.held((0..<UInt32(data.validation.count)).map { $0 })
        var plain = recipe
        // Augmentation works on the files' own examples, not on copies.
        plain.data.augment = []
        var runs = [[Double]](repeating: [], count: counts.count + 1)
        for seed in 0..<Self.curveSeeds {
            guard seed == 0 || hasRoom(for: counts.count + (seed < wholeCount ? 0 : 1)) else { break }
            for (place, count) in counts.enumerated() {
                let part = data.training.held(twins.drawn(count, of: all, salt: seed << 8 | place))
                let run = try twins.run(
                    plain, data.replacing(training: part, validation: held),
                    what: "\(count) of the training examples, seed \(seed)", index: seed)
                runs[place].append(run.loss)
            }
            runs[counts.count].append(try whole(seed, twins).loss)
        }
        return LearningCurve(counts: counts + [all], runs: runs, wanted: Self.curveSeeds, seed: recipe.seed)
    }
}
