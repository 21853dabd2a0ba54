import Recipes

/// Which checks belong together.
package enum Suite {
    /// In the order in which they run: the data before any network of the recipe's own, and of each stage what is exact and fast
    /// first.
    /// Those that are asked for by their ids may be of either suite that needs no checkpoint.
    package static func checks(_ request: CheckRequest) -> [any Check.Type] {
        let suite = request.suite == .cheap && !request.only.isEmpty ? .full : request.suite
        let all: [any Check.Type] =
            switch suite {
            case .cheap: DataSuite.cheap + SkeletonSuite.cheap
            case .full: DataSuite.cheap + DataSuite.full + SkeletonSuite.cheap + SkeletonSuite.full
            case .trained: TrainedSuite.checks
            case .watch, .improve: []
            }
        guard !request.only.isEmpty else { return all }
        return all.filter { check in check.ids.contains { request.only.contains($0) } }
    }

    /// Seconds that these checks will take, roughly, before any of them has been run.
    package static func estimate(_ bench: Bench, _ checks: [any Check.Type]) -> Double {
        checks.reduce(0) { sum, check in
            do {
                return sum + (try check.seconds(bench))
            } catch {
                // What cannot be estimated cannot be run either: `measure` throws the same, and its skip says why.
                return sum + 0.1
            }
        }
    }
}
