import Recipes

extension Store {
    /// As `publish`. Where there is no room, what is marked for removal makes some, inside the file if not beside it, and the
    /// spare room is lent; then it is tried once more.
    /// - Returns: also the bytes that were removed for it; nil where there was room.
    public func publishMakingRoom(
        _ snapshot: Snapshot, from descriptor: Int32, job: Int?, ownerUid: Int
    ) throws -> (checkpoint: Checkpoint, removedBytes: Int?) {
        do {
            return (try publish(snapshot, from: descriptor, job: job, ownerUid: ownerUid), nil)
        } catch SimmerError.noSpace {
            defer { keepSpareRoom() }
            let removed = try sweep(urgent: true).bytes
            return (try publish(snapshot, from: descriptor, job: job, ownerUid: ownerUid), removed)
        }
    }
}
