import ArgumentParser
import Wire

struct DaemonShutdownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shutdown", abstract: "End the daemon; jobs go on from where they were when it starts again.",
        discussion: """
            EXAMPLES:
              simmer daemon shutdown
              simmer daemon shutdown --mode interrupt
            """)

    @Option(help: "checkpoint: every job saves first; interrupt: at once.")
    var mode: Mode = .checkpoint

    @OptionGroup var common: CommonOptions

    enum Mode: String, ExpressibleByArgument, CaseIterable { case checkpoint, interrupt }

    func run() throws {
        let screen = common.screen
        let input = Shutdown.Input(mode: mode == .checkpoint ? .checkpoint : .interrupt)
        do {
            _ = try common.daemon(timeout: 600).call(Shutdown.self, input, repeats: false)
        } catch ClientFailure.connectionLost(let method, _) where method.hasSuffix("Shutdown") {
            // Gone before it could answer is what was asked for.
        }
        if screen.json { try screen.put(json: Shutdown.Output()) } else { screen.put("the daemon ends") }
    }
}
