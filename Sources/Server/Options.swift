import Glibc
import Logging
import Recipes

/// Where a daemon keeps its state, listens and reads its configuration.
public struct Options: Sendable {
    /// The configuration file, and whether a person named it (then it must exist).
    public var configuration: String
    public var configurationRequired: Bool
    public var stateDirectory: String
    public var socket: String
    public var logLevel: Logger.Level
    /// The program that runs jobs.
    public var worker: String
    /// Whether the command line or the environment chose them; else the configuration may.
    var isStateDirectoryChosen = true
    var isSocketChosen = true
    var isLogLevelChosen = true
    /// Limits in seconds on connections, where a test cannot wait for the usual ones.
    public var messageSeconds: Double?
    public var blockedSeconds: Double?

    public init(
        configuration: String, configurationRequired: Bool = false, stateDirectory: String, socket: String,
        logLevel: Logger.Level = .info, worker: String
    ) {
        self.configuration = configuration
        self.configurationRequired = configurationRequired
        self.stateDirectory = stateDirectory
        self.socket = socket
        self.logLevel = logLevel
        self.worker = worker
    }

    /// Fills what the command line leaves open from the environment: systemd's directories first, then a user's own.
    ///
    /// Without XDG_RUNTIME_DIR a user's daemon listens in its state directory, never in a directory that others may
    /// write to.
    /// - Throws: `StartError` where no directory can be named or the worker is missing.
    public static func resolve(
        configuration: String?, stateDirectory: String?, socket: String?, logLevel: String?,
        environment: [String: String]
    ) throws -> Options {
        let state = try absolute(stateDirectory ?? defaultState(environment))
        let named = configuration ?? environment["SIMMER_CONFIG"]
        let level = try logLevel.map(level) ?? .info
        var options = Options(
            configuration: try absolute(named ?? defaultConfiguration(environment)),
            configurationRequired: named != nil, stateDirectory: state,
            socket: try absolute(socket ?? environment["SIMMER_SOCKET"] ?? defaultSocket(environment, state: state)),
            logLevel: level, worker: try findWorker())
        options.isStateDirectoryChosen = stateDirectory != nil || environment["STATE_DIRECTORY"] != nil
        options.isSocketChosen = socket != nil || environment["SIMMER_SOCKET"] != nil
        options.isLogLevelChosen = logLevel != nil
        return options
    }

    /// What the command line left open is the configuration's to say.
    mutating func apply(_ configuration: Configuration) {
        if !isStateDirectoryChosen, let directory = configuration.stateDirectory {
            // The default socket lies below the state directory where there is no runtime directory.
            if socket == stateDirectory + "/io.simmer" { socket = directory + "/io.simmer" }
            stateDirectory = directory
        }
        if !isSocketChosen, let given = configuration.socket { socket = given }
        if !isLogLevelChosen { logLevel = configuration.logLevel.level }
    }

    func connectionLimits(_ configuration: Configuration) -> ConnectionLimits {
        var limits = ConnectionLimits(configuration.limits)
        limits.messageSeconds = messageSeconds ?? limits.messageSeconds
        limits.blockedSeconds = blockedSeconds ?? limits.blockedSeconds
        return limits
    }

    /// The environment of this process.
    public static func environment() -> [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { found[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return found
    }

    static func level(_ text: String) throws -> Logger.Level {
        if let level = Logger.Level(rawValue: text) { return level }
        throw StartError(
            .usage, "There is no log level '\(text)'.",
            hint: "use one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private static func defaultState(_ environment: [String: String]) throws -> String {
        // systemd separates several directories by colons; the first is ours.
        if let given = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(given) }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/simmer" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/simmer" }
        throw StartError(.usage, "There is no HOME to keep the store in.", hint: "name a directory with --state-dir")
    }

    private static func defaultSocket(_ environment: [String: String], state: String) -> String {
        if environment["STATE_DIRECTORY"] != nil { return "/run/simmer/io.simmer" }
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") { return runtime + "/simmer/io.simmer" }
        return state + "/io.simmer"
    }

    private static func defaultConfiguration(_ environment: [String: String]) -> String {
        if let given = environment["CONFIGURATION_DIRECTORY"]?.split(separator: ":").first {
            return given + "/simmerd.yaml"
        }
        let system = "/etc/simmer/simmerd.yaml"
        if environment["STATE_DIRECTORY"] != nil || geteuid() == 0 { return system }
        let home = environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { $0 + "/.config" }
        guard let own = home.map({ $0 + "/simmer/simmerd.yaml" }), access(own, F_OK) == 0 else { return system }
        return own
    }

    /// Beside the running program, else in `../libexec/simmer`.
    private static func findWorker() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { throw StartError(.system, "/proc/self/exe cannot be read; is /proc mounted?") }
        let program = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = program[..<(program.lastIndex(of: "/") ?? program.startIndex)]
        let candidates = ["\(folder)/simmer-worker", "\(folder)/../libexec/simmer/simmer-worker"]
        if let found = candidates.first(where: { access($0, X_OK) == 0 }) { return found }
        throw StartError(
            .unavailable, "The program simmer-worker was not found at \(candidates.joined(separator: " or ")).",
            hint: "build all programs, or run `make install` again")
    }

    private static func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { throw StartError(.system, "The current directory cannot be named.") }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }
}
