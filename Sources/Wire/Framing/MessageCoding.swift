import FoundationEssentials
import Recipes

/// JSON as it goes over the wire: one object and a NUL.
public enum MessageCoding {
    /// The bytes of a message with its NUL. Optional nil fields are left out; NaN and infinity are refused.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        var bytes = Array(try encoder.encode(value))
        bytes.append(0)
        return bytes
    }

    /// Decodes a message (without its NUL) after the strict gate has passed it.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        _ = try StrictJSON.parse(bytes, limits: .ofFrame)
        return try decodeUnchecked(type, from: bytes)
    }

    /// Decodes bytes that have passed the strict gate already.
    static func decodeUnchecked<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}

extension StrictJSON.Limits {
    /// For what a framer has cut: its length has been held to the framer's own limit already.
    static let ofFrame = StrictJSON.Limits(bytes: .max)
}
