import Datasets
import Recipes
import Tensors
import Training

/// Random trials of some numbers (Bergstra and Bengio 2012, JMLR 13), all with the recipe's seed and on the same examples:
/// each is trained for a ninth of the steps, the best third goes on to a third of them, and of those the best third to the
/// end (successive halving: Jamieson and Talwalkar 2016, arXiv:1502.07943).
///
/// The points are Halton's (1960), shifted by the seed (Cranley and Patterson 1976): evenly spread on every axis whatever the
/// number of trials, which a grid is not. Costs about 0.4 whole runs a trial.
struct TuningStudy {
    private static let primes = [2, 3, 5, 7]
    /// Trials from which on importance is said.
    private static let fewest = 16
    private static let edge = 0.05

    let numbers: [TunedNumber]
    let trials: Int
    let text: String
    let overrides: [String: String]
    let twins: TwinRuns
    let data: Dataset

    private struct Candidate {
        /// From 0 to 1 on each axis.
        var places: [Double]
        var words: [String]
        var losses: [Double] = []
        var refusal: String?
    }

    /// - Returns: what was found, and the best values as a change; nil for that where none was finite.
    /// - Throws: `TrainingFailure` where a number has no place in the recipe, or the recipe's own run fails.
    func run() throws(TrainingFailure) -> (tuning: Tuning, best: Proposal?) {
        let scales = numbers.map { number in
            let box = number.box(of: twins.recipe)
            return LogScale(box.low, box.high)
        }
        var candidates = (0..<trials).map { trial in
            let places = Self.point(trial, axes: numbers.count, seed: twins.recipe.seed)
            return Candidate(
                places: places, words: zip(scales, places).map { LogScale.word($0.value($1)) })
        }
        let rungs = [max(1, twins.steps / 9), max(1, twins.steps / 3), twins.steps]
        let base = try losses(twins.recipe, rungs, what: "the recipe as it is")
        var quota = trials
        for (rung, steps) in rungs.enumerated() {
            let left = Self.order(candidates.map(\.losses)).filter { candidates[$0].losses.count == rung }
            for place in left.prefix(quota).sorted() {
                try train(&candidates[place], rung: rung, steps: steps, of: rungs.count)
            }
            quota = (quota + 2) / 3
        }
        let order = Self.order(candidates.map(\.losses))
        let best = order.first.flatMap { candidates[$0].losses.isEmpty ? nil : candidates[$0] }
        let first = candidates.map { $0.losses.first ?? .infinity }
        let axes = numbers.indices.map { axis in
            let box = numbers[axis].box(of: twins.recipe)
            let places = candidates.map { $0.places[axis] }
            return Tuning.Axis(
                number: numbers[axis], low: box.low, high: box.high, best: best.flatMap { Double($0.words[axis]) },
                importance: trials < Self.fewest ? nil : Self.importance(places, first),
                isAtEdge: best.map { Self.isAtEdge($0.places[axis], places, first) } ?? false)
        }
        let tuning = Tuning(
            axes: axes, rungs: rungs,
            trials: order.map { place in
                Tuning.Trial(
                    values: candidates[place].words.map { Double($0) ?? 0 }, losses: candidates[place].losses,
                    refusal: candidates[place].refusal)
            }, base: base)
        return (tuning, try best.map { candidate throws(TrainingFailure) in try proposal(candidate) })
    }

    private func proposal(_ candidate: Candidate) throws(TrainingFailure) -> Proposal {
        let values = Array(zip(numbers, candidate.words)).map { (number: $0.0, word: $0.1) }
        guard let set = Recipe.overrides(text, overrides: overrides, values: values) else {
            throw TrainingFailure(
                code: .dataError,
                message:
                    "\(numbers.map(\.rawValue).joined(separator: ", ")): dropout and width are tuned in networks whose "
                    + "`model.layers` are written out, without blocks.")
        }
        let title = values.map { "\($0.number.rawValue) \($0.word)" }.joined(separator: ", ")
        return Proposal("T1", "tune", title, set)
    }

    private func train(
        _ candidate: inout Candidate, rung: Int, steps: Int, of rungs: Int
    ) throws(TrainingFailure) {
        let proposal = try proposal(candidate)
        let (changed, findings) = Recipe.read(text, overrides: overrides.merging(proposal.overrides) { $1 })
        guard let changed else {
            candidate.refusal = findings.first?.message ?? "The change cannot be read."
            return
        }
        do throws(TrainingFailure) {
            let loss = try losses(changed, [steps], what: "rung \(rung + 1) of \(rungs): \(proposal.title)")[0]
            if loss.isFinite { candidate.losses.append(loss) } else { candidate.refusal = "its loss is not finite" }
        } catch {
            // Values that are too large are an answer.
            candidate.refusal = error.message
        }
    }

    /// Mean validation losses after so many steps of one run.
    private func losses(_ recipe: Recipe, _ rungs: [Int], what: String) throws(TrainingFailure) -> [Double] {
        let trial = try twins.trial(recipe, data)
        var losses: [Double] = []
        for steps in rungs {
            twins.tell("\(what), \(steps) steps")
            try trial.train(to: steps)
            losses.append(TwinRuns.mean(trial.losses(data.validation)))
        }
        return losses
    }

    /// Places of trials: those that came furthest first, then by their last loss; of equal ones the earlier.
    static func order(_ losses: [[Double]]) -> [Int] {
        losses.indices.sorted { first, second in
            let (a, b) = (losses[first], losses[second])
            if a.count != b.count { return a.count > b.count }
            let (x, y) = (a.last ?? .infinity, b.last ?? .infinity)
            return x == y ? first < second : x < y
        }
    }

    /// Number `index` of a shifted Halton sequence: from 0 to 1 on each axis.
    static func point(_ index: Int, axes: Int, seed: UInt64) -> [Double] {
        let random = Philox(seed: seed, purpose: .checks)
        return primes.prefix(axes).enumerated().map { axis, prime in
            var (value, part, rest) = (0.0, 1.0, index + 1)
            while rest > 0 {
                part /= Double(prime)
                value += part * Double(rest % prime)
                rest /= prime
            }
            value += Double(random.uniform(step: 0x7432, index: UInt64(axis)))
            return value - value.rounded(.down)
        }
    }

    /// Ranks from 0, equal ones their mean; what is not finite comes last, all at the same rank.
    static func ranks(_ losses: [Double]) -> [Double] {
        Correlation.ranks(losses.map { $0.isFinite ? $0 : .infinity })
    }

    /// The variance of means in four bins of an axis, over all of it, less what bins of nothing would explain (Hays's omega
    /// squared), of ranks: 0 to 1.
    static func importance(_ places: [Double], _ losses: [Double]) -> Double {
        let ranks = ranks(losses)
        let bins = 4
        var sums = [(count: Double, sum: Double)](repeating: (0, 0), count: bins)
        for (place, rank) in zip(places, ranks) {
            let bin = min(bins - 1, max(0, Int(place * Double(bins))))
            sums[bin] = (sums[bin].count + 1, sums[bin].sum + rank)
        }
        let filled = sums.filter { $0.count > 0 }
        let mean = TwinRuns.mean(ranks)
        let total = ranks.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let between = filled.reduce(0) { $0 + $1.count * ($1.sum / $1.count - mean) * ($1.sum / $1.count - mean) }
        let freedom = Double(filled.count - 1)
        guard total > 0, Double(ranks.count) - freedom - 1 > 0 else { return 0 }
        let within = (total - between) / (Double(ranks.count) - freedom - 1)
        return max(0, (between - freedom * within) / (total + within))
    }

    /// Whether the best place lies within 5 % of an edge, and losses fall towards that edge: a place drawn by chance is as
    /// near in one of ten studies, so that the rank correlation has to say it as well (p < 0.005, one-sided).
    static func isAtEdge(_ best: Double, _ places: [Double], _ losses: [Double]) -> Bool {
        guard places.count >= 8, best < edge || best > 1 - edge else { return false }
        let (x, y) = (ranks(places), ranks(losses))
        let (meanX, meanY) = (TwinRuns.mean(x), TwinRuns.mean(y))
        let product = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        let squares =
            x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) } * y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
        guard squares > 0 else { return false }
        let correlation = product / squares.squareRoot() * Double(places.count - 1).squareRoot()
        return best < edge ? correlation > 2.576 : correlation < -2.576
    }
}
