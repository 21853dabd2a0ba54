import Recipes
import Training

/// One experiment on a recipe and its data. Its words are in `CheckCatalogue`.
package protocol Check {
    /// What it gives results for, in the order of its results. One measurement may answer several.
    static var ids: [String] { get }

    /// Measures. Seconds are filled in by the bench.
    /// - Throws: `CheckSkip` where it does not apply or cannot be run; `TrainingFailure` where a trial fails for a reason
    ///   that is not the check's own.
    static func measure(_ bench: Bench) throws -> [CheckResult]

    /// What it is likely to cost here, seconds; from the time of an update where it trains (`Bench.stepSeconds`).
    /// - Throws: what `measure` throws as well where the recipe leaves nothing to estimate.
    static func seconds(_ bench: Bench) throws -> Double
}

extension Check {
    package static func seconds(_ bench: Bench) -> Double { 0.1 }
}

/// Why a check was not run.
package struct CheckSkip: Error {
    package var reason: String

    package init(_ reason: String) { self.reason = reason }
}
