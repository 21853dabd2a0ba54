import Recipes

/// Where the answers of one call go; may be kept and used later, from any thread.
///
/// It holds the rules of the wire: exactly one last reply, `continues` only for a call with `more`, nothing at all for
/// `oneway`. A responder that is dropped without a last reply answers `Internal`, so that no caller waits for ever.
public final class Responder<Output: Codable & Sendable>: Sendable {
    /// Takes bytes with their NUL and whether they end the call; returns false when the connection is gone or full.
    public typealias Sink = @Sendable (_ bytes: [UInt8], _ isLast: Bool) -> Bool

    /// Whether the caller takes several replies.
    public let more: Bool
    private let oneway: Bool
    private let sink: Sink
    private let ended = Locked(false)

    init(more: Bool, oneway: Bool, sink: @escaping Sink) {
        self.more = more
        self.oneway = oneway
        self.sink = sink
    }

    deinit { fail(SimmerError.internalFault(reference: "unanswered")) }

    /// One reply before the last. Without `more` nothing is sent: the caller takes one reply only.
    ///
    /// - Returns: False when the call is over or the caller gone: stop producing.
    @discardableResult
    public func send(_ output: Output) throws -> Bool {
        guard more else { return !ended.withLock { $0 } }
        let bytes = try Reply.encode(output, continues: true)
        return ended.withLock { $0 ? false : sink(bytes, false) }
    }

    /// The last reply.
    public func finish(_ output: Output) {
        do { end(try Reply.encode(output)) } catch {
            fail(SimmerError.internalFault(reference: "reply cannot be encoded: \(error)"))
        }
    }

    /// The last reply, an error.
    public func fail(_ error: any WireError) {
        do { end(try Reply.encode(error: error)) } catch {
            // Errors hold strings, whole numbers and findings only; should one fail to encode, the caller still hears.
            end(
                Array(#"{"error":"io.simmer.Internal","parameters":{"reference":"error cannot be encoded"}}"#.utf8) + [
                    0
                ])
        }
    }

    /// Ends the call without a reply, which someone else then sends. False when the last reply has gone out already.
    func abandon() -> Bool {
        ended.withLock { ended in
            defer { ended = true }
            return !ended
        }
    }

    private func end(_ bytes: [UInt8]) {
        ended.withLock { ended in
            guard !ended else { return }
            ended = true
            _ = sink(oneway ? [] : bytes, true)
        }
    }
}
