import Datasets
import Recipes

extension Model {
    /// Answers in a second, in batches of the recipe's size: as many batches as a tenth of a second takes, from the
    /// first example on and round again.
    /// - Parameter subset: not empty.
    func answersPerSecond(_ subset: Subset, clock: any TrainingClock) -> Double {
        let begin = clock.seconds
        var (examples, first, seconds) = (0, 0, 0.0)
        // The first batch finds its memory cold; a clock that stands still ends it all the same.
        for _ in 0..<10_000 where seconds < 0.1 {
            let end = min(first + batch.capacity, subset.count)
            fill(subset, ArraySlice((UInt32(first)..<UInt32(end)).map { $0 }))
            _ = network.evaluate(batch)
            examples += end - first
            first = end < subset.count ? end : 0
            seconds = clock.seconds - begin
        }
        return Double(examples * subset.targetsPerExample) / max(seconds, 1e-9)
    }
}
