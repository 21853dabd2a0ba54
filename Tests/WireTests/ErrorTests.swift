import Glibc
import Recipes
import Testing
import Wire

@Suite struct ErrorTests {
    private static let finding = Finding(
        severity: .error, code: "C1", message: "wrong", path: "/model/layers/0", line: 3, hint: "mend it")
    private static let every: [SimmerError] = [
        .noSuchJob(job: "7"), .ambiguousName(name: "a", candidates: ["a1", "a2"]), .jobExists(name: "n", id: 4),
        .wrongState(job: "n", state: .paused, allowed: [.running, .queued]),
        .staleGeneration(job: "n", expected: 1, actual: 2), .requestIdReused(requestId: "r"),
        .recipeInvalid(findings: [finding]), .noSuchCheckpoint(checkpoint: "n@5"),
        .checkpointIncomplete(checkpoint: "c"), .checkpointCorrupt(checkpoint: "c", problems: [finding]),
        .checkpointInUse(checkpoint: "c", by: ["n"]), .incompatible(message: "m", findings: []),
        .tagExists(tag: "t", checkpoint: "c"), .badFile(message: "m", findings: [finding]),
        .badFileDescriptor(message: "m"), .fileExists(fileName: "f"),
        .noSpace(path: "/p", neededBytes: 10, freeBytes: nil), .ioFailed(operation: "fsync", errno: 5, path: nil),
        .storeDegraded(message: "m"), .quotaExceeded(resource: "jobs", limit: 1, used: 1),
        .tooBusy(resource: "connections", limit: 128, retryAfterUsec: 2_000_000), .notOwner(ownerUid: 1000), .draining,
        .notReady(phase: "recovering"), .watchLagged(resumeAfter: 9), .cursorExpired, .operationCancelled,
        .internalFault(reference: "x"),
    ]

    @Test func theTableHasEachErrorOnce() {
        #expect(ErrorDeclaration.all.map(\.name) == Self.every.map(\.name))
        #expect(ErrorDeclaration.all.count == 28)
    }

    @Test(arguments: every) func errorsSurviveTheWire(error: SimmerError) throws {
        let bytes = try Reply.encode(error: error)
        guard case .object(let reply) = try StrictJSON.parse(Array(bytes.dropLast())),
            case .string(let name)? = reply["error"], case .object(let parameters)? = reply["parameters"]
        else {
            Issue.record("no error in \(String(decoding: bytes, as: UTF8.self))")
            return
        }
        #expect(SimmerError(qualifiedName: name, parameters: parameters) == error)
        let row = try #require(error.declaration)
        #expect(row.parameters.fault(in: parameters) == nil)
    }

    @Test(arguments: every) func errorsSpeakToPeople(error: SimmerError) {
        let text = error.description
        #expect(!text.isEmpty && !text.contains("\n") && text.first?.isUppercase != true && !text.hasSuffix("."))
    }

    @Test func theInterfaceDeclaresThem() {
        for row in ErrorDeclaration.all { #expect(Interface.description.contains("\nerror \(row.name)(")) }
    }

    @Test func unknownErrorsStayUnknown() {
        #expect(SimmerError(qualifiedName: "io.simmer.Nope", parameters: [:]) == nil)
        #expect(SimmerError(qualifiedName: "io.simmer.NoSuchJob", parameters: [:]) == nil)
        #expect(SimmerError(qualifiedName: "io.systemd.NoSuchJob", parameters: ["job": .string("a")]) == nil)
    }

    @Test func exitCodesAreAsPromised() {
        #expect(SimmerError.noSuchJob(job: "a").exitCode == .notFound)
        #expect(SimmerError.wrongState(job: "a", state: .failed, allowed: []).exitCode == .conflict)
        #expect(SimmerError.notOwner(ownerUid: 0).exitCode == .permission)
        #expect(SimmerError.draining.exitCode == .busy)
        #expect(ClientFailure.noDaemon(tried: []).exitCode == .unreachable)
        #expect(ClientFailure.timedOut(method: "m", seconds: 1).exitCode == .timeout)
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130])
    }

    @Test func systemFailuresHaveTheKernelsWords() {
        #expect(SystemFailure("open", errno: ENOENT, path: "/x").description == "open /x: No such file or directory")
    }
}
