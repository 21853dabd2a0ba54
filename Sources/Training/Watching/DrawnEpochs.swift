import Datasets
import Recipes

/// W10, the part that lies in the run: an epoch's order has every example once. One pass over the order, once an epoch; the
/// labels are those of the files, whose bytes the daemon holds against what was stored.
///
/// Windows of a text begin anywhere, and unlabelled examples come in passes of their own: of those nothing is said.
struct DrawnEpochs {
    private var looks = 0
    private var examples = 0

    /// - Returns: a fail where an example is missing or comes twice.
    mutating func look(_ order: EpochOrder, _ learned: Subset, step: Int) -> CheckResult? {
        guard learned.comesOnceAnEpoch else { return nil }
        let count = learned.count
        var isDrawn = [Bool](repeating: false, count: count)
        var drawn = 0
        for position in order.positions where Int(position) < count && !isDrawn[Int(position)] {
            isDrawn[Int(position)] = true
            drawn += 1
        }
        looks += 1
        examples = count
        guard drawn != count || order.positions.count != count else { return nil }
        return CheckResult(
            "W10", .fail, .invariant,
            "Epoch \(order.epoch) draws \(order.positions.count) examples, \(drawn) of them different ones, of \(count).",
            numbers: [
                CheckNumber("drawn", Double(order.positions.count)), CheckNumber("different", Double(drawn)),
                CheckNumber("examples", Double(count)),
            ], action: "Suspect the machine's memory, and report it: the order is made without any data.", step: step)
    }

    /// The last word; nil where nothing was looked at.
    func result(step: Int) -> CheckResult? {
        guard looks > 0 else { return nil }
        return CheckResult(
            "W10", .pass, .invariant,
            "Each epoch that was begun, \(looks) of them, has every one of \(examples) examples once.",
            numbers: [CheckNumber("epochs", Double(looks)), CheckNumber("examples", Double(examples))], step: step)
    }
}
