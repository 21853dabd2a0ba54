import ArgumentParser
import Terminal
import Wire

struct VersionCommand: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the versions of client and daemon.",
        discussion: """
            EXAMPLES:
              simmer version
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        var answer: GetStatus.Output?
        // A version is asked for when things do not work: no daemon is an answer, not a failure.
        do { answer = try common.daemon(timeout: 2).call(GetStatus.self, .init(), repeats: false) } catch {
            if !screen.json { screen.note("no daemon answers: \(Complaint(error)?.message.escaped() ?? "")") }
        }
        if screen.json { return try screen.put(json: Versions(client: Self.version, daemon: answer?.version)) }
        screen.put("simmer \(Self.version)")
        if let daemon = answer?.version { screen.put("simmerd \(daemon.escaped())") }
    }

    private struct Versions: Encodable {
        var client: String
        var daemon: String?
    }
}
