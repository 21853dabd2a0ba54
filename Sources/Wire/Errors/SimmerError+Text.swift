import Recipes

extension SimmerError: CustomStringConvertible {
    /// What happened and where, in one line for a person; `hint` says what to do next.
    public var description: String {
        switch self {
        case .noSuchJob(let job): "no job '\(job)'"
        case .ambiguousName(let name, let candidates): "'\(name)' can mean \(candidates.joined(separator: ", "))"
        case .jobExists(let name, let id): "a job named '\(name)' exists (id \(id))"
        case .wrongState(let job, let state, let allowed):
            "job '\(job)' is \(state.rawValue); this needs it to be "
                + (allowed.isEmpty ? "in another state" : allowed.map(\.rawValue).joined(separator: " or "))
        case .staleGeneration(let job, let expected, let actual):
            "job '\(job)' has changed: generation \(actual), not \(expected)"
        case .requestIdReused(let requestId): "request id '\(requestId)' was used for another request"
        case .recipeInvalid(let findings):
            switch findings.count(where: { $0.severity == .error }) {
            case 1: "the recipe has an error"
            case let errors: "the recipe has \(errors) errors"
            }
        case .noSuchCheckpoint(let checkpoint): "no checkpoint '\(checkpoint)'"
        case .checkpointIncomplete(let checkpoint): "checkpoint '\(checkpoint)' is not complete yet"
        case .checkpointCorrupt(let checkpoint, let problems):
            "checkpoint '\(checkpoint)' is damaged" + (problems.first.map { ": \($0.message)" } ?? "")
        case .checkpointInUse(let checkpoint, let by):
            "checkpoint '\(checkpoint)' is in use by \(by.joined(separator: ", "))"
        case .incompatible(let message, _), .badFile(let message, _), .badFileDescriptor(let message),
            .storeDegraded(let message):
            message
        case .tagExists(let tag, let checkpoint): "tag '\(tag)' is on checkpoint \(checkpoint)"
        case .fileExists(let fileName): "file '\(fileName)' exists"
        case .noSpace(let path, let needed, let free):
            "no space on \(path)" + (needed.map { ": \($0) bytes needed" } ?? "")
                + (free.map { "\(needed == nil ? ":" : ",") \($0) bytes free" } ?? "")
        case .ioFailed(let operation, let errno, let path):
            SystemFailure(operation, errno: Int32(truncatingIfNeeded: errno), path: path).description
        case .quotaExceeded(let resource, let limit, let used): "\(resource): \(used) of at most \(limit)"
        case .tooBusy(let resource, let limit, let retry):
            "too busy: at most \(limit) \(resource); try again in \(max(1, retry / 1_000_000)) s"
        case .notOwner(let ownerUid): "this belongs to another user (uid \(ownerUid))"
        case .draining: "the daemon is draining: it takes no new work"
        case .notReady(let phase): "the daemon is not ready yet: \(phase)"
        case .watchLagged: "this watch was too slow and has lost its place"
        case .cursorExpired: "the listing has changed meanwhile"
        case .operationCancelled: "the operation was cancelled"
        case .internalFault(let reference): "internal fault (\(reference))"
        }
    }
}
