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
    /// Numbers for one target: classes, or numbers to predict.
    private let width: Int
    /// Rows of `width` outputs of one example, each with a target of its own.
    private let targets: Int
    private let gradient: Slot
    /// The last stage: the gradient goes through its activation at once.
    private let last: Stage
    private let pass: Pass
    private let rowsPerTile: Int
    private let losses: FloatMemory
    private let absolutes: FloatMemory
    private let correct: UnsafeMutablePointer<Int>
    /// Of the second labels of mixed examples; nil until there are some.
    private var other: (losses: FloatMemory, gradient: FloatMemory)?

    init(loss: Loss, last: Stage, batch: Int, targets: Int, pass: Pass) {
        self.loss = loss
        self.targets = targets
        width = last.output.units / targets
        let isSoft = loss.smoothing > 0 || !loss.classWeights.isEmpty
        if loss.kind == .crossEntropy, isSoft {
            let weights = FloatMemory(count: width)
            for index in 0..<width {
                weights.base[index] = loss.classWeights.indices.contains(index) ? Float(loss.classWeights[index]) : 1
            }
            self.weights = weights
        } else if loss.kind == .binaryCrossEntropy, let first = loss.positiveWeights.first {
            let weights = FloatMemory(count: width)
            for index in 0..<width {
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
        let rows = batch * targets
        rowsPerTile = min(rows, max(16, 8192 / width))
        let tiles = (rows + rowsPerTile - 1) / rowsPerTile
        losses = FloatMemory(count: rows)
        absolutes = FloatMemory(count: rows)
        correct = .allocate(capacity: tiles)
        correct.initialize(repeating: 0, count: tiles)
        super.init(tileCount: tiles)
        isSmall = rows * width < Self.fewNumbers / 4
    }

    deinit { correct.deallocate() }

    /// Before a pass over the batch: its divisor. An evaluation measures the plain loss, so that runs with other
    /// smoothing or weights can be compared.
    func prepare() {
        if pass.mixed != nil, other == nil {
            other = (FloatMemory(count: losses.count), FloatMemory(count: losses.count * width))
        }
        // The second labels of a mixed batch are its first ones in another order: their weights add up to the same.
        divisor = Double(rows)
        guard pass.isTraining, let weights, !loss.classWeights.isEmpty else { return }
        divisor = (0..<rows).reduce(0.0) { sum, row in
            let label = Int(pass.classes[row])
            return sum + ((0..<width).contains(label) ? Double(weights.base[label]) : .nan)
        }
    }

    /// Targets of the batch.
    private var rows: Int { pass.count * targets }

    override func run(tile: Int, thread: Int) {
        let first = tile * rowsPerTile
        let rows = min(rowsPerTile, self.rows - first)
        correct[tile] = 0
        guard rows > 0 else { return }
        let y = outputs.base + first * width
        let dy = pass.isTraining ? gradient.base + first * width : nil
        let scale = Float(1 / divisor)
        switch loss.kind {
        case .crossEntropy:
            guard let dy else {
                correct[tile] = pass.table.pointee.cross_entropy(
                    y, pass.classes + first, rows, width, scale, 0, nil, losses.base + first, nil)
                return
            }
            let hard = loss.soft.map { Float($0.hard) } ?? 1
            correct[tile] = labels(y, first, rows, hard * scale, dy)
            if let soft = loss.soft, let answers = pass.soft {
                pass.table.pointee.soft_targets(
                    y, answers + first * width, pass.classes + first, rows, width, scale, hard,
                    Float(soft.temperature), loss.classWeights.isEmpty ? nil : weights?.base, losses.base + first, dy)
            }
        case .binaryCrossEntropy:
            correct[tile] = pass.table.pointee.binary_cross_entropy(
                y, pass.numbers + first * width, pass.isLabelled && width == 1 ? pass.classes + first : nil, rows,
                width,
                scale,
                dy == nil ? nil : weights?.base, losses.base + first, dy)
        case .mse:
            pass.table.pointee.squared_error(
                y, pass.numbers + first * width, rows, width, scale,
                losses.base + first, absolutes.base + first, dy)
        case .mae, .huber:
            pass.table.pointee.robust_error(
                y, pass.numbers + first * width, rows, width, scale,
                loss.kind == .huber ? Float(loss.delta) : 0, losses.base + first, absolutes.base + first, dy)
        }
        if dy != nil {
            last.unfinish(Stage.Block(offset: first * width, stride: width, rows: rows, columns: width))
        }
    }

    /// The labels' loss of some rows, and its gradient times `scale`; of mixed examples the part of both labels. Returns
    /// how many rows are right, by the label of the larger part.
    private func labels(
        _ y: UnsafePointer<Float>, _ first: Int, _ rows: Int, _ scale: Float, _ dy: UnsafeMutablePointer<Float>
    ) -> Int {
        let losses = losses.base + first
        guard let mixed = pass.mixed, let other else {
            return pass.table.pointee.cross_entropy(
                y, pass.classes + first, rows, width, scale, Float(loss.smoothing), weights?.base, losses, dy)
        }
        let (otherLosses, otherGradient) = (other.losses.base + first, other.gradient.base + first * width)
        let (share, rest) = (mixed.share, 1 - mixed.share)
        let own = pass.table.pointee.cross_entropy(
            y, pass.classes + first, rows, width, share * scale, Float(loss.smoothing), weights?.base, losses, dy)
        let partners = pass.table.pointee.cross_entropy(
            y, mixed.classes + first, rows, width, rest * scale, Float(loss.smoothing), weights?.base, otherLosses,
            otherGradient)
        pass.table.pointee.add(dy, otherGradient, rows * width)
        for row in 0..<rows { losses[row] = share * losses[row] + rest * otherLosses[row] }
        return share < 0.5 ? partners : own
    }

    /// Of each target of the newest pass.
    var perTarget: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: losses.base, count: rows) }

    var score: BatchScore {
        var score = BatchScore(lossSum: 0, correct: 0, absoluteErrorSum: 0, count: rows)
        for row in 0..<rows { score.lossSum += Double(losses.base[row]) }
        switch loss.kind {
        case .crossEntropy, .binaryCrossEntropy: for tile in 0..<tileCount { score.correct += correct[tile] }
        case .mse, .mae, .huber:
            for row in 0..<rows { score.absoluteErrorSum += Double(absolutes.base[row]) }
        }
        return score
    }
}
