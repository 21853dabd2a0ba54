import Networks
import Recipes
import Tensors

/// The means of the weights that a recipe keeps. Cut into tiles by the number of parameters alone; no tile adds across its
/// border.
final class Averages {
    let all: [Average]
    private let network: Network
    private let count: Int
    private let exponential: ExponentialWork

    init(_ policy: AveragePolicy, network: Network) {
        self.network = network
        count = network.plan.parameterFloats
        all = policy.all.map { Average($0, plan: network.plan) }
        exponential = ExponentialWork(all, weights: network.parameters, count: count)
    }

    /// Bytes of memory.
    var byteCount: Int { all.reduce(0) { $0 + $1.byteCount } }

    /// All of them anew.
    func begin() {
        for average in all { begin(average) }
    }

    /// Exponential averages begin at the network's weights; others with nothing in them.
    func begin(_ average: Average) {
        average.clear()
        if case .ema = average.kind { average.values.base.update(from: network.parameters, count: count) }
    }

    /// Takes the newest weights into the exponential averages.
    func update() {
        if exponential.tileCount > 0 { network.pool.run(exponential) }
    }

    /// Takes the newest weights into another one.
    /// - Parameter taken: how many are in it already.
    func take(_ average: Average, after taken: Int) {
        let mean = average.values.base
        let weights = network.parameters
        average.isMeasured = false
        guard !average.slots.isEmpty else {
            let divisor = Float(taken + 1)
            return forEachTile { range in
                for index in range {
                    // The first takes the place of whatever is there.
                    mean[index] = taken == 0 ? weights[index] : mean[index] + (weights[index] - mean[index]) / divisor
                }
            }
        }
        let newest = average.slots[taken % average.slots.count].base
        let slots = average.slots.prefix(taken + 1).map(\.base)
        forEachTile { range in
            for index in range { newest[index] = weights[index] }
            for index in range {
                var sum = 0.0
                for slot in slots { sum += Double(slot[index]) }
                mean[index] = Float(sum / Double(slots.count))
            }
        }
    }

    private static let tile = 1 << 16

    private func forEachTile(_ body: (Range<Int>) -> Void) {
        network.pool.run((count + Self.tile - 1) / Self.tile) { [count] tile in
            body(tile * Self.tile..<min((tile + 1) * Self.tile, count))
        }
    }

    /// All exponential averages in one walk over the weights.
    private final class ExponentialWork: TiledWork {
        private let weights: UnsafeMutablePointer<Float>
        private let averages: [(decay: Float, values: UnsafeMutablePointer<Float>)]
        private let count: Int

        init(_ averages: [Average], weights: UnsafeMutablePointer<Float>, count: Int) {
            self.weights = weights
            self.averages = averages.compactMap { average in
                if case .ema(let decay) = average.kind { (Float(decay), average.values.base) } else { nil }
            }
            self.count = count
            super.init(tileCount: self.averages.isEmpty ? 0 : (count + Averages.tile - 1) / Averages.tile)
        }

        override func run(tile: Int, thread: Int) {
            let start = tile * Averages.tile
            let length = min(Averages.tile, count - start)
            let source = weights + start
            for (decay, values) in averages {
                let average = values + start
                let rest = 1 - decay
                for index in 0..<length { average[index] = decay * average[index] + rest * source[index] }
            }
        }
    }
}

/// One mean of the weights, and what it is the mean of.
final class Average {
    let kind: WeightAverage
    /// In the layout of `Network.parameters`.
    let values: FloatMemory
    /// lawa: the weights that the mean is of; those taken in as number n, from 0, lie in slot n % `slots.count`.
    let slots: [FloatMemory]
    /// Running statistics of the mean weights, in the layout of `Network.buffers`; nil where the network's own are taken.
    let statistics: FloatMemory?
    /// Whether the statistics are those of the values.
    var isMeasured = false

    init(_ kind: WeightAverage, plan: Plan) {
        self.kind = kind
        values = FloatMemory(count: plan.parameterFloats)
        slots = (1..<kind.copies).map { _ in FloatMemory(count: plan.parameterFloats) }
        statistics = kind.ownsStatistics && plan.bufferFloats > 0 ? FloatMemory(count: plan.bufferFloats) : nil
    }

    var name: String { kind.name }

    func clear() {
        for memory in [values] + slots + (statistics.map { [$0] } ?? []) {
            memory.base.update(repeating: 0, count: memory.count)
        }
        isMeasured = false
    }

    var byteCount: Int { 4 * (values.count * kind.copies + (statistics?.count ?? 0)) }

    /// Whether a mean that has taken in so many weights is one: an exponential average begins at the first weights.
    func exists(after taken: Int) -> Bool { if case .ema = kind { true } else { taken > 0 } }
}
