import Networks
import Tensors

/// Exponential moving averages of the weights: `average = decay * average + (1 - decay) * weights` after every update,
/// from the first weights on. Cut into tiles by the number of parameters alone; no tile adds across its border.
final class Averages {
    let decays: [Double]
    /// One flat buffer for each decay, in the layout of `Network.parameters`.
    let values: [UnsafeMutablePointer<Float>]
    private let count: Int
    private let work: Work

    init(decays: [Double], network: Network) {
        self.decays = decays
        count = network.plan.parameterFloats
        values = decays.map { [count] _ in
            let buffer = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
            buffer.initialize(repeating: 0, count: max(count, 1))
            return buffer
        }
        work = Work(weights: network.parameters, averages: values, decays: decays, count: count)
    }

    deinit {
        for buffer in values { buffer.deallocate() }
    }

    /// Begins again at the network's weights.
    func reset(_ index: Int, to network: Network) {
        values[index].update(from: network.parameters, count: count)
    }

    /// Takes the newest weights in.
    func update(_ pool: ThreadPool) {
        if !decays.isEmpty { pool.run(work) }
    }

    private final class Work: TiledWork {
        private static let tile = 1 << 16
        private let weights: UnsafeMutablePointer<Float>
        private let averages: [UnsafeMutablePointer<Float>]
        private let decays: [Float]
        private let count: Int

        init(
            weights: UnsafeMutablePointer<Float>, averages: [UnsafeMutablePointer<Float>], decays: [Double], count: Int
        ) {
            self.weights = weights
            self.averages = averages
            self.decays = decays.map { Float($0) }
            self.count = count
            super.init(tileCount: (count + Self.tile - 1) / Self.tile)
        }

        override func run(tile: Int, thread: Int) {
            let start = tile * Self.tile
            let length = min(Self.tile, count - start)
            let source = weights + start
            for (decay, buffer) in zip(decays, averages) {
                let average = buffer + start
                let rest = 1 - decay
                for index in 0..<length { average[index] = decay * average[index] + rest * source[index] }
            }
        }
    }
}
