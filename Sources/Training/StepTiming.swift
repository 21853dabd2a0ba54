import Datasets
import Recipes
import Tensors

/// How long an update takes, before a run begins.
public enum StepTiming {
    /// Updates that are timed, and the seconds after which no more are.
    private static let updates = 20
    private static let mostSeconds = 3.0

    /// The median of up to twenty updates of a trial, in seconds; nil where the recipe cannot be tried. Costs them, and a
    /// reading of the data.
    public static func seconds(_ recipe: Recipe, files: [SourceFile], threads: Int) -> Double? {
        // What is wrong with the data has been told by the inspection.
        guard let dataset = try? Dataset.open(recipe, files: files) else { return nil }
        return seconds(recipe, dataset, pool: ThreadPool(threads: threads), clock: SystemClock())
    }

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
