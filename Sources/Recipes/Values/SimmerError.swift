/// The closed list of errors of `io.simmer`.
public enum SimmerError: Error, Sendable, Equatable {
    case noSuchJob(job: String)
    case ambiguousName(name: String, candidates: [String])
    case jobExists(name: String, id: Int)
    case wrongState(job: String, state: JobState, allowed: [JobState])
    case staleGeneration(job: String, expected: Int, actual: Int)
    case requestIdReused(requestId: String)
    case recipeInvalid(findings: [Finding])
    case noSuchCheckpoint(checkpoint: String)
    case checkpointIncomplete(checkpoint: String)
    case checkpointCorrupt(checkpoint: String, problems: [Finding])
    case checkpointInUse(checkpoint: String, by: [String])
    case incompatible(message: String, findings: [Finding])
    case tagExists(tag: String, checkpoint: String)
    case badFile(message: String, findings: [Finding])
    case badFileDescriptor(message: String)
    case fileExists(fileName: String)
    case noSpace(path: String, neededBytes: Int?, freeBytes: Int?)
    case ioFailed(operation: String, errno: Int, path: String?)
    case storeDegraded(message: String)
    case quotaExceeded(resource: String, limit: Int, used: Int)
    case tooBusy(resource: String, limit: Int, retryAfterUsec: Int)
    case notOwner(ownerUid: Int)
    case draining
    case notReady(phase: String)
    case watchLagged(resumeAfter: Int)
    case cursorExpired
    case operationCancelled
    case internalFault(reference: String)
}
