import CKernels
import Recipes
import Tensors

/// The loss of each example and its gradient on the outputs, some rows a tile; sums in order of the examples.
final class LossWork: TiledWork {
    private let loss: Loss
    /// Class weights where training has soft targets, or factors on positive targets; nil for the plain losses.
    private let weights: FloatMemory?
    /// What the sum of the losses is divided by: the examples, or the sum of their class weights.
    private(set) var divisor = 1.0
    private let outputs: Slot
    private let gradient: Slot
    /// The last stage: the gradient goes through its activation at once.
    private let last: Stage
    private let pass: Pass
    private let rowsPerTile: Int
    private let losses: FloatMemory
    private let absolutes: FloatMemory
    private let correct: UnsafeMutablePointer<Int>

    init(loss: Loss, last: Stage, batch: Int, pass: Pass) {
        self.loss = loss
        let isSoft = loss.smoothing > 0 || !loss.classWeights.isEmpty
        if loss.kind == .crossEntropy, isSoft {
            let weights = FloatMemory(count: last.output.units)
            for index in 0..<last.output.units {
                weights.base[index] = loss.classWeights.indices.contains(index) ? Float(loss.classWeights[index]) : 1
            }
            self.weights = weights
        } else if loss.kind == .binaryCrossEntropy, let first = loss.positiveWeights.first {
            let weights = FloatMemory(count: last.output.units)
            for index in 0..<last.output.units {
                let own = loss.positiveWeights.indices.contains(index) ? loss.positiveWeights[index] : first
                weights.base[index] = Float(own)
            }
            self.weights = weights
        } else {
            weights = nil
        }
        self.last = last
        outputs = last.output
        gradient = last.outputGradient
        self.pass = pass
        rowsPerTile = min(batch, max(16, 8192 / outputs.units))
        let tiles = (batch + rowsPerTile - 1) / rowsPerTile
        losses = FloatMemory(count: batch)
        absolutes = FloatMemory(count: batch)
        correct = .allocate(capacity: tiles)
        correct.initialize(repeating: 0, count: tiles)
        super.init(tileCount: tiles)
    }

    deinit { correct.deallocate() }

    /// Before a pass over the batch: its divisor. An evaluation measures the plain loss, so that runs with other
    /// smoothing or weights can be compared.
    func prepare() {
        divisor = Double(pass.count)
        guard pass.isTraining, let weights, !loss.classWeights.isEmpty else { return }
        divisor = (0..<pass.count).reduce(0.0) { sum, example in
            let label = Int(pass.classes[example])
            return sum + ((0..<outputs.units).contains(label) ? Double(weights.base[label]) : .nan)
        }
    }

    override func run(tile: Int, thread: Int) {
        let first = tile * rowsPerTile
        let rows = min(rowsPerTile, pass.count - first)
        correct[tile] = 0
        guard rows > 0 else { return }
        let dy = pass.isTraining ? gradient.row(first) : nil
        let scale = Float(1 / divisor)
        switch loss.kind {
        case .crossEntropy:
            correct[tile] = pass.table.pointee.cross_entropy(
                outputs.row(first), pass.classes + first, rows, outputs.units, scale, Float(loss.smoothing),
                dy == nil ? nil : weights?.base, losses.base + first, dy)
        case .binaryCrossEntropy:
            correct[tile] = pass.table.pointee.binary_cross_entropy(
                outputs.row(first), pass.numbers + first * outputs.units,
                pass.isLabelled && outputs.units == 1 ? pass.classes + first : nil, rows, outputs.units, scale,
                dy == nil ? nil : weights?.base, losses.base + first, dy)
        case .mse:
            pass.table.pointee.squared_error(
                outputs.row(first), pass.numbers + first * outputs.units, rows, outputs.units, scale,
                losses.base + first, absolutes.base + first, dy)
        case .mae, .huber:
            pass.table.pointee.robust_error(
                outputs.row(first), pass.numbers + first * outputs.units, rows, outputs.units, scale,
                loss.kind == .huber ? Float(loss.delta) : 0, losses.base + first, absolutes.base + first, dy)
        }
        if dy != nil { last.unfinish(examples: first..<first + rows, columns: 0..<outputs.units) }
    }

    var score: BatchScore {
        var score = BatchScore(lossSum: 0, correct: 0, absoluteErrorSum: 0, count: pass.count)
        for example in 0..<pass.count { score.lossSum += Double(losses.base[example]) }
        switch loss.kind {
        case .crossEntropy, .binaryCrossEntropy: for tile in 0..<tileCount { score.correct += correct[tile] }
        case .mse, .mae, .huber:
            for example in 0..<pass.count { score.absoluteErrorSum += Double(absolutes.base[example]) }
        }
        return score
    }
}
