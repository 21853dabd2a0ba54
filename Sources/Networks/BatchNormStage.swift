import CKernels
import Glibc
import Tensors

/// Batch normalisation over the batch (and the pixels of images), with a relu behind it fused:
/// `y = act((x - mean) / sqrt(variance + epsilon) · weight + bias)`; running statistics as in PyTorch (the unbiased
/// variance, weighed by the momentum). Ioffe & Szegedy 2015, <https://arxiv.org/abs/1502.03167>.
///
/// Statistics are added in double over fixed parts of the batch, in order.
final class BatchNormStage: Stage {
    struct Places {
        var weight: Int, bias: Int
        /// In the flat buffer of running statistics.
        var mean: Int, variance: Int
    }

    private let channels: Int
    /// Rows of `channels` values in one example: pixels, or 1.
    private let rows: Int
    private let places: Places
    private let momentum: Float
    private let epsilon: Double
    private let activation: Activation
    private let batch: Int
    private let examplesPerTile: Int
    private let tileCount: Int
    /// For each tile: sums and sums of squares (forward), sums of dy and dy · (x - mean) (backward).
    private let sums: UnsafeMutablePointer<Double>
    /// Rows of `channels` floats: mean, 1/deviation, unbiased variance, forward factor and offset, backward a, b, c.
    private let statistics: FloatMemory

    private func row(_ index: Int) -> UnsafeMutablePointer<Float> { statistics.base + index * channels }
    private var mean: UnsafeMutablePointer<Float> { row(0) }
    private var inverse: UnsafeMutablePointer<Float> { row(1) }
    private var variance: UnsafeMutablePointer<Float> { row(2) }
    private var factor: UnsafeMutablePointer<Float> { row(3) }
    private var offset: UnsafeMutablePointer<Float> { row(4) }

    init(
        input: Slot, channels: Int, places: Places, momentum: Double, epsilon: Double, activation: Activation.Kind,
        batch: Int, inputGradient: Slot?, before: Stage?, pass: Pass, squares: SquareSums
    ) {
        self.channels = channels
        rows = input.units / channels
        self.places = places
        self.momentum = Float(momentum)
        self.epsilon = epsilon
        self.activation = Activation(kind: activation)
        self.batch = batch
        examplesPerTile = max((batch + 15) / 16, min(batch, (4096 + input.units - 1) / input.units))
        tileCount = (batch + examplesPerTile - 1) / examplesPerTile
        sums = .allocate(capacity: tileCount * 2 * channels)
        sums.initialize(repeating: 0, count: tileCount * 2 * channels)
        statistics = FloatMemory(count: 8 * channels)
        super.init(
            input: input, output: Slot(units: input.units, base: pass.gradients), inputGradient: inputGradient,
            before: before, pass: pass)
        let normalize = Tiles(self, tileCount) { $0.normalize($1) }
        trainingForward = [
            Tiles(self, tileCount) { $0.sum($1) }, Tiles(self, 1) { stage, _ in stage.measure() }, normalize,
        ]
        evaluationForward = [Tiles(self, 1) { stage, _ in stage.recall() }, normalize]
        let square = squares.reserve(1)
        backward = [
            Tiles(self, tileCount) { $0.sumGradient($1) }, Tiles(self, 1) { stage, _ in stage.combine(square) },
        ]
        if inputGradient != nil { backward.append(Tiles(self, tileCount) { $0.passGradient($1) }) }
    }

    deinit { sums.deallocate() }

    /// One of the stage's own steps, cut by examples. The closure is made once, when the plan is compiled.
    private final class Tiles: TiledWork {
        unowned let stage: BatchNormStage
        let body: (BatchNormStage, Int) -> Void

        init(_ stage: BatchNormStage, _ count: Int, _ body: @escaping (BatchNormStage, Int) -> Void) {
            self.stage = stage
            self.body = body
            super.init(tileCount: count)
            isSmall = stage.batch * stage.output.units < Self.fewNumbers
        }

        override func run(tile: Int, thread: Int) { body(stage, tile) }
    }

    private func examples(_ tile: Int) -> Range<Int> {
        let first = tile * examplesPerTile
        return first..<max(first, min(first + examplesPerTile, pass.count))
    }

    private func sums(_ tile: Int) -> (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) {
        let base = sums + tile * 2 * channels
        return (base, base + channels)
    }

    private func sum(_ tile: Int) {
        let examples = examples(tile)
        guard !examples.isEmpty else { return }
        let (sum, squares) = sums(tile)
        pass.table.pointee.moments(
            input.row(examples.lowerBound), examples.count * rows, channels, sum, squares)
    }

    /// Both sums of one channel over the tiles that have examples, in order.
    private func total(_ channel: Int) -> (Double, Double) {
        var total = (0.0, 0.0)
        for tile in 0..<(pass.count + examplesPerTile - 1) / examplesPerTile {
            let (first, second) = sums(tile)
            total.0 += first[channel]
            total.1 += second[channel]
        }
        return total
    }

    /// The batch's statistics, and the factors that follow from them.
    private func measure() {
        let count = Double(pass.count * rows)
        for channel in 0..<channels {
            let (sum, squares) = total(channel)
            let average = sum / count
            let spread = max(0, squares / count - average * average)
            // A NaN or infinite sum must reach the loss: max() would hide it.
            let biased = squares.isFinite ? spread : Double.nan
            mean[channel] = Float(average)
            variance[channel] = Float(biased * (count > 1 ? count / (count - 1) : 1))
            setFactors(channel, mean: average, variance: biased)
        }
    }

    /// The running statistics, for evaluation.
    private func recall() {
        for channel in 0..<channels {
            setFactors(
                channel, mean: Double(pass.buffers[places.mean + channel]),
                variance: Double(pass.buffers[places.variance + channel]))
        }
    }

    private func setFactors(_ channel: Int, mean: Double, variance: Double) {
        let inverse = 1 / (variance + epsilon).squareRoot()
        let weight = Double(pass.parameters[places.weight + channel])
        self.inverse[channel] = Float(inverse)
        factor[channel] = Float(weight * inverse)
        offset[channel] = Float(Double(pass.parameters[places.bias + channel]) - mean * weight * inverse)
    }

    private func normalize(_ tile: Int) {
        let examples = examples(tile)
        guard !examples.isEmpty else { return }
        pass.table.pointee.affine(
            output.row(examples.lowerBound), input.row(examples.lowerBound), factor, offset,
            examples.count * rows, channels, activation.code)
    }

    override var keepsGradient: Bool { activation.kind == .none }

    override func unfinish(_ block: Block) {
        guard activation.kind != .none else { return }
        pass.table.pointee.unfinish(
            outputGradient.base + block.offset, output.base + block.offset, block.stride, block.rows, block.columns,
            activation.code, 1)
    }

    private func sumGradient(_ tile: Int) {
        let examples = examples(tile)
        guard !examples.isEmpty else { return }
        let (sum, dot) = sums(tile)
        pass.table.pointee.norm_sums(
            outputGradient.row(examples.lowerBound), input.row(examples.lowerBound), mean, examples.count * rows,
            channels, sum, dot)
    }

    /// Gradients of weight and bias, and the factors of `dx = dy a + x b + c`.
    private func combine(_ square: UnsafeMutablePointer<Double>) {
        let count = Double(pass.count * rows)
        for channel in 0..<channels {
            let (sum, dot) = total(channel)
            let inverse = Double(self.inverse[channel])
            let weight = Double(pass.parameters[places.weight + channel])
            pass.gradients[places.weight + channel] = Float(dot * inverse)
            pass.gradients[places.bias + channel] = Float(sum)
            let a = weight * inverse
            let b = -a * inverse * inverse * dot / count
            row(5)[channel] = Float(a)
            row(6)[channel] = Float(b)
            row(7)[channel] = Float(-a * sum / count - b * Double(mean[channel]))
        }
        square.pointee =
            pass.table.pointee.sum_of_squares(pass.gradients + places.weight, channels)
            + pass.table.pointee.sum_of_squares(pass.gradients + places.bias, channels)
    }

    private func passGradient(_ tile: Int) {
        let examples = examples(tile)
        guard !examples.isEmpty, let inputGradient else { return }
        pass.table.pointee.norm_back(
            inputGradient.row(examples.lowerBound), outputGradient.row(examples.lowerBound),
            input.row(examples.lowerBound), row(5), row(6), row(7), examples.count * rows, channels)
        before?.unfinish(Block(examples, units: input.units))
    }

    override func commit(buffers: UnsafeMutablePointer<Float>, share: Float?) {
        let momentum = share ?? momentum
        for channel in 0..<channels {
            let average = buffers + places.mean + channel
            let spread = buffers + places.variance + channel
            average.pointee = (1 - momentum) * average.pointee + momentum * mean[channel]
            spread.pointee = (1 - momentum) * spread.pointee + momentum * variance[channel]
        }
    }
}
