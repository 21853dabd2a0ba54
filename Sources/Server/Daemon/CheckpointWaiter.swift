import Recipes
import Wire

/// Somebody who asked for a checkpoint: one that is taken after the request is the answer, and gets the tag.
struct CheckpointWaiter {
    var request: Int
    var tag: String?
    var continuation: CheckedContinuation<Checkpoint, any Error>
}

extension Run {
    /// Asks the worker for a checkpoint.
    /// - Returns: the number that what is taken from now on names, or a higher one.
    func askForCheckpoint() throws -> Int {
        checkpointRequest += 1
        try link?.send(.checkpoint(request: checkpointRequest))
        return checkpointRequest
    }

    /// Those whom a snapshot answers; nobody gets anything newer than a run's last one.
    func takeWaiters(for snapshot: Snapshot, request: Int) -> [CheckpointWaiter] {
        let isLast = snapshot.cause == .end || snapshot.cause == .stop
        let answered = checkpointWaiters.filter { isLast || $0.request <= request }
        checkpointWaiters.removeAll { isLast || $0.request <= request }
        return answered
    }
}
