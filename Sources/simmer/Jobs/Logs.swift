import ArgumentParser
import Recipes
import Terminal
import Wire

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a job or the daemon has said.",
        discussion: """
            EXAMPLES:
              simmer logs mnist-cnn -n 20 -f
              simmer logs mnist-cnn --priority warning --since 2h
            """)

    @Argument(help: "The job; without one, everything the daemon keeps.", completion: Completions.jobs)
    var job: String?

    @Flag(name: [.short, .long], help: "Keep following new lines.")
    var follow = false

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("Only the last lines; 100 by default with --follow, else all.", valueName: "n"))
    var lines: Int?

    @Option(
        name: [.customShort("S"), .long],
        help: ArgumentHelp("From this time on: 2026-03-02 08:14, 08:14, or 2h (ago).", valueName: "time"))
    var since: String?

    @Option(name: [.customShort("U"), .long], help: ArgumentHelp("Up to this time.", valueName: "time"))
    var until: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("This level and worse: error, warning, notice, info or debug.", valueName: "level"))
    var priority: LogPriority?

    @Option(name: [.short, .long], help: "short: with times; cat: messages only; json: an object a line.")
    var output: Format = .short

    @OptionGroup var common: CommonOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case short, json, cat }

    func validate() throws {
        for text in [since, until].compactMap({ $0 }) where Clock.parse(text, now: Clock.now) == nil {
            throw ValidationError("'\(text)' is not a time; write 2026-03-02 08:14, 08:14, or 2h for two hours ago.")
        }
    }

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let now = Clock.now
        var input = ReadLogs.Input(
            job: job, tail: lines ?? (follow ? 100 : nil), maxPriority: priority?.rawValue,
            sinceUsec: since.flatMap { Clock.parse($0, now: now) },
            untilUsec: until.flatMap { Clock.parse($0, now: now) })
        guard follow else {
            var whole = ReadLogs.Output(entries: [], cursor: nil, dropped: 0)
            var more = true
            while more {
                input.limit = 1_000
                let page = try daemon.call(ReadLogs.self, input)
                if screen.json { whole.entries += page.entries } else { try show(page.entries, screen) }
                whole.cursor = page.cursor
                whole.dropped += page.dropped
                // A tail is whole at once; a full page may have a next one.
                more = input.tail == nil && page.entries.count == 1_000 && page.cursor != nil
                input.after = page.cursor
            }
            if screen.json { try screen.put(json: whole) }
            return
        }
        let interruption = Interruption(note: "simmer: detached; the job goes on")
        defer { interruption.end() }
        input.follow = true
        var dropped = 0
        try daemon.stream(ReadLogs.self, input, silence: nil) { output in
            if output.dropped > dropped { screen.note("simmer: \(counted(output.dropped - dropped, "line")) left out") }
            dropped = output.dropped
            if screen.json {
                for entry in output.entries { try screen.put(json: entry) }
            } else {
                try show(output.entries, screen)
            }
            return true
        }
    }

    private func show(_ entries: [LogEntry], _ screen: Screen) throws {
        let now = Clock.now
        for entry in entries {
            switch output {
            case .short: screen.put(LogText.line(entry, now: now, showJob: job == nil).rendered(screen.palette))
            case .cat: screen.put(entry.message.escaped(multiline: true))
            case .json: try screen.put(json: entry)
            }
        }
    }
}

/// A syslog level by name or number.
struct LogPriority: ExpressibleByArgument {
    var rawValue: Int

    init?(argument: String) {
        let names = LogText.levels + ["err", "warn", "crit", "emerg"]
        if let number = Int(argument), (0...7).contains(number) {
            rawValue = number
        } else if let index = names.firstIndex(of: argument.lowercased()) {
            rawValue = index < 8 ? index : [3, 4, 2, 0][index - 8]
        } else {
            return nil
        }
    }
}
