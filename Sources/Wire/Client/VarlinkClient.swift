import CLinux
import Glibc
import Recipes

/// A synchronous Varlink client: one connection, one call at a time.
///
/// Errors are `SimmerError` and `StandardError` as the daemon named them, else `ClientFailure`.
public final class VarlinkClient {
    /// Longest reply taken, in bytes.
    public static let replyLimit = 16 << 20

    /// The socket that answered.
    public let path: String
    /// Seconds to wait for a reply.
    public var timeout: Double
    private var socket: Descriptor
    private var framer: Framer
    private var isOpen = true

    /// Connects to the daemon on one socket.
    public convenience init(socketPath: String, timeout: Double = 30) throws(ClientFailure) {
        try self.init(candidates: [socketPath], timeout: timeout)
    }

    /// Connects to the first daemon that listens and lets this user in: `SocketPath.candidates(environment:)` says where
    /// to look.
    public init(candidates: [String], timeout: Double = 30) throws(ClientFailure) {
        var refused: String?
        for path in candidates {
            let outcome = cl_connect(path, Int32(max(0.001, timeout) * 1000))
            switch -outcome {
            case ...0:
                self.path = path
                self.timeout = timeout
                socket = Descriptor(owning: outcome)
                framer = Framer(limit: VarlinkClient.replyLimit, descriptorLimit: Int(CL_MAX_DESCRIPTORS))
                return
            case ENOENT, ECONNREFUSED, ENOTDIR: continue
            case EACCES, EPERM: refused = refused ?? path
            case EAGAIN: throw .timedOut(method: "connect", seconds: timeout)
            default:
                throw .connectionLost(
                    method: "connect", reason: SystemFailure("connect", errno: -outcome, path: path).description)
            }
        }
        if let refused { throw .notAllowed(path: refused) }
        throw .noDaemon(tried: candidates)
    }

    /// Calls a method and waits for its one reply. The descriptors stay the caller's.
    public func call<M: Method>(_ method: M.Type, _ input: M.Input, descriptors: [Int32] = []) throws -> M.Output {
        let name = "\(Interface.name).\(M.name)"
        try send(Envelope(method: name, parameters: input), name, descriptors)
        return try reply(M.Output.self, name, deadline: deadline(timeout)).output
    }

    /// Calls a method with `more`.
    ///
    /// - Parameters:
    ///   - silence: Seconds to wait for each reply; nil waits for ever. A watch's heartbeats come every 15 s.
    ///   - receive: Gets every reply but the last; false ends the call by closing the connection.
    /// - Returns: The last reply, or nil when `receive` ended the call; the client is then of no more use.
    @discardableResult
    public func stream<M: Method>(
        _ method: M.Type, _ input: M.Input, descriptors: [Int32] = [], silence: Double? = 60,
        receive: (M.Output) throws -> Bool
    ) throws -> M.Output? {
        let name = "\(Interface.name).\(M.name)"
        try send(Envelope(method: name, parameters: input, more: true), name, descriptors)
        while true {
            let (output, continues) = try reply(M.Output.self, name, deadline: silence.flatMap(deadline))
            if !continues { return output }
            var goOn = false
            // A caller that throws has left the call half read: the connection cannot serve another.
            defer { if !goOn { close() } }
            goOn = try receive(output)
            if !goOn { return nil }
        }
    }

    /// Sends a call that is answered by nothing, not even by an error.
    public func oneway<M: Method>(_ method: M.Type, _ input: M.Input, descriptors: [Int32] = []) throws {
        let name = "\(Interface.name).\(M.name)"
        try send(Envelope(method: name, parameters: input, oneway: true), name, descriptors)
    }

    /// What the service says of itself.
    public func info() throws -> ServiceInfo {
        let name = "org.varlink.service.GetInfo"
        try send(Envelope(method: name, parameters: [String: String]()), name, [])
        return try reply(ServiceInfo.self, name, deadline: deadline(timeout)).output
    }

    /// Ends the connection; every later call fails.
    public func close() {
        isOpen = false
        socket.close()
    }

    private struct Envelope<Input: Encodable>: Encodable {
        var method: String
        var parameters: Input
        var more: Bool?
        var oneway: Bool?
    }

    private struct Answer<Output: Decodable>: Decodable { var parameters: Output }

    /// Microseconds of the monotonic clock by which something must have happened.
    private func deadline(_ seconds: Double) -> Int64? {
        seconds.isFinite ? monotonicUsec() + Int64(seconds * 1e6) : nil
    }

    private func send(_ envelope: some Encodable, _ method: String, _ descriptors: [Int32]) throws {
        guard isOpen else { throw ClientFailure.connectionLost(method: method, reason: "this connection is closed") }
        let bytes: [UInt8]
        do { bytes = try MessageCoding.encode(envelope) } catch {
            throw ClientFailure.protocolFault(method: method, reason: "the call cannot be encoded: \(error)")
        }
        let end = deadline(timeout)
        var offset = 0
        while offset < bytes.count {
            let with = offset == 0 ? descriptors : []
            let sent = bytes.withUnsafeBytes { all in
                cl_send(socket.raw, all.baseAddress.map { $0 + offset }, all.count - offset, with, with.count, false)
            }
            if sent == -Int(EAGAIN) {
                try wait(for: 2, method, deadline: end)
            } else if sent < 0 {
                // The daemon may have closed with its reason already on the way: the reply is still to be read.
                if sent == -Int(EPIPE) || sent == -Int(ECONNRESET) { return }
                throw lost(method, SystemFailure("sendmsg", errno: Int32(-sent)).description)
            } else {
                offset += sent
            }
        }
    }

    private func wait(for events: Int32, _ method: String, deadline: Int64?) throws {
        let left = deadline.map { max(0, ($0 - monotonicUsec() + 999) / 1000) } ?? -1
        let ready = cl_poll(socket.raw, events, Int32(clamping: left))
        if ready < 0 { throw lost(method, SystemFailure("poll", errno: -ready).description) }
        if ready == 0 {
            close()  // A late reply would be taken for the next call's.
            throw ClientFailure.timedOut(method: method, seconds: timeout)
        }
    }

    private func reply<Output: Decodable>(
        _ type: Output.Type, _ method: String, deadline: Int64?
    ) throws -> (output: Output, continues: Bool) {
        let frame = try nextFrame(method, deadline: deadline)
        let envelope: [String: JSONValue]
        do {
            guard case .object(let object) = try StrictJSON.parse(frame.bytes, limits: .ofFrame) else {
                throw EnvelopeError("not an object")
            }
            envelope = object
        } catch {
            close()
            throw ClientFailure.protocolFault(method: method, reason: "\(error)")
        }
        var parameters: [String: JSONValue] = [:]
        if case .object(let object)? = envelope["parameters"] { parameters = object }
        if case .string(let name)? = envelope["error"] {
            if let error = SimmerError(qualifiedName: name, parameters: parameters) { throw error }
            if let error = StandardError(qualifiedName: name, parameters: parameters) { throw error }
            throw ClientFailure.unknownError(name: name, parameters: parameters)
        }
        do {
            let answer =
                envelope["parameters"] == nil
                ? try JSONValue.object(["parameters": .object([:])]).decoded(as: Answer<Output>.self)
                : try MessageCoding.decodeUnchecked(Answer<Output>.self, from: frame.bytes)
            return (answer.parameters, envelope["continues"] == .bool(true))
        } catch {
            close()
            throw ClientFailure.protocolFault(method: method, reason: "\(error)")
        }
    }

    private func nextFrame(_ method: String, deadline: Int64?) throws -> Frame {
        while true {
            if let frame = framer.next() { return frame }
            do {
                switch try framer.receive(from: socket.raw, wait: false) {
                case .bytes: continue
                case .nothing: try wait(for: 1, method, deadline: deadline)
                case .end: throw lost(method, "it closed the connection")
                }
            } catch let failure as SystemFailure {
                throw lost(method, failure.description)
            } catch let fault as FramingError {
                close()
                throw ClientFailure.protocolFault(method: method, reason: fault.description)
            }
        }
    }

    private func lost(_ method: String, _ reason: String) -> ClientFailure {
        close()
        return .connectionLost(method: method, reason: reason)
    }
}

private func monotonicUsec() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
}
