import CLinux
import Glibc

/// One message off the wire, without its NUL, and the descriptors that came with it.
public struct Frame: Sendable {
    public let bytes: [UInt8]
    public let descriptors: [Descriptor]

    public init(bytes: [UInt8], descriptors: [Descriptor] = []) {
        self.bytes = bytes
        self.descriptors = descriptors
    }
}

/// Why a byte stream cannot go on: the connection is to be closed without a reply.
public enum FramingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A message outgrew the limit, in bytes.
    case tooLong(limit: Int)
    case tooManyDescriptors(limit: Int)
    /// The kernel dropped descriptors (MSG_CTRUNC): mostly this process's own limit of open files.
    case descriptorsLost
    /// Descriptors came with a later byte than the first of a message.
    case misplacedDescriptors

    public var description: String {
        switch self {
        case .tooLong(let limit): "a message is longer than \(limit) bytes"
        case .tooManyDescriptors(let limit): "a message has more than \(limit) file descriptors"
        case .descriptorsLost: "file descriptors were lost on the way (is the limit of open files too low?)"
        case .misplacedDescriptors: "file descriptors came in the middle of a message"
        }
    }
}

/// Cuts a byte stream into NUL-terminated messages, whatever pieces it comes in.
///
/// Descriptors belong to the message whose first byte they came with. Memory is bounded by the limit of one message
/// beyond the frames not yet taken; feed it only while those are few.
public struct Framer: Sendable {
    /// Longest message in bytes, NUL not counted.
    public let limit: Int
    /// Most descriptors of one message.
    public let descriptorLimit: Int
    private var partial: [UInt8] = []
    private var descriptors: [Descriptor] = []
    private var frames: [Frame] = []
    private var taken = 0

    /// 1 MiB and 64 descriptors are what `io.simmer` allows a request.
    public init(limit: Int = 1 << 20, descriptorLimit: Int = 64) {
        self.limit = limit
        self.descriptorLimit = descriptorLimit
    }

    /// Whether a message has begun and not ended: the clock of "30 seconds to finish a started message" runs.
    public var isMidMessage: Bool { !partial.isEmpty || !descriptors.isEmpty }

    /// Frames that wait to be taken.
    public var waiting: Int { frames.count - taken }

    /// The oldest whole message, if there is one.
    public mutating func next() -> Frame? {
        guard taken < frames.count else { return nil }
        let frame = frames[taken]
        frames[taken] = Frame(bytes: [])
        taken += 1
        if taken == frames.count {
            frames.removeAll(keepingCapacity: true)
            taken = 0
        }
        return frame
    }

    /// Adds what was read. Where it holds the beginnings of several messages, the descriptors go to the last of them:
    /// the kernel ends a read after the bytes that carry descriptors.
    public mutating func append(_ bytes: some Collection<UInt8>, descriptors came: [Descriptor] = [])
        throws(FramingError)
    {
        var rest = bytes[...]
        var begins = partial.isEmpty && descriptors.isEmpty
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0)
            let piece = rest[..<(end ?? rest.endIndex)]
            guard partial.count + piece.count <= limit else { throw .tooLong(limit: limit) }
            rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
            if rest.isEmpty, !came.isEmpty {
                guard begins else { throw .misplacedDescriptors }
                guard came.count <= descriptorLimit else { throw .tooManyDescriptors(limit: descriptorLimit) }
                descriptors = came
            }
            partial.append(contentsOf: piece)
            if end != nil {
                frames.append(Frame(bytes: partial, descriptors: descriptors))
                partial.removeAll(keepingCapacity: partial.count < 1 << 16)
                descriptors = []
                begins = true
            }
        }
    }
}

/// What one read brought.
public enum Received: Sendable, Equatable {
    case bytes(Int)
    /// Nothing waits (only without `wait`).
    case nothing
    /// The peer has closed.
    case end
}

extension Framer {
    /// Reads once from a socket, at most to the end of one message, so that descriptors are told apart beyond doubt.
    ///
    /// - Throws: `FramingError`, or `SystemFailure` (also ETIMEDOUT-like EAGAIN of SO_RCVTIMEO where `wait` is set).
    public mutating func receive(from socket: Int32, wait: Bool) throws -> Received {
        let capacity = 1 << 16
        var numbers = [Int32](repeating: -1, count: Int(CL_MAX_DESCRIPTORS))
        var count = 0
        var truncated = false
        return try withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { buffer in
            guard let base = buffer.baseAddress else { return .nothing }
            let got = cl_receive_message_part(
                socket, base, capacity, &numbers, numbers.count, &count, &truncated, wait)
            let came = numbers.prefix(count).map(Descriptor.init(owning:))
            if got == -Int(EAGAIN), !wait { return .nothing }
            try SystemFailure.check(got, "recvmsg")
            if truncated { throw FramingError.descriptorsLost }
            if got == 0 { return .end }
            try append(UnsafeRawBufferPointer(rebasing: buffer[..<got]), descriptors: came)
            return .bytes(got)
        }
    }
}
