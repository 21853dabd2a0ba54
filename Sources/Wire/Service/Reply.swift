import Recipes

/// What goes back for a call, as bytes with their NUL.
///
/// `parameters` is always an object; `continues` and `error` appear only when used, no other key ever: systemd's client
/// closes the connection on anything else.
public enum Reply {
    /// - Throws: An encoding error, for a number that is NaN or infinite: those are null and named in `nonFinite`.
    public static func encode(_ output: some Encodable, continues: Bool = false) throws -> [UInt8] {
        if continues { return try MessageCoding.encode(Continuing(parameters: output, continues: true)) }
        return try MessageCoding.encode(Final(parameters: output))
    }

    /// An error is always the last reply of its call.
    public static func encode(error: any WireError) throws -> [UInt8] {
        try MessageCoding.encode(Failed(error: error.qualifiedName, parameters: error.parameters))
    }

    private struct Final<Output: Encodable>: Encodable { var parameters: Output }

    private struct Continuing<Output: Encodable>: Encodable {
        var parameters: Output
        var continues: Bool
    }

    private struct Failed: Encodable {
        var error: String
        var parameters: [String: JSONValue]
    }
}
