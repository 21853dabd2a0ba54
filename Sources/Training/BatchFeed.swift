import Datasets
import Networks
import Tensors

/// Fills the batches of a run. Where they are augmented, the one for the next gradient is filled by the pool's threads
/// while they have nothing else to do; what is left of it is done when it is taken. What lies in a batch depends on the
/// examples and the step alone, so nothing of this is state: a batch that is not the one asked for is dropped.
final class BatchFeed {
    private let model: Model
    private let filling: Filling
    /// Filled ahead; changes places with the model's.
    private var spare: Batch?
    /// What `spare` is being filled for: the step, and the first example's place in the epoch.
    private var begun: (step: Int, start: Int)?

    init(_ model: Model, _ subset: Subset, _ augmenter: Augmenter?) {
        self.model = model
        let isLabelled = if case .classes = model.facts.target { true } else { false }
        filling = Filling(model.batch, subset, augmenter, isLabelled: isLabelled)
        // Converting alone is too short to be worth a second batch.
        guard model.network.pool.worksAhead, augmenter != nil, model.batch.capacity > filling.examplesPerTile else {
            return
        }
        spare = model.network.makeBatch()
    }

    deinit { drop() }

    /// Whether `begin` is of use: there is a thread to spare, and work for it.
    var worksAhead: Bool { spare != nil }

    /// Has the model's batch hold the examples at `positions`, a part of an epoch's order.
    func take(_ positions: ArraySlice<UInt32>, step: Int) {
        if let begun, begun == (step, positions.startIndex), let filled = spare {
            model.network.pool.finishAhead()
            self.begun = nil
            spare = model.batch
            model.batch = filled
        } else {
            drop()
            filling.prepare(model.batch, positions, step: step)
            model.network.pool.run(filling)
        }
    }

    /// Begins to fill the batch that is likely to be taken next.
    func begin(_ positions: ArraySlice<UInt32>, step: Int) {
        guard let spare, !positions.isEmpty else { return }
        drop()
        filling.prepare(spare, positions, step: step)
        begun = (step, positions.startIndex)
        model.network.pool.beginAhead(filling)
    }

    /// Forgets what is being filled ahead.
    func drop() {
        guard begun != nil else { return }
        model.network.pool.dropAhead()
        begun = nil
    }
}

/// One batch to be filled, in tiles of a few examples.
private final class Filling: TiledWork {
    private let subset: Subset
    private let augmenter: Augmenter?
    private let isLabelled: Bool
    let examplesPerTile: Int
    private var batch: Batch
    private var positions: ArraySlice<UInt32> = []
    private var step = 0

    init(_ batch: Batch, _ subset: Subset, _ augmenter: Augmenter?, isLabelled: Bool) {
        self.isLabelled = isLabelled
        self.batch = batch
        self.subset = subset
        self.augmenter = augmenter
        // Some forty microseconds: a step may have to wait for the thread that is at one. An augmented number takes
        // about 8 ns, one that is only converted 0.3.
        let cost = augmenter == nil ? 1 : 32
        examplesPerTile = max(1, (1 << 17) / (cost * max(subset.elementCount, 1)))
        super.init()
    }

    func prepare(_ batch: Batch, _ positions: ArraySlice<UInt32>, step: Int) {
        self.batch = batch
        self.positions = positions
        self.step = step
        batch.count = positions.count
        // What a mixture has left in it.
        batch.share = nil
        batch.isLabelled = isLabelled
        tileCount = (positions.count + examplesPerTile - 1) / examplesPerTile
    }

    override func run(tile: Int, thread: Int) {
        let first = tile * examplesPerTile
        let own = positions.dropFirst(first).prefix(examplesPerTile)
        let inputs = batch.inputs + first * batch.exampleCount
        let classes = batch.classes + first * subset.targetsPerExample
        subset.fill(inputs: inputs, own)
        subset.fill(classes: classes, own)
        subset.fill(numbers: batch.numbers + first * subset.targetWidth, own)
        augmenter?.apply(inputs: inputs, classes: classes, own, step: step)
    }
}
