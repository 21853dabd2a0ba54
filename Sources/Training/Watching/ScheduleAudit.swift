import Recipes

/// W20: whether the learning rate is where it should be over the run, before its first step.
package enum ScheduleAudit {
    /// - Returns: skip where the run has no end in steps, or too few of them.
    package static func result(_ schedule: Schedule) -> CheckResult {
        guard let total = schedule.totalSteps else {
            return .skip("W20", "The run has no end in steps: no part of it can be named.")
        }
        guard total >= 100 else {
            return .skip(
                "W20",
                "The run has \(total) \(total == 1 ? "step" : "steps"), fewer than 100: no part of it can be named.")
        }
        let shares = [0.0, 1, 5, 10, 25, 50, 75, 90, 99, 100]
        let rates = shares.map { share in
            schedule.rate(at: min(total - 1, Int(Double(total) * share / 100)), falls: [])
        }
        let peak = (0...200).reduce(0.0) { max($0, schedule.rate(at: $1 * (total - 1) / 200, falls: [])) }
        let numbers = zip(shares, rates).map { CheckNumber("rate at \(Int($0)) %", $1) }
        func result(_ verdict: CheckVerdict, _ message: String, _ action: String? = nil) -> CheckResult {
            CheckResult("W20", verdict, .invariant, message, numbers: numbers, action: action)
        }
        let steps = (0...200).map { $0 * (total - 1) / 200 }
        func rate(_ step: Int) -> Double { schedule.rate(at: step, falls: []) }
        // 99 % of the run, at a two-hundredth's resolution.
        if let zero = steps.first(where: { rate($0) == 0 && $0 < total * 99 / 100 }) {
            // A decay that ends a little early, as one does behind a warmup, costs those steps and nothing else.
            return result(
                zero < total * 9 / 10 ? .fail : .warn,
                "The rate is 0 at step \(zero) of \(total): nothing is learned there.",
                "Give the last segments of `schedule` an end above 0, or make them longer.")
        }
        let warmups = schedule.pieces.filter { $0.shape == .warmup }
        let warmup = warmups.reduce(0) { $0 + (($1.end ?? total) - $1.start) }
        let low = steps.first { step in
            step < total / 2 && rate(step) < 0.01 * peak
                && !warmups.contains { $0.start <= step && step < $0.end ?? total }
        }
        if let low {
            return result(
                .warn, "The rate is below 1 % of its highest at step \(low), in the first half of \(total) steps.",
                "Look at `schedule`: are its segments in the steps that you mean?")
        }
        if warmup * 10 > total {
            return result(
                .warn, "The warmup takes \(warmup) of \(total) steps, more than a tenth.", "Shorten the warmup.")
        }
        return result(.pass, "The rate is as high as it should be all along.")
    }
}
