import Networks
import Recipes
import Tensors

/// W4: tensors that an evaluation finds as the one before did, bit for bit, though they have a gradient and a rate. A read
/// of every weight at each evaluation. Where a schedule has taken the rate down, or next to no loss is left, tensors may stand
/// still with a gradient.
struct UnchangedTensors {
    static let evaluations = 3

    private var digests: [UInt64] = []
    private var inRow: [Int] = []

    /// - Parameters:
    ///   - full: the recipe's rate, which the schedule multiplies.
    ///   - isLearning: whether the loss is a twentieth of the first one's or more.
    mutating func look(_ network: Network, rate: Double, full: Double, isLearning: Bool, step: Int) -> CheckResult? {
        let tensors = network.plan.tensors.filter { $0.storage == .parameters && $0.count > 0 }
        let now = tensors.map { BitDigest.of(network.parameters + $0.offset, count: $0.count) }
        defer { digests = now }
        guard digests.count == now.count, rate > 0, rate >= UpdateRatios.loweredRate * full, isLearning else {
            inRow = [Int](repeating: 0, count: now.count)
            return nil
        }
        for index in now.indices {
            let tensor = tensors[index]
            let hasGradient = (tensor.offset..<tensor.offset + tensor.count).contains { network.gradients[$0] != 0 }
            inRow[index] = now[index] == digests[index] && hasGradient ? inRow[index] + 1 : 0
        }
        let unchanged = tensors.indices.filter { inRow[$0] >= Self.evaluations }
        guard let first = unchanged.first else {
            return CheckResult("W4", .pass, .invariant, "Every tensor with a gradient has changed.", step: step)
        }
        return CheckResult(
            "W4", .fail, .invariant,
            "`\(tensors[first].name)` is the same as \(Self.evaluations) evaluations ago, bit for bit, though it has a "
                + "gradient.", numbers: [CheckNumber("tensors", Double(unchanged.count))],
            places: unchanged.prefix(32).map { tensors[$0].name },
            action: "Raise `optimizer.rate`: its updates are too small to change a float.", step: step)
    }
}
