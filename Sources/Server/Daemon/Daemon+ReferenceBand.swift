import Recipes
import Storage
import Wire

extension Daemon {
    /// Runs that make a band, at least, and that are looked at, at most.
    private static let leastRuns = 5
    private static let mostRuns = 30

    /// S11: whether a run ended where the earlier ones of the same model on the same data did. Worse for a reason that no
    /// single number shows is how most networks fail.
    /// - Returns: nil for a run that has not ended, or has too few to be held against.
    nonisolated func referenceBand(of row: JobRow, _ recipe: Recipe) throws -> CheckResult? {
        guard row.state == .succeeded, !row.isWhole, let loss = try endingLoss(row), let step = row.progress?.step
        else { return nil }
        let seen = step * recipe.examplesPerUpdate
        let files = Set(row.files.map(\.digest))
        let alike = try store.jobs(in: [.succeeded]).filter { other in
            other.id < row.id && other.ownerUid == row.ownerUid && Set(other.files.map(\.digest)) == files
        }
        var losses: [Double] = []
        for other in alike.suffix(Self.mostRuns) {
            let theirs: Recipe
            do { theirs = try readRecipe(ofJob: other.id) } catch let error as SimmerError
                where error.isUnreadableRecipe
            {
                continue  // it says so itself, and is one run fewer
            }
            guard theirs.model == recipe.model, theirs.loss == recipe.loss, theirs.kind == recipe.kind,
                theirs.data.format == recipe.data.format, theirs.data.examples == recipe.data.examples,
                // Drawn data have no files to be told apart by.
                recipe.data.format.readsFiles || theirs.dataSeed == recipe.dataSeed,
                let loss = try endingLoss(other), let step = other.progress?.step,
                // Equal examples seen, to a fiftieth.
                abs(step * theirs.examplesPerUpdate - seen) * 50 <= seen
            else { continue }
            losses.append(loss)
        }
        guard losses.count >= Self.leastRuns else { return nil }
        let count = Double(losses.count)
        let mean = losses.reduce(0, +) / count
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        // Equal seeds give equal bits, and no deviation.
        let deviation = max((variance * (1 + 1 / count)).squareRoot(), 0.001 * abs(mean))
        let distance = (loss - mean) / deviation
        let numbers = [
            CheckNumber("validation loss", loss), CheckNumber("mean of earlier runs", mean),
            CheckNumber("deviations away", distance), CheckNumber("earlier runs", count),
        ]
        let runs = "\(losses.count) earlier runs of this model on this data"
        guard distance > 4 else {
            return CheckResult(
                "S11", .pass, .statistic, "The run ended where \(runs) did.", numbers: numbers)
        }
        return CheckResult(
            "S11", .warn, .statistic, "The run ended worse than \(runs): something has changed for the worse.",
            numbers: numbers, action: "Compare it: `simmer report --compare \(row.name) JOB` with one of them.")
    }

    private nonisolated func endingLoss(_ row: JobRow) throws -> Double? {
        try store.latestMetrics(ofJob: row.id).first { $0.name == "validation.loss" }?.value
    }
}
