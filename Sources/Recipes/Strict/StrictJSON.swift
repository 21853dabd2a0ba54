/// The one gate for JSON: RFC 8259 to the letter, before any decoder sees it.
///
/// Refused: anything but UTF-8, duplicate keys, trailing commas, comments, NaN, lone surrogates, control characters in
/// strings, bytes after the value, and more depth or keys than the limits allow.
public enum StrictJSON {
    public struct Limits: Sendable {
        public var bytes: Int
        public var depth: Int
        /// Keys of one object.
        public var keys: Int
        public init(bytes: Int = 1 << 20, depth: Int = 64, keys: Int = 4_096) {
            self.bytes = bytes
            self.depth = depth
            self.keys = keys
        }
    }

    /// What is wrong, and at which byte.
    public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        public var message: String
        public var offset: Int

        public init(message: String, offset: Int) {
            self.message = message
            self.offset = offset
        }

        public var description: String { "\(message) at byte \(offset)" }
    }

    /// The value that the bytes hold. Integers that fit in 64 bits are `.int`, all other numbers `.double`.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(Failure) -> JSONValue {
        var reader = JSONReader(bytes, limits: limits)
        return try reader.document()
    }

    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(Failure) -> JSONValue {
        try bytes.withUnsafeBytes { buffer in Result { () throws(Failure) in try parse(buffer, limits: limits) } }.get()
    }

    public static func parse(_ text: String, limits: Limits = Limits()) throws(Failure) -> JSONValue {
        try parse(Array(text.utf8), limits: limits)
    }
}
