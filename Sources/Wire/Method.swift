import Recipes

/// One method of `io.simmer`, declared once: the IDL, the client and the daemon's routes come from it.
///
/// The name of the method is the name of the type; the fields of `Input` and `Output` are the parameters in order.
public protocol Method: Sendable {
    associatedtype Input: Codable & Sendable
    associatedtype Output: Codable & Sendable
    /// Comment lines above the method in the IDL.
    static var documentation: [String] { get }
    /// Whether a call may, must or may not carry `more`.
    static var streaming: Streaming { get }
}

/// How a method treats the `more` flag of a call.
public enum Streaming: Sendable {
    case never, supported, required
}

extension Method {
    public static var name: String { String(describing: Self.self) }
    public static var documentation: [String] { [] }
    public static var streaming: Streaming { .never }
}
