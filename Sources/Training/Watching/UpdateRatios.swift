import Networks
import Recipes
import Tensors

/// W3: how much an update changes each matrix, as a part of its size. Looked at in every hundredth update, on at most 65,536
/// numbers of each matrix: some microseconds an update for a network of millions.
final class UpdateRatios {
    static let every = 100
    /// Samples in a row before anything is said.
    static let inRow = 5
    /// A rate below this part of the recipe's is one that a schedule has taken down.
    static let loweredRate = 0.1

    private struct Matrix {
        var name: String
        /// Where in the parameters it is looked at.
        var blocks: [Range<Int>]
        var count: Int { blocks.reduce(0) { $0 + $1.count } }
    }
    private let matrices: [Matrix]
    private let before: FloatMemory
    /// log10 of the newest sample, by matrix.
    private(set) var newest: [Double] = []
    private var lowInRow: [Int]
    private var highInRow: [Int]
    private var stillInRow = 0

    init(_ plan: Plan) {
        // Biases and norms begin at 0 or 1, and what they change by says little.
        matrices = plan.tensors.filter { $0.storage == .parameters && $0.decays }.map { tensor in
            Matrix(name: tensor.name, blocks: Self.blocks(tensor.offset, tensor.count))
        }
        before = FloatMemory(count: max(1, matrices.reduce(0) { $0 + $1.count }))
        lowInRow = [Int](repeating: 0, count: matrices.count)
        highInRow = lowInRow
    }

    private static func blocks(_ offset: Int, _ count: Int) -> [Range<Int>] {
        guard count > 1 << 16 else { return [offset..<offset + count] }
        return (0..<16).map { index in
            let start = offset + index * (count - 4096) / 15
            return start..<start + 4096
        }
    }

    static func isDue(_ step: Int) -> Bool { step % every == every - 1 }

    /// Before an update that is looked at.
    func willChange(_ network: Network) {
        var place = 0
        for block in matrices.lazy.flatMap(\.blocks) {
            (before.base + place).update(from: network.parameters + block.lowerBound, count: block.count)
            place += block.count
        }
    }

    /// After it.
    /// - Parameters:
    ///   - full: the recipe's rate, which the schedule multiplies.
    ///   - left: the part of the run that is left; nil where it has no end.
    ///   - isLearning: whether the loss is a twentieth of the first one's or more: below, small steps are right.
    func didChange(_ network: Network, rate: Double, full: Double, step: Int, left: Double?, isLearning: Bool)
        -> CheckResult?
    {
        guard !matrices.isEmpty else { return nil }
        var place = 0
        newest = matrices.map { matrix in
            var (size, change) = (0.0, 0.0)
            for block in matrix.blocks {
                let part = FloatLook.sizes(
                    network.parameters + block.lowerBound, before: before.base + place, count: block.count)
                size += part.size
                change += part.change
                place += block.count
            }
            return size > 0 ? logarithm(max(change / size, 1e-30)) / logarithm(10) : 0
        }
        if rate == 0, left ?? 1 > 0.1 { return still(rate, step) }
        guard rate >= Self.loweredRate * full else {
            clear()
            return nil
        }
        for index in matrices.indices {
            lowInRow[index] = newest[index] < -5 && isLearning ? lowInRow[index] + 1 : 0
            highInRow[index] = newest[index] > -1 ? highInRow[index] + 1 : 0
        }
        stillInRow = newest.allSatisfy { $0 < -7 } && isLearning ? stillInRow + 1 : 0
        if stillInRow >= Self.inRow {
            return result(
                .fail, step, "Updates change no matrix by more than a ten-millionth of its size: nothing is learned.",
                action: "Raise `optimizer.rate`: a float's own steps are as large.")
        }
        let wrong = matrices.indices.filter { lowInRow[$0] >= Self.inRow || highInRow[$0] >= Self.inRow }
        guard let first = wrong.first else { return result(.pass, step, "Updates are of the usual size.") }
        let isHigh = highInRow[first] >= Self.inRow
        return result(
            .warn, step,
            "An update changes `\(matrices[first].name)` by \(isHigh ? "more than a tenth" : "less than a hundred-thousandth")"
                + " of its size, in \(Self.inRow) samples in a row.",
            places: wrong.map { matrices[$0].name },
            action: isHigh
                ? "Lower `optimizer.rate`, or begin with a warmup."
                : "Raise `optimizer.rate`, or look whether a gradient reaches these layers.")
    }

    private func still(_ rate: Double, _ step: Int) -> CheckResult? {
        stillInRow += 1
        guard stillInRow >= Self.inRow else { return nil }
        return result(
            .fail, step, "The learning rate is 0, with more than a tenth of the run to come: nothing is learned.",
            action: "Give `schedule` an end above 0, or the run an earlier one (`until`).")
    }

    private func clear() {
        for index in matrices.indices { (lowInRow[index], highInRow[index]) = (0, 0) }
        stillInRow = 0
    }

    private func result(
        _ verdict: CheckVerdict, _ step: Int, _ message: String, places: [String] = [], action: String? = nil
    ) -> CheckResult {
        CheckResult(
            "W3", verdict, .statistic, message,
            numbers: zip(matrices, newest).prefix(32).map { CheckNumber($0.name, $1, unit: "log10") },
            places: Array(places.prefix(32)), action: action, step: step)
    }
}
