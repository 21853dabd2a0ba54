import Datasets
import Recipes
import Tensors

/// How long an update takes, before a run begins.
public struct StepTiming: Sendable, Equatable {
    /// Of an update as the recipe asks for it.
    public let seconds: Double
    /// Of the same update in float32, where the recipe rounds its products.
    public let exactSeconds: Double?

    /// Updates that are timed, and the seconds after which no more are.
    private static let updates = 20
    private static let mostSeconds = 3.0

    /// What a recipe's updates take, each the median of up to twenty; nil where it cannot be tried. Costs them, and a reading
    /// of the data. Where the recipe rounds its products they are timed before and after those in float32 and the quicker
    /// half counts, so that a busy moment alone does not make one precision the slower.
    public init?(_ recipe: Recipe, files: [SourceFile], threads: Int) {
        // What is wrong with the data has been told by the inspection.
        guard let dataset = try? Dataset.open(recipe, files: files) else { return nil }
        self.init(recipe, dataset, pool: ThreadPool(threads: threads), clock: SystemClock())
    }

    package init?(_ recipe: Recipe, _ dataset: Dataset, pool: ThreadPool, clock: any TrainingClock) {
        func time(_ recipe: Recipe) -> Double? { Self.seconds(recipe, dataset, pool: pool, clock: clock) }
        guard let first = time(recipe) else { return nil }
        guard recipe.precision != .float32 else {
            self.init(seconds: first, exactSeconds: nil)
            return
        }
        var exact = recipe
        exact.precision = .float32
        let exactSeconds = time(exact)
        self.init(seconds: min(first, time(recipe) ?? first), exactSeconds: exactSeconds)
    }

    init(seconds: Double, exactSeconds: Double?) {
        (self.seconds, self.exactSeconds) = (seconds, exactSeconds)
    }

    /// What there is to say where rounding costs time instead of saving it: more than a tenth, since less is noise.
    /// - Parameter line: where the recipe asks for it.
    public func finding(line: Int?) -> Finding? {
        guard let exactSeconds, seconds > 1.1 * exactSeconds else { return nil }
        func milliseconds(_ seconds: Double) -> String { "\(Double(Int((seconds * 1e5).rounded())) / 100) ms" }
        return Finding(
            severity: .warning, code: "precision.slow",
            message: "An update takes \(milliseconds(seconds)) in bfloat16 on this machine and "
                + "\(milliseconds(exactSeconds)) in float32: rounding makes the run slower.",
            path: Finding.pointer("precision"), line: line,
            hint: "Leave `precision` out, or train on a machine with AMX-BF16.")
    }

    /// The median of up to twenty updates of a trial; nil where the recipe cannot be tried.
    package static func seconds(
        _ recipe: Recipe, _ dataset: Dataset, pool: ThreadPool, clock: any TrainingClock
    ) -> Double? {
        var times: [Double] = []
        do throws(TrainingFailure) {
            let trial = try Trial(recipe, dataset, pool: pool)
            let start = clock.seconds
            var last = start
            try trial.train(to: updates) { _, _ in
                let now = clock.seconds
                times.append(now - last)
                last = now
                return now - start < mostSeconds
            }
        } catch {
            // A recipe whose first updates are not finite has a length all the same, if any of them was done.
            if times.isEmpty { return nil }
        }
        times.sort()
        return times[times.count / 2]
    }
}
