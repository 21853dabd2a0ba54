import FoundationEssentials
import Recipes

/// A message that is not a Varlink call: the connection is to be closed without a reply.
public struct EnvelopeError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// One call as it came in: the envelope has been checked, the parameters not yet.
public struct Call: Sendable {
    /// `io.simmer.GetJob`.
    public let method: String
    public let parameters: [String: JSONValue]
    /// The caller takes several replies.
    public let more: Bool
    /// The caller takes no reply at all.
    public let oneway: Bool
    /// What came with the message; closed when the last copy of the call goes.
    public let descriptors: [Descriptor]
    private let bytes: [UInt8]

    /// Parses the message and its envelope.
    ///
    /// - Throws: `EnvelopeError`: not strict JSON, not an object, no method, a known key with a wrong type, an unknown key
    ///   without a dot (keys with one are extensions and ignored), `more` together with `oneway`, or `upgrade`.
    public init(_ frame: Frame) throws(EnvelopeError) {
        let message: JSONValue
        do { message = try StrictJSON.parse(frame.bytes, limits: .ofFrame) } catch {
            throw EnvelopeError("not valid JSON: \(error)")
        }
        guard case .object(let envelope) = message else { throw EnvelopeError("a call must be a JSON object") }
        func flag(_ key: String) throws(EnvelopeError) -> Bool {
            switch envelope[key] {
            case nil: return false
            case .bool(let value): return value
            default: throw EnvelopeError("'\(key)' must be true or false")
            }
        }
        for key in envelope.keys where !Call.keys.contains(key) && !key.contains(".") {
            throw EnvelopeError("unknown key '\(key)' in a call")
        }
        guard case .string(let method)? = envelope["method"] else { throw EnvelopeError("a call must name its method") }
        switch envelope["parameters"] {
        case nil: parameters = [:]
        case .object(let value): parameters = value
        default: throw EnvelopeError("'parameters' must be an object")
        }
        let more = try flag("more")
        let oneway = try flag("oneway")
        if more && oneway { throw EnvelopeError("'more' and 'oneway' together") }
        if try flag("upgrade") { throw EnvelopeError("'upgrade' is not offered") }
        self.method = method
        self.more = more
        self.oneway = oneway
        descriptors = frame.descriptors
        bytes = frame.bytes
    }

    private static let keys: Set<String> = ["method", "parameters", "more", "oneway", "upgrade"]

    /// The interface's part of the method's name: all before the last dot.
    public var interface: String { method.lastIndex(of: ".").map { String(method[..<$0]) } ?? "" }

    /// The method's own name: all after the last dot.
    public var member: String { method.lastIndex(of: ".").map { String(method[method.index(after: $0)...]) } ?? method }

    /// The call's parameters as the method's input, after the schema has checked them.
    ///
    /// - Throws: `StandardError.invalidParameter` naming the field.
    public func input<M: Method>(of method: M.Type) throws(StandardError) -> M.Input {
        if let field = MethodDeclaration.of(method).input.fault(in: parameters) {
            throw .invalidParameter(parameter: field)
        }
        do {
            // A call may leave out `parameters` altogether; the decoder then gets an empty object.
            let data = parameters.isEmpty ? try JSONEncoder().encode(["parameters": parameters]) : Data(bytes)
            return try JSONDecoder().decode(Parameters<M.Input>.self, from: data).parameters
        } catch let error as DecodingError {
            throw .invalidParameter(parameter: Call.field(of: error))
        } catch {
            throw .invalidParameter(parameter: "parameters")
        }
    }

    /// Where a decoder stopped, for what the schema cannot see (a type with rules of its own).
    private static func field(of error: DecodingError) -> String {
        let (path, last): ([any CodingKey], String?) =
            switch error {
            case .keyNotFound(let key, let context): (context.codingPath, key.stringValue)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context.codingPath, nil)
            @unknown default: ([], nil)
            }
        let names = path.map(\.stringValue).drop { $0 == "parameters" } + (last.map { [$0] } ?? [])
        return names.isEmpty ? "parameters" : names.joined(separator: ".")
    }
}

private struct Parameters<Input: Decodable>: Decodable { var parameters: Input }
