import ArgumentParser
import Terminal

/// Which daemon, and how the answer looks: every command takes these.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print JSON: one object, or one a line with --follow and in watch.")
    var json = false

    @Option(help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
    var color: ColorChoice = .auto

    @Option(
        help: ArgumentHelp(
            "Socket of the daemon; else $SIMMER_SOCKET, the user's own daemon, the system's.", valueName: "path"),
        completion: .file())
    var socket: String?

    var screen: Screen { Screen(json: json, color: color) }

    func daemon(timeout: Double = 30) -> Daemon { Daemon(socket: socket, timeout: timeout) }
}

/// How a table is cut.
struct TableOptions: ParsableArguments {
    @Flag(help: "Leave out the titles of the columns.")
    var noHeader = false
}

enum ColorChoice: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

/// Waiting for a job that a command has started.
struct FollowOptions: ParsableArguments {
    @Flag(help: "Return when the job has ended; exit status 9 if it failed.")
    var wait = false

    @Flag(help: "Show the job's progress until it has ended.")
    var follow = false

    @Flag(help: "Print nothing but the id of the job.")
    var idOnly = false
}

/// Consent to what cannot be taken back.
struct ConsentOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Say what would happen, and do nothing.")
    var dryRun = false
}

/// `KEY=VALUE` of a command line.
struct Assignment: ExpressibleByArgument {
    var key: String
    var value: String

    init?(argument: String) {
        guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex else { return nil }
        key = String(argument[..<mark])
        value = String(argument[argument.index(after: mark)...])
    }

    /// The last value of each key wins, as with any option that is given twice.
    static func dictionary(_ assignments: [Assignment]) -> [String: String] {
        Dictionary(assignments.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }
}

/// A length of time on a command line: `90`, `10min`, `2h`.
struct TimeSpan: ExpressibleByArgument {
    var microseconds: Int

    init?(argument: String) {
        guard let microseconds = Span.parse(argument) else { return nil }
        self.microseconds = microseconds
    }
}
