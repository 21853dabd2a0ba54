import Recipes

extension SimmerError: WireError {
    /// The name in the interface, without `io.simmer.`.
    public var name: String { pieces.name }

    public var qualifiedName: String { "\(Interface.name).\(name)" }

    public var parameters: [String: JSONValue] { pieces.parameters }

    /// The row of the table for this error.
    public var declaration: ErrorDeclaration? { ErrorDeclaration.all.first { $0.name == name } }

    /// What the program ends with.
    public var exitCode: ExitCode { declaration?.exitCode ?? .failed }

    /// What a person can do next.
    public var hint: String? {
        switch self {
        case .wrongState(let job, let state, _):
            state == .paused || state == .stopped ? "'simmer resume \(job)' lets it go on." : nil
        default: declaration?.hint
        }
    }

    /// From what came over the wire; nil for a name or parameters that are not of this interface.
    public init?(qualifiedName: String, parameters: [String: JSONValue]) {
        let prefix = "\(Interface.name)."
        guard qualifiedName.hasPrefix(prefix) else { return nil }
        let name = String(qualifiedName.dropFirst(prefix.count))
        guard let row = ErrorDeclaration.all.first(where: { $0.name == name }) else { return nil }
        // Parameters of another shape come from a daemon of another version; the caller shows the name as it came.
        guard let error = try? row.make(.init(values: parameters)) else { return nil }
        self = error
    }

    /// Findings that say more than the message.
    public var findings: [Finding] {
        switch self {
        case .recipeInvalid(let findings), .incompatible(_, let findings), .badFile(_, let findings),
            .checkpointCorrupt(_, let findings):
            findings
        default: []
        }
    }

    private var pieces: (name: String, parameters: [String: JSONValue]) {
        switch self {
        case .noSuchJob(let job): ("NoSuchJob", ["job": .string(job)])
        case .ambiguousName(let name, let candidates):
            ("AmbiguousName", ["name": .string(name), "candidates": list(candidates)])
        case .jobExists(let name, let id): ("JobExists", ["name": .string(name), "id": .int(id)])
        case .wrongState(let job, let state, let allowed):
            (
                "WrongState",
                ["job": .string(job), "state": .string(state.rawValue), "allowed": list(allowed.map(\.rawValue))]
            )
        case .staleGeneration(let job, let expected, let actual):
            ("StaleGeneration", ["job": .string(job), "expected": .int(expected), "actual": .int(actual)])
        case .requestIdReused(let requestId): ("RequestIdReused", ["requestId": .string(requestId)])
        case .recipeInvalid(let findings): ("RecipeInvalid", ["findings": list(findings)])
        case .noSuchCheckpoint(let checkpoint): ("NoSuchCheckpoint", ["checkpoint": .string(checkpoint)])
        case .checkpointIncomplete(let checkpoint): ("CheckpointIncomplete", ["checkpoint": .string(checkpoint)])
        case .checkpointCorrupt(let checkpoint, let problems):
            ("CheckpointCorrupt", ["checkpoint": .string(checkpoint), "problems": list(problems)])
        case .checkpointInUse(let checkpoint, let by):
            ("CheckpointInUse", ["checkpoint": .string(checkpoint), "by": list(by)])
        case .incompatible(let message, let findings):
            ("Incompatible", ["message": .string(message), "findings": list(findings)])
        case .tagExists(let tag, let checkpoint):
            ("TagExists", ["tag": .string(tag), "checkpoint": .string(checkpoint)])
        case .badFile(let message, let findings):
            ("BadFile", ["message": .string(message), "findings": list(findings)])
        case .badFileDescriptor(let message): ("BadFileDescriptor", ["message": .string(message)])
        case .fileExists(let fileName): ("FileExists", ["fileName": .string(fileName)])
        case .noSpace(let path, let needed, let free):
            (
                "NoSpace",
                ["path": .string(path)].merging(
                    present(["neededBytes": needed.map(JSONValue.int), "freeBytes": free.map(JSONValue.int)]),
                    uniquingKeysWith: { $1 })
            )
        case .ioFailed(let operation, let errno, let path):
            (
                "IoFailed",
                ["operation": .string(operation), "errno": .int(errno)].merging(
                    present(["path": path.map(JSONValue.string)]), uniquingKeysWith: { $1 })
            )
        case .storeDegraded(let message): ("StoreDegraded", ["message": .string(message)])
        case .quotaExceeded(let resource, let limit, let used):
            ("QuotaExceeded", ["resource": .string(resource), "limit": .int(limit), "used": .int(used)])
        case .tooBusy(let resource, let limit, let retry):
            ("TooBusy", ["resource": .string(resource), "limit": .int(limit), "retryAfterUsec": .int(retry)])
        case .notOwner(let ownerUid): ("NotOwner", ["ownerUid": .int(ownerUid)])
        case .draining: ("Draining", [:])
        case .notReady(let phase): ("NotReady", ["phase": .string(phase)])
        case .watchLagged(let resumeAfter): ("WatchLagged", ["resumeAfter": .int(resumeAfter)])
        case .cursorExpired: ("CursorExpired", [:])
        case .operationCancelled: ("OperationCancelled", [:])
        case .internalFault(let reference): ("Internal", ["reference": .string(reference)])
        }
    }

    private func list(_ strings: [String]) -> JSONValue { .array(strings.map(JSONValue.string)) }

    private func list(_ findings: [Finding]) -> JSONValue {
        .array(
            findings.map { finding in
                .object(
                    [
                        "severity": .string(finding.severity.rawValue), "code": .string(finding.code),
                        "message": .string(finding.message),
                    ].merging(
                        present([
                            "path": finding.path.map(JSONValue.string), "line": finding.line.map(JSONValue.int),
                            "hint": finding.hint.map(JSONValue.string),
                        ]), uniquingKeysWith: { $1 }))
            })
    }

    private func present(_ values: [String: JSONValue?]) -> [String: JSONValue] { values.compactMapValues { $0 } }
}
