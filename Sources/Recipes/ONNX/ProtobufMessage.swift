/// One message in the wire format of protocol buffers: fields one after another, each a tag and a value.
/// Format: <https://protobuf.dev/programming-guides/encoding/>.
///
/// A tensor's bytes are not copied in: their place and length are, so that a message larger than memory can be written
/// piece by piece.
struct ProtobufMessage: Sendable {
    private(set) var parts: [FilePart] = []
    private(set) var byteCount = 0

    /// A whole number (varint): negative ones take ten bytes.
    mutating func add(_ field: Int, _ number: Int) {
        append(Self.varint(field << 3) + Self.varint(number))
    }

    /// A single (32 bits, little-endian).
    mutating func add(_ field: Int, _ number: Float) {
        append(Self.varint(field << 3 | 5) + Self.littleEndian(number.bitPattern))
    }

    /// Text, or bytes (length-delimited).
    mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    mutating func add(_ field: Int, _ bytes: [UInt8]) {
        append(Self.varint(field << 3 | 2) + Self.varint(bytes.count) + bytes)
    }

    /// A message within this one.
    mutating func add(_ field: Int, _ message: ProtobufMessage) {
        append(Self.varint(field << 3 | 2) + Self.varint(message.byteCount))
        for part in message.parts {
            switch part {
            case .bytes(let bytes): append(bytes)
            case .tensor(let tensor): append(tensor)
            }
        }
    }

    /// The bytes of a tensor that is kept elsewhere.
    mutating func add(_ field: Int, _ tensor: StoredTensor) {
        append(Self.varint(field << 3 | 2) + Self.varint(tensor.byteCount))
        append(tensor)
    }

    private mutating func append(_ bytes: [UInt8]) {
        byteCount += bytes.count
        if case .bytes(var last)? = parts.last {
            // Taken out while it grows: two owners would copy it each time.
            parts.removeLast()
            last += bytes
            parts.append(.bytes(last))
        } else {
            parts.append(.bytes(bytes))
        }
    }

    private mutating func append(_ tensor: StoredTensor) {
        byteCount += tensor.byteCount
        parts.append(.tensor(tensor))
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    private static func varint(_ number: Int) -> [UInt8] {
        var rest = UInt64(bitPattern: Int64(number))
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
