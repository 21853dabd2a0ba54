import Networks
import Recipes

/// W5: units behind a relu that are active on less than 1 % of the validation examples, at most 2,000 of which are looked
/// at while they are measured.
struct DeadUnits {
    static let examples = 2_000
    /// Fewer tell an inactive unit from a rare one badly.
    static let fewest = 200

    private var warnInRow = 0
    private var failInRow = 0

    mutating func judge(_ activity: UnitActivity, step: Int) -> CheckResult {
        guard !activity.layers.isEmpty else {
            return .skip("W5", "No relu is there whose units could be looked at.")
        }
        guard activity.examples >= Self.fewest else {
            return .skip("W5", "\(activity.examples) validation examples are too few: \(Self.fewest) are needed.")
        }
        let shares = activity.layers.map { layer in
            let dead = layer.active.count { $0 * 100 < activity.examples }
            return (name: layer.name, share: Double(dead) / Double(layer.active.count), units: layer.active.count)
        }
        let most = shares.max { $0.share < $1.share } ?? shares[0]
        failInRow = most.share > 0.9 ? failInRow + 1 : 0
        warnInRow = most.share > 0.5 ? warnInRow + 1 : 0
        let verdict: CheckVerdict = failInRow >= 2 ? .fail : warnInRow >= 2 ? .warn : .pass
        return CheckResult(
            "W5", verdict, .statistic,
            "Of layer `\(most.name)` \(percent(most.share)) % of \(most.units) units are active on less than 1 % of "
                + "\(activity.examples) validation examples.",
            numbers: shares.prefix(32).map { CheckNumber($0.name, $0.share * 100, unit: "%") },
            action: verdict == .pass
                ? nil : "Lower the rate, or take `leakyrelu`: a relu that is never active learns no more.", step: step)
    }
}

/// To a tenth.
func percent(_ share: Double) -> Double { (share * 1000).rounded() / 10 }
