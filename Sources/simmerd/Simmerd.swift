import ArgumentParser
import Recipes
import Server
import Wire

/// The daemon's program: options in, exit code out.
@main
struct Simmerd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simmerd", abstract: "Train neural networks, and leave them training.",
        discussion: "Runs in the foreground until SIGTERM; systemd starts it, or an ordinary user does.",
        version: SimmerVersion.current,
        subcommands: [Run.self, PrintIDL.self, CheckConfig.self, Fsck.self, Version.self],
        defaultSubcommand: Run.self)
}

/// Prints what kept the program from its work and gives the exit code of sysexits(3).
func reporting(_ body: () async throws -> Int32) async -> ArgumentParser.ExitCode {
    do { return ArgumentParser.ExitCode(try await body()) } catch let error as StartError {
        Standard.error("simmerd: \(error)\n")
        return ArgumentParser.ExitCode(error.exit.rawValue)
    } catch {
        Standard.error("simmerd: \(error)\n")
        return ArgumentParser.ExitCode(Sysexit.software.rawValue)
    }
}
