import ArgumentParser
import Recipes
import Terminal
import Wire

struct DaemonScrubCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub", abstract: "Read the whole store and check it; status 8 on problems.",
        discussion: """
            EXAMPLES:
              simmer daemon scrub
              simmer daemon scrub --rate 50MiB
            """)

    @Option(help: ArgumentHelp("Read at most this much a second: 50MiB.", valueName: "size"))
    var rate: ByteRate?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let meter = Meter(screen)
        defer { meter.clear() }
        var result = Scrub.Output()
        let input = Scrub.Input(maxBytesPerSecond: rate?.bytes)
        try common.daemon().stream(Scrub.self, input, silence: nil) { output in
            meter.show(output.progress)
            if output.checkedBytes != nil || output.problems != nil { result = output }
            return true
        }
        meter.clear()
        result.progress = nil
        let problems = result.problems ?? []
        if screen.json {
            try screen.put(json: result)
        } else {
            screen.note(FindingText.lines(problems, file: nil))
            screen.put(
                "\(Size.text(result.checkedBytes ?? 0)) checked, \(problems.isEmpty ? "no problems" : counted(problems.count, "problem"))"
            )
        }
        if problems.contains(where: { $0.severity == .error }) { throw Ending(code: .problems) }
    }
}

/// Bytes on a command line: `50MiB`, `1.5GB`.
struct ByteRate: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        guard let bytes = ByteCount.parse(argument), bytes > 0 else { return nil }
        self.bytes = bytes
    }
}
