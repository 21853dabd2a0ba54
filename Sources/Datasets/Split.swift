import Recipes
import Tensors

/// Splits examples by seed: the same examples, fraction and seed give the same split on every machine.
enum Split {
    /// Rows of both parts, each in ascending order.
    ///
    /// With classes the split is stratified: each class gives its share, the total is rounded once, and the classes
    /// with the largest remainders give one more.
    static func rows(
        count: Int, labels: [Int32]?, fraction: Double, seed: UInt64
    ) -> (training: [UInt32], validation: [UInt32]) {
        let groups: [[UInt32]]
        if let labels {
            var byClass = [[UInt32]](repeating: [], count: Int(labels.max() ?? -1) + 1)
            for (row, label) in labels.enumerated() { byClass[Int(label)].append(UInt32(row)) }
            groups = byClass
        } else {
            groups = [(0..<UInt32(count)).map { $0 }]
        }
        var taken = groups.map { Int((Double($0.count) * fraction).rounded(.down)) }
        let total = Int((Double(count) * fraction).rounded())
        let byRemainder = groups.indices.sorted { one, other in
            let first = Double(groups[one].count) * fraction - Double(taken[one])
            let second = Double(groups[other].count) * fraction - Double(taken[other])
            return first == second ? one < other : first > second
        }
        var missing = total - taken.reduce(0, +)
        for index in byRemainder where missing > 0 && taken[index] + 1 < groups[index].count {
            taken[index] += 1
            missing -= 1
        }
        var isValidation = [Bool](repeating: false, count: count)
        for (index, group) in groups.enumerated() {
            var draws = Draws(seed: seed, .split, stream: index)
            for place in draws.permutation(group.count).prefix(taken[index]) {
                isValidation[Int(group[Int(place)])] = true
            }
        }
        let rows = (0..<UInt32(count))
        return (rows.filter { !isValidation[Int($0)] }, rows.filter { isValidation[Int($0)] })
    }
}

/// The order in which an epoch visits the training examples: a pure function of (seed, epoch).
public struct EpochOrder: Sendable {
    public let epoch: Int
    /// Positions in the training subset.
    public let positions: [UInt32]

    /// The order of a subset's examples. Shuffled windows of a whole text are as many as there are in order, and each
    /// begins anywhere: a pure function of (seed, epoch, its place in the epoch), drawn with replacement.
    /// - Parameter transfer: what an epoch is made of where some of the examples have no targets.
    public init(
        _ subset: Subset, seed: UInt64, epoch: Int, shuffle: Bool, transfer: DataSource.Transfer = .mixed
    ) {
        if let labelled = subset.labelledCount, labelled < subset.count {
            self.init(
                labelled: labelled, unlabelled: subset.count - labelled, transfer, seed: seed, epoch: epoch,
                shuffle: shuffle)
            return
        }
        guard shuffle, case .text(let text) = subset.source, let starts = text.startCount else {
            self.init(count: subset.count, seed: seed, epoch: epoch, shuffle: shuffle)
            return
        }
        let random = Philox(seed: seed, purpose: .shuffle)
        self.init(
            epoch: epoch,
            positions: (0..<text.count).map { index in
                UInt32(text.count + random.below(starts, step: UInt64(epoch), index: UInt64(index)))
            })
    }

    /// The order in which an epoch visits labelled and unlabelled examples; that of the labelled ones is the same as
    /// without the others. The unlabelled ones come in passes of their own, which go on where the epoch before has left
    /// them: what an epoch takes of them is a function of (seed, epoch) alone.
    private init(
        labelled: Int, unlabelled: Int, _ transfer: DataSource.Transfer, seed: UInt64, epoch: Int, shuffle: Bool
    ) {
        func pass(_ index: Int) -> [UInt32] {
            var draws = Draws(seed: seed, .shuffle, stream: index, part: 1)
            let order = shuffle ? draws.permutation(unlabelled) : (0..<UInt32(unlabelled)).map { $0 }
            return order.map { $0 + UInt32(labelled) }
        }
        guard transfer == .mixed else {
            self.init(epoch: epoch, positions: pass(epoch))
            return
        }
        let own = EpochOrder(count: labelled, seed: seed, epoch: epoch, shuffle: shuffle).positions
        var (index, place) = (epoch * labelled).quotientAndRemainder(dividingBy: unlabelled)
        var others = pass(index)
        var positions: [UInt32] = []
        positions.reserveCapacity(2 * labelled)
        for position in own {
            if place == unlabelled {
                index += 1
                place = 0
                others = pass(index)
            }
            positions += [position, others[place]]
            place += 1
        }
        self.init(epoch: epoch, positions: positions)
    }

    private init(epoch: Int, positions: [UInt32]) {
        self.epoch = epoch
        self.positions = positions
    }

    /// Cost: one pass over the examples, once an epoch (1 ms for 60,000).
    public init(count: Int, seed: UInt64, epoch: Int, shuffle: Bool) {
        var draws = Draws(seed: seed, .shuffle, stream: epoch)
        self.init(epoch: epoch, positions: shuffle ? draws.permutation(count) : (0..<UInt32(count)).map { $0 })
    }

    /// Positions of batch `index` of this epoch; the last is short.
    public func batch(_ index: Int, size: Int) -> ArraySlice<UInt32> {
        positions[min(index * size, positions.count)..<min((index + 1) * size, positions.count)]
    }
}
