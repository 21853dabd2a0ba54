import ArgumentParser
import Terminal
import Wire

struct DaemonLogLevelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level", abstract: "Set how much the daemon logs, until it restarts.",
        discussion: """
            EXAMPLES:
              simmer daemon log-level debug
            """)

    @Argument(
        help: "error, warning, notice, info or debug.",
        completion: .list(["error", "warning", "notice", "info", "debug"]))
    var level: LogPriority

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let reply = try common.daemon().call(SetLogLevel.self, .init(level: level.rawValue))
        if screen.json {
            try screen.put(json: reply)
        } else {
            screen.put("logs \(LogText.levels[level.rawValue]) and worse")
        }
    }
}
