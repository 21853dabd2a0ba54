import Recipes

/// A checkpoint that a replay comes by.
public struct ReplayMark {
    public var checkpoint: String
    public var snapshot: Snapshot
    public var bytes: UnsafeRawBufferPointer

    public init(checkpoint: String, snapshot: Snapshot, bytes: UnsafeRawBufferPointer) {
        self.checkpoint = checkpoint
        self.snapshot = snapshot
        self.bytes = bytes
    }
}

/// Where no snapshot goes: a replay leaves nothing behind.
public final class NoSnapshots: SnapshotSink {
    public init() {}
    public func buffer(byteCount: Int, cause: Snapshot.Cause) -> SnapshotBuffer? { nil }
    public func submit(_ snapshot: Snapshot, _ buffer: SnapshotBuffer) {}
    public func drain() {}
}

extension Trainer {
    /// The layers that are measured as one with this one, by the names that tensors have; the layer itself among them.
    /// - Throws: `TrainingFailure` where the layer computes nothing.
    public func layersTraced(with layer: Int) throws(TrainingFailure) -> [String] {
        let layers = model.network.plan.layers
        let fused = model.network.layers(fusedWith: layer)
        guard !fused.isEmpty else {
            let name = layers.indices.contains(layer) ? layers[layer].layer.name : "\(layer)"
            throw TrainingFailure(
                code: .dataError,
                message: "Layer `\(name)` gives the inputs as they are: there is nothing to trace. Name a later one.")
        }
        return fused.map { layers[$0].layer.name }
    }

    /// Does updates again, with all that is measured on the way, until `end` of them are done; by steps alone, whatever
    /// the clock says. Evaluations are told as a run tells them; snapshots are left out.
    ///
    /// - Parameters:
    ///   - layer: place of a layer in the plan that every update looks at; nil for none.
    ///   - marks: checkpoints that this is held against at their steps; each costs a copy of the state.
    ///   - tell: takes each update.
    /// - Throws: `TrainingFailure`, as the run did, where a loss is not finite.
    public func replay(
        to end: Int, layer: Int? = nil, marks: [ReplayMark] = [], tell: (ReplayedStep) -> Void
    ) throws(TrainingFailure) -> [ReplayComparison] {
        let observation = StepObservation(model.network, layer: layer)
        self.observation = observation
        defer {
            self.observation = nil
            model.network.probe = nil
        }
        pace.start(clock.seconds, step: step)
        var comparisons: [ReplayComparison] = []
        while step < end {
            try applyChanges()
            try update()
            let mark = marks.first { $0.snapshot.step == step }
            // At the end more is measured than elsewhere, and the best may be another for it.
            let isEnd = mark?.snapshot.cause == .end
            try boundary()
            if isEnd { measureEnd() }
            if let newest = observation.newest { tell(newest) }
            if let mark { comparisons.append(compare(with: mark)) }
        }
        return comparisons
    }

    private func compare(with mark: ReplayMark) -> ReplayComparison {
        measureStatistics()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(model.layout.byteCount, 1), alignment: 64)
        defer { memory.deallocate() }
        model.layout.write(to: memory, model.network.pool)
        let own = Dictionary(
            model.layout.records(taken: state.taken).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let theirs = Dictionary(mark.snapshot.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var differences: [TensorDifference] = []
        for name in Set(own.keys).union(theirs.keys).sorted() {
            guard let one = theirs[name] else {
                differences.append(TensorDifference(name: name, kind: "only_second"))
                continue
            }
            guard let other = own[name] else {
                differences.append(TensorDifference(name: name, kind: "only_first"))
                continue
            }
            let isIn = one.offset >= 0 && one.byteCount >= 0 && one.offset <= mark.bytes.count - one.byteCount
            guard isIn, one.dtype == other.dtype, one.shape == other.shape, one.storedShape == other.storedShape,
                one.permutation == other.permutation, one.byteCount == other.byteCount
            else {
                differences.append(TensorDifference(name: name, kind: "shape"))
                continue
            }
            let stored = UnsafeRawBufferPointer(rebasing: mark.bytes[one.offset..<one.offset + one.byteCount])
            let computed = UnsafeRawBufferPointer(
                rebasing: memory[other.offset..<other.offset + other.byteCount])
            if let difference = TensorDifference(name, one.dtype, from: stored, to: computed) {
                differences.append(difference)
            }
        }
        let stateSame = mark.snapshot.state == stateText
        return ReplayComparison(
            step: step, checkpoint: mark.checkpoint, same: stateSame && differences.isEmpty, stateSame: stateSame,
            differences: differences)
    }
}

extension TensorDifference {
    /// nil where every bit is the same.
    fileprivate init?(
        _ name: String, _ dtype: String, from stored: UnsafeRawBufferPointer, to computed: UnsafeRawBufferPointer
    ) {
        guard !stored.elementsEqual(computed) else { return nil }
        self.init(name: name, kind: "changed")
        guard dtype == "F32" else { return }
        var changed = 0
        var largest = 0.0
        var squares = 0.0
        var norm = 0.0
        for offset in stride(from: 0, to: stored.count, by: 4) {
            let (a, b) = (
                stored.loadUnaligned(fromByteOffset: offset, as: Float.self),
                computed.loadUnaligned(fromByteOffset: offset, as: Float.self)
            )
            if a.isFinite { norm += Double(a) * Double(a) }
            guard a.bitPattern != b.bitPattern else { continue }
            changed += 1
            let difference = abs(Double(a) - Double(b))
            guard difference.isFinite else { continue }
            largest = max(largest, difference)
            squares += difference * difference
        }
        changedCount = changed
        maxAbsolute = largest
        relativeNorm = norm > 0 ? (squares / norm).squareRoot() : nil
    }
}
