import Recipes

/// One error of `io.simmer`: its line in the interface, the program's exit code, and what a person can do about it.
public struct ErrorDeclaration: Sendable {
    public let name: String
    public let parameters: Fields
    public let exitCode: ExitCode
    /// What to do next; nil where the message says all.
    public let hint: String?
    let make: @Sendable (Parameters) throws -> SimmerError

    /// The parameters of an error that came over the wire.
    struct Parameters {
        let values: [String: JSONValue]

        func get<Value: Decodable>(_ name: String) throws -> Value {
            try (values[name] ?? .null).decoded(as: Value.self)
        }
    }

    private init(
        _ name: String, _ parameters: [(String, Schema)], _ exitCode: ExitCode, hint: String? = nil,
        make: @escaping @Sendable (Parameters) throws -> SimmerError
    ) {
        self.name = name
        self.parameters = Fields(parameters.map { Field(name: $0.0, schema: $0.1, documentation: "") })
        self.exitCode = exitCode
        self.hint = hint
        self.make = make
    }

    /// The closed list, in the order of the interface.
    public static let all: [ErrorDeclaration] = jobs + checkpoints + files + service

    private static func type(of type: any Decodable.Type) -> Schema {
        // A type the reader cannot read shows as `object`, which the comparison with the committed interface refuses.
        (try? SchemaReader.schema(of: type)) ?? .object
    }
    private static let findings = Schema.array(type(of: Finding.self))
    private static let state = type(of: JobState.self)

    private static let jobs: [ErrorDeclaration] = [
        .init("NoSuchJob", [("job", .string)], .notFound, hint: "'simmer list --all' shows every job.") {
            .noSuchJob(job: try $0.get("job"))
        },
        .init(
            "AmbiguousName", [("name", .string), ("candidates", .array(.string))], .usage,
            hint: "Name it by one of these ids; the largest is the newest."
        ) { .ambiguousName(name: try $0.get("name"), candidates: try $0.get("candidates")) },
        .init(
            "JobExists", [("name", .string), ("id", .int)], .conflict,
            hint: "Choose another name with --name, or delete the ended job."
        ) { .jobExists(name: try $0.get("name"), id: try $0.get("id")) },
        .init("WrongState", [("job", .string), ("state", state), ("allowed", .array(state))], .conflict) {
            .wrongState(job: try $0.get("job"), state: try $0.get("state"), allowed: try $0.get("allowed"))
        },
        .init(
            "StaleGeneration", [("job", .string), ("expected", .int), ("actual", .int)], .conflict,
            hint: "Someone changed the job meanwhile: read it again."
        ) { .staleGeneration(job: try $0.get("job"), expected: try $0.get("expected"), actual: try $0.get("actual")) },
        .init("RequestIdReused", [("requestId", .string)], .conflict, hint: "Use a new request id for a new request.") {
            .requestIdReused(requestId: try $0.get("requestId"))
        },
        .init("RecipeInvalid", [("findings", findings)], .problems) {
            .recipeInvalid(findings: try $0.get("findings"))
        },
    ]

    private static let checkpoints: [ErrorDeclaration] = [
        .init(
            "NoSuchCheckpoint", [("checkpoint", .string)], .notFound,
            hint:
                "'simmer checkpoint list' shows them; a name is job@step, job@best, job@last, job:tag or 8 digits of the id."
        ) { .noSuchCheckpoint(checkpoint: try $0.get("checkpoint")) },
        .init("CheckpointIncomplete", [("checkpoint", .string)], .conflict, hint: "Wait until it is written.") {
            .checkpointIncomplete(checkpoint: try $0.get("checkpoint"))
        },
        .init(
            "CheckpointCorrupt", [("checkpoint", .string), ("problems", findings)], .problems,
            hint: "Use an older one; 'simmer daemon scrub' checks the whole store."
        ) { .checkpointCorrupt(checkpoint: try $0.get("checkpoint"), problems: try $0.get("problems")) },
        .init("CheckpointInUse", [("checkpoint", .string), ("by", .array(.string))], .conflict) {
            .checkpointInUse(checkpoint: try $0.get("checkpoint"), by: try $0.get("by"))
        },
        .init("Incompatible", [("message", .string), ("findings", findings)], .conflict) {
            .incompatible(message: try $0.get("message"), findings: try $0.get("findings"))
        },
        .init(
            "TagExists", [("tag", .string), ("checkpoint", .string)], .conflict,
            hint: "'simmer checkpoint tag --move' takes it over; or choose another."
        ) {
            .tagExists(tag: try $0.get("tag"), checkpoint: try $0.get("checkpoint"))
        },
    ]

    private static let files: [ErrorDeclaration] = [
        .init("BadFile", [("message", .string), ("findings", findings)], .failed) {
            .badFile(message: try $0.get("message"), findings: try $0.get("findings"))
        },
        .init("BadFileDescriptor", [("message", .string)], .failed) {
            .badFileDescriptor(message: try $0.get("message"))
        },
        .init("FileExists", [("fileName", .string)], .conflict, hint: "Choose another name, or remove the file.") {
            .fileExists(fileName: try $0.get("fileName"))
        },
        .init(
            "NoSpace", [("path", .string), ("neededBytes", .optional(.int)), ("freeBytes", .optional(.int))], .failed,
            hint: "Free some space; 'simmer checkpoint prune' shows what may go. Paused jobs go on by themselves."
        ) {
            .noSpace(
                path: try $0.get("path"), neededBytes: try $0.get("neededBytes"), freeBytes: try $0.get("freeBytes"))
        },
        .init("IoFailed", [("operation", .string), ("errno", .int), ("path", .optional(.string))], .failed) {
            .ioFailed(operation: try $0.get("operation"), errno: try $0.get("errno"), path: try $0.get("path"))
        },
    ]

    private static let service: [ErrorDeclaration] = [
        .init("StoreDegraded", [("message", .string)], .failed, hint: "'simmer daemon status' says what is wrong.") {
            .storeDegraded(message: try $0.get("message"))
        },
        .init("QuotaExceeded", [("resource", .string), ("limit", .int), ("used", .int)], .failed) {
            .quotaExceeded(resource: try $0.get("resource"), limit: try $0.get("limit"), used: try $0.get("used"))
        },
        .init(
            "TooBusy", [("resource", .string), ("limit", .int), ("retryAfterUsec", .int)], .busy,
            hint: "Try again later."
        ) {
            .tooBusy(
                resource: try $0.get("resource"), limit: try $0.get("limit"),
                retryAfterUsec: try $0.get("retryAfterUsec"))
        },
        .init(
            "NotOwner", [("ownerUid", .int)], .permission,
            hint: "Ask the owner, or a member of the group simmer-admin."
        ) { .notOwner(ownerUid: try $0.get("ownerUid")) },
        .init("Draining", [], .busy, hint: "'simmer daemon undrain' lets jobs start again.") { _ in .draining },
        .init("NotReady", [("phase", .string)], .busy, hint: "Try again in a moment.") {
            .notReady(phase: try $0.get("phase"))
        },
        .init("WatchLagged", [("resumeAfter", .int)], .busy, hint: "Watch again from where it ended.") {
            .watchLagged(resumeAfter: try $0.get("resumeAfter"))
        },
        .init("CursorExpired", [], .conflict, hint: "Start the listing again.") { _ in .cursorExpired },
        .init("OperationCancelled", [], .failed) { _ in .operationCancelled },
        .init("Internal", [("reference", .string)], .failed, hint: "The daemon's log has more under this reference.") {
            .internalFault(reference: try $0.get("reference"))
        },
    ]
}
