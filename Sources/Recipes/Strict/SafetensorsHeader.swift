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
    public private(set) var entries: [Entry]
    /// `__metadata__`: text by text.
    public private(set) var metadata: [String: String]

    /// Largest header read, without its length.
    public static let largestHeader = 16 << 20

    /// Bytes of one number of each type that a whole number of bytes holds.
    public static let widths = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
        "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
    ]

    /// Lays tensors one after another in the given order.
    /// - Throws: `SimmerError.badFile` for a name given twice, an unknown type or a size that overflows.
    public init(tensors: [(name: String, dtype: String, shape: [Int])], metadata: [String: String] = [:]) throws {
        entries = []
        self.metadata = metadata
        var names: Set<String> = []
        var end = 0
        for (name, dtype, shape) in tensors {
            guard names.insert(name).inserted, name != "__metadata__" else {
                throw Self.bad("safetensors.duplicate_name", "The tensor name `\(name)` is taken.")
            }
            let bytes = try Self.byteCount(name, dtype, shape)
            entries.append(Entry(name: name, dtype: dtype, shape: shape, offset: end, byteCount: bytes))
            let (sum, overflow) = end.addingReportingOverflow(bytes)
            guard !overflow else { throw Self.bad("safetensors.size", "The tensors are larger than a file can be.") }
            end = sum
        }
    }

    /// Bytes after the header.
    public var dataByteCount: Int { entries.last.map { $0.offset + $0.byteCount } ?? 0 }

    /// The tensor of that name.
    public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

    /// The length of the JSON from the file's first eight bytes.
    /// - Throws: `SimmerError.badFile`.
    public static func headerByteCount(prefix: [UInt8], fileByteCount: Int) throws -> Int {
        guard prefix.count >= 8, fileByteCount >= 8 else {
            throw bad("safetensors.truncated", "The file has \(fileByteCount) bytes; a safetensors file has 8 or more.")
        }
        let length = prefix[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(largestHeader) else {
            throw bad(
                "safetensors.header_too_large",
                "The first 8 bytes give a header of \(length) bytes; at most \(largestHeader) are read.",
                hint: "This is most likely not a safetensors file.")
        }
        guard length >= 2, Int(length) <= fileByteCount - 8 else {
            throw bad(
                "safetensors.truncated",
                "The first 8 bytes give a header of \(length) bytes, but \(fileByteCount - 8) bytes follow.")
        }
        return Int(length)
    }

    /// Reads the JSON (without the eight bytes): names once, known dtypes, sizes that match their shapes, offsets that
    /// cover the rest of the file exactly.
    /// - Throws: `SimmerError.badFile` with what is wrong and where.
    public init(json: [UInt8], dataByteCount: Int) throws {
        let value: JSONValue
        do {
            guard json.first == UInt8(ascii: "{") else { throw StrictJSON.Failure(message: "no `{`", offset: 0) }
            value = try StrictJSON.parse(
                json, limits: StrictJSON.Limits(bytes: Self.largestHeader, depth: 4, keys: 1 << 17))
        } catch {
            throw Self.bad("safetensors.json", "The header is not strict JSON: \(error).")
        }
        guard case .object(let members) = value else {
            throw Self.bad("safetensors.json", "The header is not a JSON object.")
        }
        entries = []
        metadata = [:]
        for (name, member) in members {
            if name == "__metadata__" {
                metadata = try Self.metadata(member)
            } else {
                entries.append(try Self.entry(name, member))
            }
        }
        // Empty tensors share an offset with their neighbour: they come first, then by name.
        entries.sort { ($0.offset, $0.byteCount, $0.name) < ($1.offset, $1.byteCount, $1.name) }
        var end = 0
        for entry in entries {
            guard entry.offset == end else {
                throw Self.bad(
                    "safetensors.offsets",
                    "The tensor `\(entry.name)` begins at byte \(entry.offset), where \(end) was expected: "
                        + "tensors must follow each other without gaps and overlaps.")
            }
            end += entry.byteCount
        }
        guard end == dataByteCount else {
            throw Self.bad(
                "safetensors.size",
                "The header describes \(end) bytes of tensors, but \(dataByteCount) follow it.",
                hint: "The file was cut off or something was appended to it; copy it again.")
        }
    }

    /// The file's first bytes: length, JSON in canonical form (metadata first, then by offset), padded with spaces to a
    /// multiple of 8.
    public func encoded() -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "{")]
        if !metadata.isEmpty {
            json.append(contentsOf: "\"__metadata__\":".utf8)
            JSONValue.object(metadata.mapValues { .string($0) }).write(into: &json)
        }
        for entry in entries {
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            JSONValue.write(entry.name, into: &json)
            let shape = entry.shape.map(String.init).joined(separator: ",")
            json.append(
                contentsOf: ":{\"dtype\":\"\(entry.dtype)\",\"shape\":[\(shape)],\"data_offsets\":[".utf8)
            json.append(contentsOf: "\(entry.offset),\(entry.offset + entry.byteCount)]}".utf8)
        }
        json.append(UInt8(ascii: "}"))
        while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
        return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
    }
}

extension SafetensorsHeader {
    private static func bad(_ code: String, _ message: String, hint: String? = nil) -> SimmerError {
        .badFile(
            message: message, findings: [Finding(severity: .error, code: code, message: message, hint: hint)])
    }

    private static func metadata(_ value: JSONValue) throws -> [String: String] {
        guard case .object(let members) = value else {
            throw bad("safetensors.metadata", "`__metadata__` is not an object.")
        }
        return try members.mapValues {
            guard case .string(let text) = $0 else {
                throw bad("safetensors.metadata", "`__metadata__` holds something that is not text.")
            }
            return text
        }
    }

    private static func entry(_ name: String, _ value: JSONValue) throws -> Entry {
        guard case .object(let members) = value, members.count == 3, case .string(let dtype)? = members["dtype"],
            case .array(let sizes)? = members["shape"], case .array(let offsets)? = members["data_offsets"]
        else {
            throw bad("safetensors.entry", "The tensor `\(name)` needs `dtype`, `shape` and `data_offsets`, no more.")
        }
        let shape = try sizes.map { try natural($0, name, "shape") }
        let bounds = try offsets.map { try natural($0, name, "data_offsets") }
        guard bounds.count == 2, bounds[0] <= bounds[1] else {
            throw bad("safetensors.offsets", "The tensor `\(name)` needs two rising `data_offsets`.")
        }
        let bytes = try byteCount(name, dtype, shape)
        guard bytes == bounds[1] - bounds[0] else {
            throw bad(
                "safetensors.size",
                "The tensor `\(name)` is \(dtype) \(shape): \(bytes) bytes, but its offsets span "
                    + "\(bounds[1] - bounds[0]).")
        }
        return Entry(name: name, dtype: dtype, shape: shape, offset: bounds[0], byteCount: bytes)
    }

    private static func natural(_ value: JSONValue, _ name: String, _ field: String) throws -> Int {
        guard case .int(let number) = value, number >= 0 else {
            throw bad("safetensors.entry", "The `\(field)` of the tensor `\(name)` must hold non-negative integers.")
        }
        return number
    }

    private static func byteCount(_ name: String, _ dtype: String, _ shape: [Int]) throws -> Int {
        guard let width = widths[dtype] else {
            throw bad("safetensors.dtype", "The tensor `\(name)` has the unknown type `\(dtype.prefix(32))`.")
        }
        var bytes = width
        for size in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            guard !overflow, size >= 0 else {
                throw bad("safetensors.size", "The tensor `\(name)` with shape \(shape) has no size.")
            }
            bytes = product
        }
        return bytes
    }
}
