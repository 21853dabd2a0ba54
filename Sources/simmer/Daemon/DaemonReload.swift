import ArgumentParser
import Wire

struct DaemonReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Read the configuration again; returns when it is in force.",
        discussion: """
            EXAMPLES:
              simmer daemon reload
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let reply = try common.daemon().call(Reload.self, .init())
        if screen.json { return try screen.put(json: reply) }
        screen.put(
            reply.changed.isEmpty
                ? "nothing has changed" : "changed: \(reply.changed.joined(separator: ", ").escaped())")
        if !reply.restartNeeded.isEmpty {
            screen.note("needs a restart: \(reply.restartNeeded.joined(separator: ", ").escaped())")
        }
    }
}
