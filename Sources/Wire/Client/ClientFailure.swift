import Recipes

/// Why a call came to nothing, other than by an error that the daemon named.
public enum ClientFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody listens on any of these.
    case noDaemon(tried: [String])
    /// A daemon is there and does not let this user in.
    case notAllowed(path: String)
    /// The connection could not be made or ended in the middle of a call; whether the call had an effect is not known.
    case connectionLost(method: String, reason: String)
    case timedOut(method: String, seconds: Double)
    /// The daemon answered something that is not of this protocol.
    case protocolFault(method: String, reason: String)
    /// The daemon named an error that this client does not know.
    case unknownError(name: String, parameters: [String: JSONValue])

    public var description: String {
        switch self {
        case .noDaemon(let tried): "no daemon listens on \(tried.joined(separator: " or "))"
        case .notAllowed(let path): "permission denied on \(path)"
        case .connectionLost(let method, let reason): "the daemon went away during \(method): \(reason)"
        case .timedOut(let method, let seconds): "no answer to \(method) within \(seconds.formattedSeconds) s"
        case .protocolFault(let method, let reason): "the daemon's answer to \(method) cannot be understood: \(reason)"
        case .unknownError(let name, _): "the daemon answered \(name), which this client does not know"
        }
    }

    /// What to do next.
    public var hint: String? {
        switch self {
        case .noDaemon:
            "Start one: 'systemctl start simmerd' for the system's, or 'simmerd' in a terminal of your own. "
                + "SIMMER_SOCKET names another socket."
        case .notAllowed:
            "Users of the daemon are members of the group simmer: 'sudo usermod -aG simmer $USER', then log in again."
        case .connectionLost:
            "'simmer status' shows whether it is back; a request that changes something is safe to repeat."
        case .timedOut: "'simmer daemon status' shows whether the daemon is well."
        case .protocolFault, .unknownError:
            "Client and daemon may be of different versions: 'simmer version' shows both."
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .noDaemon, .connectionLost: .unreachable
        case .notAllowed: .permission
        case .timedOut: .timeout
        case .protocolFault, .unknownError: .failed
        }
    }
}

extension Double {
    fileprivate var formattedSeconds: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}
