import FoundationEssentials
import Recipes

extension JSONValue {
    /// Any encodable value as JSON.
    public init(encoding value: some Encodable) throws {
        // A fragment of JSON (a bare string or number) is allowed since Foundation 5.
        self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    }

    /// This value as a type of the interface.
    public func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
    }
}
