import ArgumentParser
import Recipes
import Server
import Wire

/// Where the daemon keeps its state, listens and is configured.
struct Places: ParsableArguments {
    @Option(help: "The configuration file (see simmerd.conf(5)).") var config: String?
    @Option(help: "The directory of the store.") var stateDir: String?
    @Option(help: "The socket to listen on, where systemd passes none.") var socket: String?
    @Option(help: "error, warning, notice, info or debug.") var logLevel: String?

    func resolved() throws -> Options {
        try Options.resolve(
            configuration: config, stateDirectory: stateDir, socket: socket, logLevel: logLevel,
            environment: Options.environment())
    }
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the daemon (the default).")
    @OptionGroup var places: Places

    func run() async throws {
        throw await reporting { try await Server.start(try places.resolved()).run() }
    }
}

struct PrintIDL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print-idl", abstract: "Print the Varlink interface io.simmer.")
    func run() { Standard.output(Interface.description) }
}

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Read the configuration, say what is wrong with it, start nothing.")
    @OptionGroup var places: Places

    func run() async throws {
        throw await reporting {
            try Server.checkConfiguration(try places.resolved())
            return 0
        }
    }
}

struct Fsck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read every chunk and row of a store that no daemon holds, and check their digests.")
    @OptionGroup var places: Places

    func run() async throws {
        throw await reporting {
            let (bytes, problems) = try Server.checkStore(try places.resolved())
            for problem in problems { Standard.output("\(problem.severity.rawValue): \(problem.message)\n") }
            Standard.output("\(bytes) bytes read, \(problems.count) problems\n")
            return problems.isEmpty ? 0 : Sysexit.failed.rawValue
        }
    }
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")
    func run() { Standard.output("simmerd \(SimmerVersion.current)\n") }
}
