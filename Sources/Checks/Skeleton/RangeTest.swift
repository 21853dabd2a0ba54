import Datasets
import Glibc
import Networks
import Recipes
import Training

/// S8: the rate is neither so high that nothing is learned, nor so low.
enum RangeTest: Check {
    static let ids = ["S8"]
    private static let lowest = 1e-7
    private static let highest = 10.0

    static func seconds(_ bench: Bench) throws -> Double {
        0.2 + 3 * Double(try steps(bench)) * bench.seconds(batch: bench.recipe.batch)
    }

    private static func steps(_ bench: Bench) throws -> Int {
        try Effort(bench.recipe, bench.facts).steps(80, batch: bench.recipe.batch, 40...100)
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        let steps = try steps(bench)
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, 8000, salt: 11))
        let lessons = Lessons(bench, sample, steps: steps)
        let growth = pow(highest / lowest, 1 / Double(steps - 1))
        var rates: [Double] = []
        let ramp = try lessons.losses { step in
            let rate = lowest * pow(growth, Double(step))
            rates.append(rate)
            return rate
        }
        let rate = bench.recipe.optimizer.rate
        let own = try lessons.losses { _ in rate }
        let tenth = try lessons.losses { _ in rate / 10 }
        let range = Ramp(rates: rates, losses: ramp)
        let level = Constant(sample, bench.objective).loss(sample)
        bench.draw(picture(range, rate, bench.lossUnit), for: "S8")
        return [
            result(
                range, rate: rate, own: Course(own, steps), tenth: Course(tenth, steps), level: level,
                isPretrained: bench.recipe.model.from != nil, unit: bench.lossUnit)
        ]
    }

    /// The losses at rising rates, smoothed.
    struct Ramp {
        let rates: [Double]
        let losses: [Double]
        /// The rate of the steepest fall, and the first rate at which the loss is twice what it began at.
        let best: Double?
        let divergence: Double?

        init(rates: [Double], losses: [Double]) {
            var mean = 0.0
            var weight = 0.0
            var smooth: [Double] = []
            for loss in losses where loss.isFinite {
                mean = 0.8 * mean + 0.2 * loss
                weight = 0.8 * weight + 0.2
                smooth.append(mean / weight)
            }
            self.rates = Array(rates.prefix(smooth.count))
            self.losses = smooth
            let start = Spread(Array(smooth.prefix(5))).mean
            let ended = smooth.count < rates.count
            let climb = smooth.indices.first { $0 > 4 && smooth[$0] > 2 * start }
            divergence = climb.map { rates[$0] } ?? (ended ? rates[smooth.count] : nil)
            let lowest = smooth.min() ?? start
            // The first rate at which half of all that is won at any rate has been won.
            let half = smooth.firstIndex { $0 < start - 0.5 * (start - lowest) }
            best = start - lowest > 0.02 * abs(start) ? half.map { rates[$0] } : nil
        }
    }

    /// Where a run of a constant rate begins and ends.
    struct Course {
        let start: Double
        let end: Double

        init(_ losses: [Double], _ steps: Int) {
            start = losses.first ?? .nan
            let isWhole = losses.count == steps && losses.allSatisfy(\.isFinite)
            end = isWhole ? Spread(Array(losses.suffix(max(5, steps / 5)))).mean : .infinity
        }

        init(start: Double, end: Double) {
            self.start = start
            self.end = end
        }
    }

    /// - Parameters:
    ///   - own: at the recipe's rate, held.
    ///   - tenth: at a tenth of it.
    ///   - level: the loss of the best constant.
    static func result(
        _ range: Ramp, rate: Double, own: Course, tenth: Course, level: Double, isPretrained: Bool, unit: String?
    ) -> CheckResult {
        var numbers = [
            CheckNumber("rate", rate), CheckNumber("loss at first", own.start, unit: unit),
            CheckNumber("loss at the rate", own.end, unit: unit),
            CheckNumber("loss at a tenth of it", tenth.end, unit: unit),
        ]
        if let best = range.best { numbers.append(CheckNumber("rate that learns", best)) }
        if let divergence = range.divergence { numbers.append(CheckNumber("rate that diverges", divergence)) }
        let end = own.end.isFinite ? "ends at \(figure(own.end))" : "does not stay finite"
        let higher = "At `optimizer.rate: \(figure(rate))` the loss begins at \(figure(own.start)) and \(end)"
        // What a tenth of the rate reaches, this one should.
        let isLost = !own.end.isFinite || own.end > max(own.start, level)
        if isLost, tenth.end.isFinite ? tenth.end < own.end : true, !own.end.isFinite || own.end > 1.05 * level {
            let isBad = !own.end.isFinite || own.end > 1.5 * max(own.start, level) || own.end - tenth.end > 0.2 * level
            let isWorse = !tenth.end.isFinite || own.end - tenth.end > 0.05 * level
            if isBad || isWorse {
                return CheckResult(
                    "S8", isBad ? .fail : .warn, .counterfactual,
                    higher
                        + ", at a tenth of it \(tenth.end.isFinite ? "at \(figure(tenth.end))" : "neither"): it is too high.",
                    numbers: numbers, action: suggestion(range))
            }
        }
        let isFlat = own.start - own.end < 0.05 * level
        if isFlat, let best = range.best, best / rate > 1000, !isPretrained {
            return CheckResult(
                "S8", best / rate > 10_000 ? .fail : .warn, .counterfactual,
                higher + "; the loss falls from a rate of \(figure(best, 2)) on: it is too low.", numbers: numbers,
                action: suggestion(range))
        }
        return CheckResult(
            "S8", .pass, .counterfactual,
            higher + (range.divergence.map { "; from \(figure($0, 2)) on it would diverge." } ?? "."), numbers: numbers)
    }

    private static func suggestion(_ range: Ramp) -> String {
        guard let best = range.best else { return "Try adam at 3e-4." }
        return "The loss falls fastest near \(figure(best, 1)): try a third of that."
    }

    private static func picture(_ range: Ramp, _ rate: Double, _ unit: String?) -> Picture {
        Picture(
            "range", caption: "Loss while the rate rises",
            chart: Chart(
                .lines, x: "rate", y: unit.map { "loss (\($0))" } ?? "loss", xIsLog: true, yIsLog: true,
                series: [ChartSeries("loss, smoothed", x: range.rates, y: range.losses)],
                marks: [ChartMark("the recipe's", rate)]))
    }
}

/// Training on the same batches again and again from the same first weights, at other rates.
struct Lessons {
    private let bench: Bench
    private let sample: HeldExamples
    private let recipe: Recipe
    private let steps: Int

    init(_ bench: Bench, _ sample: HeldExamples, steps: Int) {
        self.bench = bench
        self.sample = sample
        self.steps = steps
        var recipe = bench.recipe.simplified().recipe
        recipe.clip = bench.recipe.clip
        recipe.accumulate = 1
        recipe.kind = .train
        recipe.teachers = []
        self.recipe = recipe
    }

    /// The loss of each update until one is not finite, or four times as large as the first ones.
    func losses(_ rate: (Int) -> Double) throws -> [Double] {
        let facts = bench.dataset.replacing(training: sample, validation: nil).facts
        let model = try Training.Model(recipe: recipe, facts: facts, pool: bench.pool)
        model.initialize()
        let subset = Subset(sample)
        let perEpoch = max(1, (sample.count + recipe.batch - 1) / recipe.batch)
        var losses: [Double] = []
        var order: EpochOrder?
        for step in 0..<steps {
            let epoch = step / perEpoch
            if order?.epoch != epoch {
                order = EpochOrder(count: sample.count, seed: recipe.seed, epoch: epoch, shuffle: true)
            }
            guard let positions = order?.batch(step % perEpoch, size: recipe.batch) else { break }
            model.fill(subset, positions)
            let result = model.network.trainStep(model.batch, step: step, rate: rate(step))
            guard result.isFinite else { break }
            losses.append(result.loss)
            let start = losses.prefix(3).max() ?? result.loss
            if result.loss > 100 * max(start, 1e-6) { break }
        }
        return losses
    }
}
