import Recipes
import Training

/// W20, before the run: the learning rate is where it should be all along.
enum ScheduleCheck: Check {
    static let ids = ["W20"]

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let schedule = try Schedule(
            recipe: bench.recipe, stepsPerEpoch: bench.facts.stepsPerEpoch(of: bench.recipe))
        return [ScheduleAudit.result(schedule)]
    }
}
