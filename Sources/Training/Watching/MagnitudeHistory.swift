import Networks
import Recipes
import Tensors

/// How large the gradients of each matrix are, and how much an update changes of its weights, over the run: a histogram at
/// each evaluation, in bins of two powers of two.
///
/// Of each matrix at most 2,048 numbers are looked at, of a deep network eight matrices between its first and its last, in at
/// most every tenth update: some 30 µs an evaluation. Weights are read; nothing that a run goes on from changes.
final class MagnitudeHistory {
    static let mostMatrices = 8
    /// Columns kept; of a longer run each is the mean of several evaluations.
    static let mostColumns = 32
    /// The first holds 0 and all below 2^-40, the last all from 2^6 on.
    static let bins = 25
    private static let lowest = -40
    private static let powers = 2
    private static let blocks = 8
    private static let blockLength = 256

    private struct Matrix {
        var name: String
        /// Where in the parameters it is looked at.
        var blocks: [Range<Int>]
    }

    /// Evaluations in one column.
    struct Column: Equatable {
        /// Of the last of them.
        var step: Int
        /// Thousandths of the numbers in each bin: of the first matrix its gradients' and its changes', then of the next.
        var shares: [Int]
    }

    private let matrices: [Matrix]
    private let before: FloatMemory
    private(set) var columns: [Column] = []
    /// Evaluations that a column is the mean of.
    private var stride = 1
    /// Sums of those that make no whole column yet.
    private var pending: Column
    private var pendingCount = 0

    init(_ plan: Plan) {
        let all = plan.tensors.filter { $0.storage == .parameters && $0.decays && $0.count > 0 }
        let count = min(all.count, Self.mostMatrices)
        matrices = (0..<count).map { index in
            let tensor = all[count == all.count ? index : index * (all.count - 1) / (count - 1)]
            return Matrix(name: tensor.name, blocks: Self.blocks(tensor.offset, tensor.count))
        }
        before = FloatMemory(count: max(1, matrices.reduce(0) { $0 + $1.blocks.reduce(0) { $0 + $1.count } }))
        pending = Column(step: 0, shares: [Int](repeating: 0, count: 2 * Self.bins * count))
    }

    private static func blocks(_ offset: Int, _ count: Int) -> [Range<Int>] {
        guard count > blocks * blockLength else { return [offset..<offset + count] }
        return (0..<blocks).map { index in
            let start = offset + index * (count - blockLength) / (blocks - 1)
            return start..<start + blockLength
        }
    }

    /// Whether the update after so many is looked at.
    /// - Parameter interval: updates from one evaluation to the next; nil where there is none.
    func isDue(after steps: Int, interval: Int?) -> Bool {
        guard let interval, interval > 0, !matrices.isEmpty else { return false }
        return (steps + 1) % (interval * max(1, (9 + interval) / interval)) == 0
    }

    /// Before an update that is looked at.
    func willChange(_ network: Network) {
        var place = 0
        for block in matrices.lazy.flatMap(\.blocks) {
            (before.base + place).update(from: network.parameters + block.lowerBound, count: block.count)
            place += block.count
        }
    }

    /// After it.
    /// - Parameter step: updates done.
    func didChange(_ network: Network, step: Int) {
        var place = 0
        var shares: [Int] = []
        shares.reserveCapacity(pending.shares.count)
        for matrix in matrices {
            var gradients = [Int](repeating: 0, count: Self.bins)
            var changes = gradients
            var count = 0
            for block in matrix.blocks {
                FloatLook.count(
                    network.gradients + block.lowerBound, count: block.count, lowest: Self.lowest, powers: Self.powers,
                    into: &gradients)
                FloatLook.countChanges(
                    network.parameters + block.lowerBound, before: before.base + place, count: block.count,
                    lowest: Self.lowest, powers: Self.powers, into: &changes)
                place += block.count
                count += block.count
            }
            shares += (gradients + changes).map { ($0 * 1000 + count / 2) / count }
        }
        add(shares, step: step)
    }

    private func add(_ shares: [Int], step: Int) {
        pending.step = step
        for index in shares.indices { pending.shares[index] += shares[index] }
        pendingCount += 1
        guard pendingCount == stride else { return }
        columns.append(Column(step: step, shares: mean))
        clearPending()
        guard columns.count == Self.mostColumns else { return }
        columns = Swift.stride(from: 0, to: columns.count, by: 2).map { index in
            let (one, other) = (columns[index], columns[index + 1])
            return Column(step: other.step, shares: zip(one.shares, other.shares).map { ($0 + $1 + 1) / 2 })
        }
        stride *= 2
    }

    private var mean: [Int] { pending.shares.map { ($0 + pendingCount / 2) / max(pendingCount, 1) } }

    private func clearPending() {
        pending = Column(step: 0, shares: [Int](repeating: 0, count: pending.shares.count))
        pendingCount = 0
    }

    // MARK: Showing

    /// Two maps for each matrix, steps from left to right and magnitudes from below; empty as long as nothing was seen.
    var pictures: [Picture] {
        let all = pendingCount > 0 ? columns + [Column(step: pending.step, shares: mean)] : columns
        guard !all.isEmpty else { return [] }
        return matrices.indices.flatMap { index in
            [
                picture(
                    "gradients.", index, 0, all,
                    "Gradients of \(matrices[index].name): how many of a hundred are of each size",
                    "size of a gradient"),
                picture(
                    "updates.", index, 1, all,
                    "Updates of \(matrices[index].name): how many of a hundred weights change by each part of themselves",
                    "change of a weight, as a part of it"),
            ]
        }
    }

    private func picture(
        _ prefix: String, _ matrix: Int, _ kind: Int, _ columns: [Column], _ caption: String, _ title: String
    ) -> Picture {
        let first = (2 * matrix + kind) * Self.bins
        let cells = columns.map { Array($0.shares[first..<first + Self.bins]) }
        let used = (0..<Self.bins).filter { bin in cells.contains { $0[bin] > 0 } }
        let rows = Array(((used.first ?? 0)...(used.last ?? 0)).reversed())
        let chart = Chart(
            .map, x: "step", y: title, labels: columns.map { "\($0.step)" },
            rowLabels: rows.map { $0 == 0 ? "0" : "2^\(Self.lowest + ($0 - 1) * Self.powers)" },
            cells: rows.map { row in cells.map { Double($0[row]) / 10 } })
        return Picture(prefix + matrices[matrix].name, caption: caption, chart: chart)
    }

    // MARK: Remembering

    /// Lists for a snapshot; empty ones as long as nothing was seen.
    var numbers: (places: [Double], shares: [Double]) {
        guard !columns.isEmpty || pendingCount > 0 else { return ([], []) }
        let all = columns + [pending]
        return (
            [Double(stride), Double(pendingCount)] + all.map { Double($0.step) },
            all.flatMap { $0.shares.map(Double.init) }
        )
    }

    /// Lists that do not fit the network are left alone.
    func recall(places: [Double], shares: [Double]) {
        let places = places.compactMap { Int(exactly: $0) }
        let values = shares.compactMap { Int(exactly: $0) }
        let width = pending.shares.count
        let count = places.count - 2
        guard (1...Self.mostColumns).contains(count), width > 0, values.count == shares.count,
            values.count == count * width, (1...1 << 40).contains(places[0]), (0..<places[0]).contains(places[1]),
            values.allSatisfy({ (0...1000 * places[0]).contains($0) })
        else { return }
        stride = places[0]
        pendingCount = places[1]
        let all = (0..<count).map { index in
            Column(step: places[index + 2], shares: Array(values[index * width..<(index + 1) * width]))
        }
        columns = Array(all.dropLast())
        pending = all[count - 1]
    }
}
