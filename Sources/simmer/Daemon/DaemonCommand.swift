import ArgumentParser

struct DaemonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "Look after the service.",
        discussion: """
            EXAMPLES:
              simmer daemon status
              simmer daemon drain --wait && simmer daemon shutdown
              simmer daemon backup
            """,
        subcommands: [
            DaemonStatusCommand.self, DaemonReloadCommand.self, DaemonDrainCommand.self, DaemonUndrainCommand.self,
            DaemonShutdownCommand.self, DaemonLogLevelCommand.self, DaemonScrubCommand.self, DaemonBackupCommand.self,
            DaemonNotifyCommand.self,
        ])
}
