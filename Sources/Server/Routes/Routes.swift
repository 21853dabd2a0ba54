import FoundationEssentials
import Recipes
import Storage
import Wire

/// Which code serves which method, and on which queue: what only reads never waits for what decides.
struct Routes: Sendable {
    let daemon: Daemon
    /// Connections open now.
    let connections: @Sendable () -> Int

    var store: Store { daemon.store }

    var all: [Route<Caller>] {
        jobs + verbs + checkpoints + transfers + jobTransfers + lineage + uses + ensembles + grades + replays + checks
            + improvements + data + examples + watches + records + service
    }

    /// A method answered from the store's readers.
    func reading<M: Method>(
        _ method: M.Type, _ body: @escaping @Sendable (M.Input, Caller) throws -> M.Output
    ) -> Route<Caller> {
        Route(later: method) { input, request, responder in
            let caller = request.context
            daemon.readers.async { responder.answer(daemon, M.name) { try body(input, caller) } }
        }
    }

    /// A method that decides something, in the order of arrival.
    func deciding<M: Method>(
        _ method: M.Type, _ body: @escaping @Sendable (isolated Daemon, M.Input, Request<Caller>) throws -> M.Output
    ) -> Route<Caller> {
        Route(later: method) { input, request, responder in
            daemon.executor.queue.async {
                responder.answer(daemon, M.name) { try daemon.assumeIsolated { try body($0, input, request) } }
            }
        }
    }

    /// A method that takes its time: several replies, or one much later.
    func streaming<M: Method>(
        _ method: M.Type,
        _ body: @escaping @Sendable (M.Input, Request<Caller>, Responder<M.Output>) async throws -> M.Output
    ) -> Route<Caller> {
        Route(later: method) { input, request, responder in
            Task {
                do { responder.finish(try await body(input, request, responder)) } catch {
                    responder.fail(daemon.answerable(error, M.name))
                }
            }
        }
    }

    /// The mark of a call, so that a retry has one effect.
    static func key(_ id: String?, _ request: Request<Caller>) throws -> RequestKey? {
        guard let id else { return nil }
        guard (1...64).contains(id.utf8.count) else { throw StandardError.invalidParameter(parameter: "requestId") }
        var parameters = request.call.parameters
        parameters["requestId"] = nil
        let text = request.call.method + " " + JSONValue.object(parameters).canonicalText
        return RequestKey(uid: request.context.uid, id: id, argumentsDigest: Fingerprint.sha256(text))
    }

    /// The row of a job that the caller may look into.
    func own(_ reference: String, _ caller: Caller) throws -> JobRow {
        let row = try store.job(reference)
        try caller.require(owner: row.ownerUid)
        return row
    }

    /// The same for what is kept of a job beside its row, which is there where that cannot be read.
    func ownKnown(_ reference: String, _ caller: Caller) throws -> JobRow {
        let row = try store.knownJob(reference)
        try caller.require(owner: row.ownerUid)
        return row
    }

    /// A checkpoint that the caller may look into.
    func ownCheckpoint(_ reference: String, _ caller: Caller) throws -> Checkpoint {
        let checkpoint = try store.checkpoint(reference)
        try caller.require(owner: checkpoint.ownerUid)
        return checkpoint
    }
}

extension Responder {
    /// The last reply: what `body` gives, or the error it throws.
    func answer(_ daemon: Daemon, _ name: String, _ body: () throws -> Output) {
        do { finish(try body()) } catch { fail(daemon.answerable(error, name)) }
    }

    /// Sends unless the caller is gone; then the work is given up.
    func report(_ output: Output) throws {
        if try !send(output) { throw SimmerError.operationCancelled }
    }
}
