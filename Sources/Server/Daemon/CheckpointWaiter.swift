import Recipes
import Storage
import Wire

/// Somebody who asked for a checkpoint: one that is taken after the request is the answer, and gets the tag.
struct CheckpointWaiter {
    var request: Int
    var tag: String?
    /// nil where nobody waits for the answer any more than for the tag.
    var continuation: CheckedContinuation<Checkpoint, any Error>?

    /// The checkpoint that answers it, with its tag.
    func tagged(_ checkpoint: Checkpoint, in store: Store) throws -> Checkpoint {
        guard let tag else { return checkpoint }
        return try store.tag(checkpoint: checkpoint.id, tag)
    }
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

    /// Whoever asked between a run's last checkpoint and its end gets that one; of a run that has not reached its end, or
    /// whose last one the store refused, nobody gets any.
    func lastAnswer(to waiter: CheckpointWaiter, in store: Store) throws -> Checkpoint {
        guard finished != nil, refusal == nil, let last = try store.job(id: job).lastCheckpoint else {
            throw SimmerError.operationCancelled
        }
        return try waiter.tagged(try store.checkpoint(last), in: store)
    }
}
