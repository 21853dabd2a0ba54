import CLinux
import Glibc
import Recipes

/// The talk between daemon and worker over a socket pair: Codable messages with descriptors, in both directions.
///
/// `send` may be called from any thread and waits until the kernel has the whole message; `receive` waits for one and is
/// meant for a single reading thread. A side that must not wait uses `Framer.receive(from:wait:)` and `Outbox` on `raw`.
public final class MessageChannel: Sendable {
    /// 4 MiB: a recipe, the facts of its data and a snapshot's tensor table fit with room.
    public static let messageLimit = 4 << 20

    private let socket: Descriptor
    private let sending = Locked(())
    private let framer: Locked<Framer>

    public init(_ socket: Descriptor, limit: Int = MessageChannel.messageLimit) {
        self.socket = socket
        framer = Locked(Framer(limit: limit, descriptorLimit: Int(CL_MAX_DESCRIPTORS)))
    }

    /// The socket's number, for poll and dispatch sources.
    public var raw: Int32 { socket.raw }

    /// Two connected ends, both close-on-exec.
    public static func pair() throws(SystemFailure) -> (Descriptor, Descriptor) {
        var first: Int32 = -1
        var second: Int32 = -1
        try SystemFailure.check(cl_socketpair(&first, &second), "socketpair")
        return (Descriptor(owning: first), Descriptor(owning: second))
    }

    /// Sends one message; the descriptors stay the caller's.
    ///
    /// - Throws: `SystemFailure` (EPIPE when the peer is gone), or an encoding error.
    public func send(_ message: some Encodable, descriptors: [Int32] = []) throws {
        let bytes = try MessageCoding.encode(message)
        try sending.withLock { _ in
            var offset = 0
            while offset < bytes.count {
                let with = offset == 0 ? descriptors : []
                let sent = bytes.withUnsafeBytes { all in
                    cl_send(
                        socket.raw, all.baseAddress.map { $0 + offset }, all.count - offset, with, with.count, true)
                }
                offset += try SystemFailure.check(sent, "sendmsg")
            }
        }
    }

    /// Waits for the next message; nil when the peer has closed between two messages.
    ///
    /// - Throws: `FramingError`, `SystemFailure` (ECONNRESET: the peer went in the middle of a message), a JSON or
    ///   decoding error.
    public func receive<Message: Decodable>(
        _ type: Message.Type
    ) throws -> (message: Message, descriptors: [Descriptor])? {
        let frame: Frame? = try framer.withLock { framer in
            while true {
                if let frame = framer.next() { return frame }
                switch try framer.receive(from: socket.raw, wait: true) {
                case .bytes, .nothing: continue
                case .end:
                    guard !framer.isMidMessage else { throw SystemFailure("recvmsg", errno: ECONNRESET) }
                    return nil
                }
            }
        }
        guard let frame else { return nil }
        return (try MessageCoding.decode(type, from: frame.bytes), frame.descriptors)
    }

    /// Ends both directions: a waiting `receive`, here or there, returns nil.
    public func shutDown() { _ = Glibc.shutdown(socket.raw, Int32(SHUT_RDWR)) }
}
