import CLinux
import Glibc

/// Whole messages on their way out of a socket that must not block, with the descriptors that go with their first bytes.
public struct Outbox: Sendable {
    private var messages: [Frame] = []
    private var first = 0
    private var offset = 0
    /// Bytes not yet taken by the kernel: what a limit on slow readers is about.
    public private(set) var byteCount = 0

    public init() {}

    public var isEmpty: Bool { first == messages.count }

    /// Adds a message; `bytes` end with their NUL.
    public mutating func add(_ bytes: [UInt8], descriptors: [Descriptor] = []) {
        guard !bytes.isEmpty else { return }
        messages.append(Frame(bytes: bytes, descriptors: descriptors))
        byteCount += bytes.count
    }

    /// Sends what the socket takes without waiting.
    ///
    /// - Returns: Whether nothing is left.
    /// - Throws: `SystemFailure` when the peer is gone (EPIPE, ECONNRESET).
    public mutating func flush(to socket: Int32) throws(SystemFailure) -> Bool {
        while first < messages.count {
            let message = messages[first]
            let descriptors = offset == 0 ? message.descriptors.map(\.raw) : []
            let sent = message.bytes.withUnsafeBytes { bytes in
                cl_send(
                    socket, bytes.baseAddress.map { $0 + offset }, bytes.count - offset, descriptors,
                    descriptors.count, false)
            }
            if sent == -Int(EAGAIN) { return false }
            try SystemFailure.check(sent, "sendmsg")
            offset += sent
            byteCount -= sent
            if offset == message.bytes.count {
                messages[first] = Frame(bytes: [])
                first += 1
                offset = 0
            }
        }
        messages.removeAll(keepingCapacity: true)
        first = 0
        return true
    }
}
