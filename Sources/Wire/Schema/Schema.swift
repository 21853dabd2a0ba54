import Recipes

/// The type of a field as Varlink sees it.
public indirect enum Schema: Sendable, Equatable {
    case bool, int, float, string
    /// Any JSON value.
    case object
    case optional(Schema)
    case array(Schema)
    /// By string.
    case map(Schema)
    /// A declared struct or enum.
    case named(NamedType)

    /// As the interface's text spells it.
    public var text: String {
        switch self {
        case .bool: "bool"
        case .int: "int"
        case .float: "float"
        case .string: "string"
        case .object: "object"
        case .optional(let wrapped): "?\(wrapped.text)"
        case .array(let element): "[]\(element.text)"
        case .map(let value): "[string]\(value.text)"
        case .named(let type): type.name
        }
    }

    /// The declared type at the bottom of optionals, arrays and maps.
    public var namedType: NamedType? {
        switch self {
        case .optional(let inner), .array(let inner), .map(let inner): inner.namedType
        case .named(let type): type
        default: nil
        }
    }
}

/// A struct or an enum that the interface declares.
public struct NamedType: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case structure([Field])
        /// The values, in order.
        case enumeration([String])
    }
    public let name: String
    public let documentation: [String]
    public let kind: Kind
}

/// One field of a struct, a call or a reply.
public struct Field: Sendable, Equatable {
    public let name: String
    public let schema: Schema
    /// A comment above it; may be empty.
    public let documentation: String
}

/// The fields of a call's or a reply's parameters.
public struct Fields: Sendable, Equatable {
    public let all: [Field]

    public init(_ all: [Field]) { self.all = all }

    /// The first field at fault in what a caller sent, dotted where it is nested: missing, of the wrong type, not one of
    /// an enum's values, or unknown. Nil when all is well. An optional field may be absent or null.
    public func fault(in object: [String: JSONValue]) -> String? {
        for field in all {
            guard let value = object[field.name] else {
                if case .optional = field.schema { continue }
                return field.name
            }
            if let below = field.schema.fault(in: value) {
                return below.isEmpty ? field.name : "\(field.name).\(below)"
            }
        }
        let known = Set(all.map(\.name))
        return object.keys.filter { !known.contains($0) }.sorted().first
    }
}

extension Schema {
    /// The path below this value that is at fault: empty for the value itself, nil when all is well.
    fileprivate func fault(in value: JSONValue) -> String? {
        switch (self, value) {
        case (.bool, .bool), (.int, .int), (.float, .int), (.float, .double), (.string, .string), (.object, .object):
            return nil
        case (.optional, .null): return nil
        case (.optional(let wrapped), _): return wrapped.fault(in: value)
        case (.array(let element), .array(let values)):
            for (index, value) in values.enumerated() {
                if let below = element.fault(in: value) { return below.isEmpty ? "\(index)" : "\(index).\(below)" }
            }
            return nil
        case (.map(let element), .object(let values)):
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                if let below = element.fault(in: value) { return below.isEmpty ? key : "\(key).\(below)" }
            }
            return nil
        case (.named(let type), _):
            switch (type.kind, value) {
            case (.structure(let fields), .object(let object)): return Fields(fields).fault(in: object)
            case (.enumeration(let values), .string(let text)): return values.contains(text) ? nil : ""
            default: return ""
            }
        default: return ""
        }
    }
}
