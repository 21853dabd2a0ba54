import Glibc
import Logging
import Recipes

/// The daemon's configuration on disk.
enum ConfigurationFile {
    static let largest = 1 << 20

    /// Reads it; an absent file that nobody named gives the defaults.
    /// - Throws: `StartError` (configuration) with every finding.
    static func read(_ options: Options) throws -> Configuration {
        let file = open(options.configuration, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR, !options.configurationRequired { return Configuration() }
            throw StartError(
                .configuration, "The configuration \(options.configuration) cannot be opened: \(ErrorText.of(errno)).",
                hint: "name another one with --config")
        }
        defer { close(file) }
        let text = try contents(file, options.configuration)
        let (configuration, findings) = Configuration.read(text)
        guard let configuration else {
            let lines = findings.filter { $0.severity == .error }.map { finding in
                "\(options.configuration):\(finding.line.map { "\($0):" } ?? "") \(finding.message)"
                    + (finding.hint.map { " (\($0))" } ?? "")
            }
            var error = StartError(.configuration, lines.joined(separator: "\n"))
            error.findings = findings
            throw error
        }
        return configuration
    }

    private static func contents(_ file: Int32, _ path: String) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 {
                throw StartError(.configuration, "The configuration \(path) cannot be read: \(ErrorText.of(errno)).")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > largest {
                throw StartError(
                    .configuration, "The configuration \(path) is larger than 1 MiB: is it the right file?")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StartError(.configuration, "The configuration \(path) is not UTF-8.")
        }
        return text
    }
}

extension Configuration {
    /// Keys that differ, and those of them that need a restart.
    func differences(to new: Configuration) -> (changed: [String], restart: [String]) {
        let keys: [(String, Bool, Bool)] = [
            ("slots", slots != new.slots, false), ("threads", threads != new.threads, false),
            ("state_directory", stateDirectory != new.stateDirectory, true), ("socket", socket != new.socket, true),
            ("checkpoint_grace", checkpointGrace != new.checkpointGrace, false),
            ("log_level", logLevel != new.logLevel, false), ("nice", nice != new.nice, true),
            ("roles", roles != new.roles, false),
            (
                "limits", limits != new.limits,
                limits.connections != new.limits.connections
                    || limits.connectionsPerUser != new.limits.connectionsPerUser
                    || limits.messageBytes != new.limits.messageBytes
            ),
            ("store", store != new.store, store.deletionGrace != new.store.deletionGrace),
            ("polite", polite != new.polite, false),
            ("notify", notify != new.notify || sendmail != new.sendmail || silence != new.silence, false),
        ]
        return (keys.filter { $0.1 }.map(\.0), keys.filter { $0.1 && $0.2 }.map(\.0))
    }
}

extension Configuration.LogLevel {
    var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}
