import ArgumentParser
import Terminal
import Wire

struct DaemonStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how the daemon and its store are doing.",
        discussion: """
            EXAMPLES:
              simmer daemon status
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let status = try common.daemon().call(GetStatus.self, .init())
        if screen.json { return try screen.put(json: status) }
        screen.put(DaemonScreen.summary(status, palette: screen.palette, now: Clock.now), wrap: true)
        screen.put(
            "  Memory    \(Size.text(status.memoryBytes)); \(counted(status.connections, "connection")), "
                + counted(status.watchers, "watcher"))
        if let sent = status.notificationsSent, let failed = status.notificationsFailed, sent + failed > 0 {
            screen.put("  Notices   \(sent) sent, \(failed) failed since the start")
        }
        screen.put("  Schema    \(status.storeSchema)")
        if !status.devices.isEmpty { screen.put("  Devices   \(status.devices.joined(separator: ", ").escaped())") }
        if !status.features.isEmpty { screen.put("  Features  \(status.features.joined(separator: ", ").escaped())") }
        let limits = status.limits.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !limits.isEmpty { screen.put("  Limits    \(limits.joined(separator: ", ").escaped())") }
    }
}
