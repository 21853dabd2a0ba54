/// Where a daemon listens, and where a client looks.
public enum SocketPath {
    /// The system's daemon.
    public static let system = "/run/simmer/io.simmer"

    /// A user's own daemon: below XDG_RUNTIME_DIR, else in its state directory; never below /tmp. Nil without a home.
    public static func user(environment: [String: String]) -> String? {
        if let runtime = absolute(environment["XDG_RUNTIME_DIR"]) { return "\(runtime)/simmer/io.simmer" }
        return stateDirectory(environment: environment).map { "\($0)/io.simmer" }
    }

    /// A user's own state directory: `$XDG_STATE_HOME/simmer`, else `~/.local/state/simmer`. Nil without a home.
    public static func stateDirectory(environment: [String: String]) -> String? {
        if let state = absolute(environment["XDG_STATE_HOME"]) { return "\(state)/simmer" }
        return absolute(environment["HOME"]).map { "\($0)/.local/state/simmer" }
    }

    /// Where to look, in order: SIMMER_SOCKET alone if it is set, else the user's own daemon, then the system's.
    public static func candidates(environment: [String: String]) -> [String] {
        if let named = environment["SIMMER_SOCKET"], !named.isEmpty { return [named] }
        return (user(environment: environment).map { [$0] } ?? []) + [system]
    }

    /// The XDG specification says that relative paths are to be ignored.
    private static func absolute(_ path: String?) -> String? {
        guard let path, path.hasPrefix("/") else { return nil }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
