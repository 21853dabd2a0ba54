import CKernels
import Recipes
import Tensors

/// The loss of each example and its gradient on the outputs, some rows a tile; sums in order of the examples.
final class LossWork: TiledWork {
    private let kind: Loss.Kind
    private let outputs: Slot
    private let gradient: Slot
    /// The last stage: the gradient goes through its activation at once.
    private let last: Stage
    private let pass: Pass
    private let rowsPerTile: Int
    private let losses: FloatMemory
    private let absolutes: FloatMemory
    private let correct: UnsafeMutablePointer<Int>

    init(kind: Loss.Kind, last: Stage, batch: Int, pass: Pass) {
        self.kind = kind
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

    override func run(tile: Int, thread: Int) {
        let first = tile * rowsPerTile
        let rows = min(rowsPerTile, pass.count - first)
        correct[tile] = 0
        guard rows > 0 else { return }
        let dy = pass.isTraining ? gradient.row(first) : nil
        let scale = 1 / Float(pass.count)
        switch kind {
        case .crossEntropy:
            correct[tile] = pass.table.pointee.cross_entropy(
                outputs.row(first), pass.classes + first, rows, outputs.units, scale, losses.base + first, dy)
        case .mse:
            pass.table.pointee.squared_error(
                outputs.row(first), pass.numbers + first * outputs.units, rows, outputs.units, scale,
                losses.base + first, absolutes.base + first, dy)
        }
        if dy != nil { last.unfinish(examples: first..<first + rows, columns: 0..<outputs.units) }
    }

    var score: BatchScore {
        var score = BatchScore(lossSum: 0, correct: 0, absoluteErrorSum: 0, count: pass.count)
        for example in 0..<pass.count { score.lossSum += Double(losses.base[example]) }
        switch kind {
        case .crossEntropy: for tile in 0..<tileCount { score.correct += correct[tile] }
        case .mse: for example in 0..<pass.count { score.absoluteErrorSum += Double(absolutes.base[example]) }
        }
        return score
    }
}
