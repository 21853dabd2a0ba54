import Recipes

/// Why a Swift type cannot stand in the interface: a programmer's mistake, which the interface's tests find.
public struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
}

/// Finds the schema of a Codable type by decoding it from nothing and writing down what it asks for: so the Swift type is
/// the declaration, and its text cannot drift from its code.
public enum SchemaReader {
    /// The fields of a struct with synthesised Codable, in order.
    public static func fields(of type: any Decodable.Type) throws -> [Field] {
        let recorder = Recorder()
        if let documented = type as? any Documented.Type { recorder.documentation = documented.fieldDocumentation }
        _ = try type.init(from: RecordingDecoder(recorder: recorder))
        return recorder.fields
    }

    /// The schema of any type a field can have.
    public static func schema(of type: any Decodable.Type) throws -> Schema {
        switch type {
        case is Bool.Type: return .bool
        case is Int.Type: return .int
        case is Double.Type: return .float
        case is String.Type: return .string
        case is JSONValue.Type: return .object
        default: break
        }
        if let optional = type as? any OptionalShape.Type { return .optional(try schema(of: optional.wrapped)) }
        if let array = type as? any ArrayShape.Type { return .array(try schema(of: array.element)) }
        if let map = type as? any MapShape.Type { return .map(try schema(of: map.value)) }
        let documented = type as? any Documented.Type
        let name = documented?.interfaceName ?? String(describing: type)
        let kind: NamedType.Kind
        if let values = enumValues(of: type) {
            kind = .enumeration(values)
        } else {
            kind = .structure(try fields(of: type))
        }
        return .named(NamedType(name: name, documentation: documented?.documentation ?? [], kind: kind))
    }

    /// Raw values of an enum of strings with CaseIterable.
    private static func enumValues(of type: any Decodable.Type) -> [String]? {
        guard let cases = type as? any CaseIterable.Type else { return nil }
        return rawValues(cases)
    }

    private static func rawValues<Enum: CaseIterable>(_ type: Enum.Type) -> [String]? {
        let values = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        return values.isEmpty ? nil : values
    }
}

// What a generic type is made of, seen through its metatype.
private protocol OptionalShape { static var wrapped: any Decodable.Type { get } }
private protocol ArrayShape {
    static var element: any Decodable.Type { get }
    static var empty: Self { get }
}
private protocol MapShape {
    static var value: any Decodable.Type { get }
    static var empty: Self { get }
}

extension Optional: OptionalShape where Wrapped: Decodable {
    static var wrapped: any Decodable.Type { Wrapped.self }
}
extension Array: ArrayShape where Element: Decodable {
    static var element: any Decodable.Type { Element.self }
    static var empty: Self { [] }
}
extension Dictionary: MapShape where Key == String, Value: Decodable {
    static var value: any Decodable.Type { Value.self }
    static var empty: Self { [:] }
}

private final class Recorder {
    var fields: [Field] = []
    var documentation: [String: String] = [:]

    func add(_ name: String, _ schema: Schema) {
        fields.append(Field(name: name, schema: schema, documentation: documentation[name] ?? ""))
    }
}

private struct RecordingDecoder: Decoder {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RecordingContainer<Key>(recorder: recorder))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw SchemaError(description: "a type of the interface must be a struct with named fields, not a list")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw SchemaError(description: "a type of the interface must be a struct with named fields, not a single value")
    }
}

private struct RecordingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { true }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        recorder.add(key.stringValue, .bool)
        return false
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        recorder.add(key.stringValue, .int)
        return 0
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        recorder.add(key.stringValue, .float)
        return 0
    }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        recorder.add(key.stringValue, .string)
        return ""
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        recorder.add(key.stringValue, try SchemaReader.schema(of: type))
        return try placeholder(type)
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { optional(key, .bool) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { optional(key, .int) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { optional(key, .float) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { optional(key, .string) }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        optional(key, try SchemaReader.schema(of: type))
    }

    private func optional<Value>(_ key: Key, _ schema: Schema) -> Value? {
        recorder.add(key.stringValue, .optional(schema))
        return nil
    }

    /// Some value of the type, so that decoding can go on to the next field.
    private func placeholder<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value: Any? =
            if type is JSONValue.Type { JSONValue.null } else if let array = type as? any ArrayShape.Type {
                array.empty
            } else if let map = type as? any MapShape.Type {
                map.empty
            } else if let cases = type as? any CaseIterable.Type { first(cases) } else {
                try type.init(from: RecordingDecoder(recorder: Recorder()))
            }
        guard let value = value as? Value else {
            throw SchemaError(description: "the interface knows no type like \(type)")
        }
        return value
    }

    private func first<Enum: CaseIterable>(_ type: Enum.Type) -> Any? { type.allCases.first }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { throw unknown(key, type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { throw unknown(key, type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { throw unknown(key, type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { throw unknown(key, type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { throw unknown(key, type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { throw unknown(key, type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { throw unknown(key, type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { throw unknown(key, type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { throw unknown(key, type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { throw unknown(key, type) }

    private func unknown(_ key: Key, _ type: Any.Type) -> SchemaError {
        SchemaError(description: "field \(key.stringValue) has the type \(type); the interface has Int and Double only")
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        throw SchemaError(description: "field \(key.stringValue) is nested by hand; use a struct")
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw SchemaError(description: "field \(key.stringValue) is nested by hand; use an array")
    }
    func superDecoder() throws -> any Decoder {
        throw SchemaError(description: "classes have no place in the interface")
    }
    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}
