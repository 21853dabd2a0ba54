import Networks
import Recipes

/// W5: units behind a relu that are active on less than 1 % of the validation examples, at most 2,000 of which are looked
/// at while they are measured.
struct DeadUnits {
    static let examples = 2_000
    /// Fewer tell an inactive unit from a rare one badly.
    static let fewest = 200
    /// With as many units left a layer does its work, whatever share of it is dead.
    static let enough = 16

    private var warnInRow = 0
    private var failInRow = 0

    /// One layer, counted.
    private struct Look {
        var name: String
        var units: Int
        var dead: Int
        var left: Int { units - dead }
        var share: Double { Double(dead) / Double(units) }
    }

    /// - Parameter losses: those of the updates until now.
    mutating func judge(_ activity: UnitActivity, losses: SpikeWatch, step: Int) -> CheckResult {
        guard !activity.layers.isEmpty else { return .skip("W5", "The network has no relu.") }
        guard activity.examples >= Self.fewest else {
            return .skip("W5", "\(activity.examples) validation examples are too few: \(Self.fewest) are needed.")
        }
        let looks = activity.layers.map { layer in
            Look(
                name: layer.name, units: layer.active.count,
                dead: layer.active.count { $0 * 100 < activity.examples })
        }
        // Of a layer that is wide enough most may be dead: the most accurate of several runs can be one of those.
        let harmed = looks.filter { $0.share > 0.9 || $0.share > 0.5 && ($0.left < Self.enough || losses.isPoor) }
        let most = (harmed.isEmpty ? looks : harmed).max { $0.share < $1.share } ?? looks[0]
        failInRow = most.share > 0.9 ? failInRow + 1 : 0
        warnInRow = harmed.isEmpty ? 0 : warnInRow + 1
        let verdict: CheckVerdict = failInRow >= 2 ? .fail : warnInRow >= 2 ? .warn : .pass
        var message =
            "Of layer `\(most.name)` \(percent(most.share)) % of \(most.units) units are active on less than 1 % of "
            + "\(activity.examples) validation examples."
        if most.share > 0.5 { message += " \(most.left) are left, with a mean training loss of \(short(losses.mean))." }
        return CheckResult(
            "W5", verdict, .statistic, message,
            numbers: looks.prefix(32).map { CheckNumber($0.name, $0.share * 100, unit: "%") },
            action: verdict == .pass
                ? nil : "Lower the rate, or take `leakyrelu`: a relu that is never active learns no more.", step: step)
    }
}

/// To a tenth.
func percent(_ share: Double) -> Double { (share * 1000).rounded() / 10 }
