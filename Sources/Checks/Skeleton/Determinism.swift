import Recipes

/// K7: two runs of the first updates end in the same bits.
enum Determinism: Check {
    static let ids = ["K7"]

    static func seconds(_ bench: Bench) throws -> Double {
        0.2 + 2 * Double(try bench.firstStepCount()) * (bench.stepSeconds ?? 0)
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        let first = try bench.firstSteps()
        let second = try FirstSteps(bench, steps: first.losses.count)
        return [result(first, second)]
    }

    static func result(_ first: FirstSteps, _ second: FirstSteps) -> CheckResult {
        let difference = first.state.differences(to: second.state)
        let steps = first.losses.count
        let numbers = [
            CheckNumber("steps", Double(steps), unit: "steps"),
            CheckNumber("different numbers", Double(difference.count)),
            CheckNumber("largest relative difference", difference.largest),
        ]
        let firstStep = zip(first.losses, second.losses).enumerated().first { $1.0 != $1.1 }.map { $0.offset + 1 }
        guard difference.count > 0 || firstStep != nil else {
            return CheckResult(
                "K7", .pass, .invariant,
                "Two runs of \(count(steps, "update")) end in the same bits: weights, moments and statistics.",
                numbers: numbers)
        }
        return CheckResult(
            "K7", .fail, .invariant,
            "Two runs of \(count(steps, "update")) differ in \(difference.count) numbers"
                + (firstStep.map { ", their losses from update \($0) on." } ?? "."), numbers: numbers,
            action: "Run `simmer check` again on another machine: the recipe cannot cause this, the hardware can.")
    }
}
