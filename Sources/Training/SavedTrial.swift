import Recipes

/// All of a trial that going on from it needs, as a checkpoint has it.
package struct SavedTrial {
    package var snapshot: Snapshot
    package var bytes: [UInt8]
}

extension Trial {
    /// The state between two updates, taken by the very path that a job's checkpoints take.
    /// - Throws: `TrainingFailure`, `nan_loss` where a weight is not finite.
    package func save() throws(TrainingFailure) -> SavedTrial {
        keeper.kept = nil
        try trainer.snapshot(.asked)
        guard let saved = keeper.kept else {
            throw TrainingFailure(
                code: .nanLoss, message: "Step \(step): a weight is not finite, so no state was taken.")
        }
        return saved
    }

    /// Goes on from a state in place of the first weights.
    /// - Throws: `TrainingFailure` where the state does not fit the model.
    package func restore(_ saved: SavedTrial) throws(TrainingFailure) {
        try saved.bytes.withUnsafeBytes { bytes in
            Result { () throws(TrainingFailure) in try trainer.restore(saved.snapshot, bytes) }
        }.get()
    }
}

/// Takes snapshots into memory of its own, the newest in the place of the one before.
final class TrialKeeper: SnapshotSink {
    fileprivate(set) var kept: SavedTrial?
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { memory.deallocate() }

    func buffer(byteCount: Int, cause: Snapshot.Cause) -> SnapshotBuffer? {
        if memory.count != byteCount {
            memory.deallocate()
            memory = .allocate(byteCount: byteCount, alignment: 64)
        }
        return SnapshotBuffer(index: 0, bytes: memory)
    }

    func submit(_ snapshot: Snapshot, _ buffer: SnapshotBuffer) {
        kept = SavedTrial(snapshot: snapshot, bytes: Array(buffer.bytes))
    }

    func drain() {}
}
