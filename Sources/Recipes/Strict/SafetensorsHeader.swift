/// The header of a safetensors file: eight bytes of its length, little-endian, and a JSON object.
/// Format: <https://github.com/huggingface/safetensors#format>.
public struct SafetensorsHeader: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var name: String
        /// `F32`, `I64` and so on.
        public var dtype: String
        public var shape: [Int]
        /// Place among the bytes after the header.
        public var offset: Int
        public var byteCount: Int

        public init(name: String, dtype: String, shape: [Int], offset: Int, byteCount: Int) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.offset = offset
            self.byteCount = byteCount
        }
    }

    /// In the order of their offsets.
    public var entries: [Entry]
    /// `__metadata__`: text by text.
    public var metadata: [String: String]

    /// Largest header read, without its length.
    public static let largestHeader = 16 << 20

    /// Lays tensors one after another in the given order.
    public init(tensors: [(name: String, dtype: String, shape: [Int])], metadata: [String: String] = [:]) throws {
        entries = []
        self.metadata = metadata
    }

    /// Bytes after the header.
    public var dataByteCount: Int { entries.last.map { $0.offset + $0.byteCount } ?? 0 }

    /// The length of the JSON from the file's first eight bytes.
    /// - Throws: `SimmerError.badFile`.
    public static func headerByteCount(prefix: [UInt8], fileByteCount: Int) throws -> Int { 0 }

    /// Reads the JSON (without the eight bytes): names once, known dtypes, sizes that match their shapes, offsets that
    /// cover the rest of the file exactly.
    /// - Throws: `SimmerError.badFile` with what is wrong and where.
    public init(json: [UInt8], dataByteCount: Int) throws {
        entries = []
        metadata = [:]
    }

    /// The file's first bytes: length, JSON in canonical form (metadata first, then by offset), padded with spaces to a
    /// multiple of 8.
    public func encoded() -> [UInt8] { [] }
}
