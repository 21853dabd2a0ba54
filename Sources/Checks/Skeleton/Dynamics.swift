import Datasets
import Recipes
import Training

/// K28: answers to a fixed batch, over time. K29: whether they settle. K30: the same at other rates.
enum Dynamics: Check {
    static let ids = ["K28", "K29", "K30"]
    private static let looks = 24
    private static let watched = 256

    static func seconds(_ bench: Bench) throws -> Double {
        let effort = try Effort(bench.recipe, bench.facts)
        return 0.5 + 3 * Double(effort.steps(250, batch: bench.recipe.batch, 72...1200)) * (bench.stepSeconds ?? 0)
    }

    /// Probabilities of the classes, by look, by example.
    struct Film {
        var steps: [Int] = []
        var frames: [[[Double]]] = []

        /// Half the sum of absolute changes, mean over the examples, between two looks that follow each other.
        var movement: [Double] {
            zip(frames, frames.dropFirst()).map { before, after in
                let sum = zip(before, after).reduce(0.0) { sum, pair in
                    sum + zip(pair.0, pair.1).reduce(0.0) { $0 + abs($1.0 - $1.1) } / 2
                }
                return sum / Double(max(before.count, 1))
            }
        }

        /// Share of the examples whose likeliest class is another one.
        var changes: [Double] {
            zip(frames, frames.dropFirst()).map { before, after in
                let count = zip(before, after).count { Self.likeliest($0) != Self.likeliest($1) }
                return Double(count) / Double(max(before.count, 1))
            }
        }

        private static func likeliest(_ p: [Double]) -> Int { p.indices.max { p[$0] < p[$1] } ?? 0 }
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        try bench.requireVariety()
        guard bench.isProbabilistic, bench.classNames != nil, bench.facts.targetsPerExample == 1 else {
            throw CheckSkip("The answers are not probabilities of one class each.")
        }
        let samples = try bench.samples(training: 8000, judge: watched)
        let steps = try Effort(bench.recipe, bench.facts).steps(250, batch: bench.recipe.batch, 72...1200)
        let rate = bench.recipe.optimizer.rate
        let own = try film(bench, samples.training, samples.judge, rate: rate, steps: steps)
        bench.draw(strip(own, samples.judge, bench), for: "K28")
        let late = own.changes.suffix(5)
        let flips = late.reduce(0, +) / Double(max(late.count, 1))
        let moved = Spread(Array(own.movement.suffix(5))).mean
        let dynamics = CheckResult(
            "K28", .pass, .curve,
            "Over \(count(steps, "update")) the answers to \(count(samples.judge.count, "example")) were looked at "
                + "\(own.frames.count) times; in the end they move by \(figure(moved, 2)) from one look to the next.",
            numbers: [CheckNumber("late movement", moved), CheckNumber("looks", Double(own.frames.count))])
        var movements: [(Double, Double?)] = [(rate, moved)]
        for factor in [0.1, 10] {
            do throws(TrainingFailure) {
                let other = try film(bench, samples.training, samples.judge, rate: factor * rate, steps: steps)
                movements.append((factor * rate, Spread(Array(other.movement.suffix(5))).mean))
            } catch {
                // A rate at which the loss does not stay finite is an answer: nothing to be seen there.
                guard error.code == .nanLoss else { throw error }
                movements.append((factor * rate, nil))
            }
        }
        movements.sort { $0.0 < $1.0 }
        return [dynamics, settled(flips), jitter(movements)]
    }

    static func settled(_ flips: Double) -> CheckResult {
        let numbers = [CheckNumber("late changes of class", 100 * flips, unit: "%")]
        let text = "From one look to the next, \(percent(flips, 2)) of the answers change class in the end"
        return flips <= 0.25
            ? CheckResult("K29", .pass, .curve, text + ".", numbers: numbers)
            : CheckResult(
                "K29", .warn, .curve, text + ": the run is not stable.", numbers: numbers,
                action: "Lower `optimizer.rate`; see S8.")
    }

    private static func jitter(_ movements: [(Double, Double?)]) -> CheckResult {
        CheckResult(
            "K30", .pass, .curve,
            "How much answers move late: "
                + movements.map { "\($0.1.map { figure($0, 2) } ?? "not finite") at a rate of \(figure($0.0, 2))" }
                .joined(separator: ", ") + ".",
            numbers: movements.map { CheckNumber("late movement at \(figure($0.0, 2))", $0.1 ?? .nan) })
    }

    private static func film(
        _ bench: Bench, _ training: HeldExamples, _ judge: HeldExamples, rate: Double, steps: Int
    ) throws(TrainingFailure) -> Film {
        var recipe = bench.recipe
        recipe.data.augment = []
        recipe.schedule = [Segment(shape: .hold, length: .forever)]
        recipe.until = .forever
        recipe.optimizer.rate = rate
        let trial = try Trial(recipe, bench.dataset.replacing(training: training, validation: nil), pool: bench.pool)
        var film = Film()
        let objective = bench.objective
        for look in 1...looks {
            try trial.train(to: steps * look / looks)
            let outputs = Answers(trial.model, judge, objective, keepsOutputs: true).outputs
            let width = objective.width
            film.steps.append(trial.step)
            film.frames.append(
                (0..<judge.count).map { example in
                    let p = objective.probabilities((0..<width).map { Double(outputs[example * width + $0]) })
                    return width == 1 ? [1 - p[0], p[0]] : p
                })
        }
        return film
    }

    /// Rows are examples, columns are looks: the probability of the right class.
    private static func strip(_ film: Film, _ judge: HeldExamples, _ bench: Bench) -> Picture {
        let names = bench.classNames ?? []
        let shown = min(judge.count, 64)
        return Picture(
            "strip", caption: "Probability of the right class, example by example, as the run goes on",
            chart: Chart(
                .map, x: "updates", y: "example: its label", labels: film.steps.map { "\($0)" },
                rowLabels: (0..<shown).map { index in
                    let label = Int(judge.classes[index])
                    return "\(index): \(names.indices.contains(label) ? names[label] : "?")"
                },
                cells: (0..<shown).map { index in
                    film.frames.map { frame in
                        let label = Int(judge.classes[index])
                        return frame[index].indices.contains(label) ? frame[index][label] : 0
                    }
                }))
    }
}
