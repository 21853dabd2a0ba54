import Recipes

/// An error that can go over the wire: a qualified name and its parameters.
public protocol WireError: Error, Sendable {
    /// `io.simmer.NoSuchJob`, `org.varlink.service.InvalidParameter`.
    var qualifiedName: String { get }
    var parameters: [String: JSONValue] { get }
}

/// The errors every Varlink service has (interface `org.varlink.service`).
public enum StandardError: WireError, Equatable, CustomStringConvertible {
    case interfaceNotFound(interface: String)
    case methodNotFound(method: String)
    /// In the interface, but not in this build.
    case methodNotImplemented(method: String)
    /// Missing, unknown, of the wrong type, or not one of an enum's values: the field's name, dotted where it is nested.
    case invalidParameter(parameter: String)
    case permissionDenied
    /// The method answers more than once and the call did not say `more`.
    case expectedMore

    public var qualifiedName: String {
        let name =
            switch self {
            case .interfaceNotFound: "InterfaceNotFound"
            case .methodNotFound: "MethodNotFound"
            case .methodNotImplemented: "MethodNotImplemented"
            case .invalidParameter: "InvalidParameter"
            case .permissionDenied: "PermissionDenied"
            case .expectedMore: "ExpectedMore"
            }
        return "org.varlink.service.\(name)"
    }

    public var parameters: [String: JSONValue] {
        switch self {
        case .interfaceNotFound(let interface): ["interface": .string(interface)]
        case .methodNotFound(let method), .methodNotImplemented(let method): ["method": .string(method)]
        case .invalidParameter(let parameter): ["parameter": .string(parameter)]
        case .permissionDenied, .expectedMore: [:]
        }
    }

    /// From what came over the wire; nil for a name that is not one of these.
    public init?(qualifiedName: String, parameters: [String: JSONValue]) {
        func text(_ key: String) -> String {
            if case .string(let value)? = parameters[key] { value } else { "?" }
        }
        switch qualifiedName {
        case "org.varlink.service.InterfaceNotFound": self = .interfaceNotFound(interface: text("interface"))
        case "org.varlink.service.MethodNotFound": self = .methodNotFound(method: text("method"))
        case "org.varlink.service.MethodNotImplemented": self = .methodNotImplemented(method: text("method"))
        case "org.varlink.service.InvalidParameter": self = .invalidParameter(parameter: text("parameter"))
        case "org.varlink.service.PermissionDenied": self = .permissionDenied
        case "org.varlink.service.ExpectedMore": self = .expectedMore
        default: return nil
        }
    }

    /// What a person reads.
    public var description: String {
        switch self {
        case .interfaceNotFound(let interface): "the daemon has no interface \(interface)"
        case .methodNotFound(let method): "the daemon has no method \(method); it is older than this client"
        case .methodNotImplemented(let method): "\(method) is not in this build of the daemon"
        case .invalidParameter(let parameter): "the daemon refuses the parameter \(parameter)"
        case .permissionDenied: "permission denied"
        case .expectedMore: "the method answers more than once; call it with 'more'"
        }
    }
}
