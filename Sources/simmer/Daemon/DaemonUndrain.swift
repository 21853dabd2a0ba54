import ArgumentParser
import Wire

struct DaemonUndrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Let jobs start again.",
        discussion: """
            EXAMPLES:
              simmer daemon undrain
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let reply = try common.daemon().call(Drain.self, .init(cancel: true))
        if screen.json { try screen.put(json: reply) } else { screen.put("jobs start again") }
    }
}
