import ArgumentParser
import Terminal
import Wire

struct DaemonDrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Start no more jobs.",
        discussion: """
            EXAMPLES:
              simmer daemon drain
              simmer daemon drain --stop-running --wait --timeout 10min

            Jobs that run go on; 'simmer daemon undrain' lets others start again.
            """)

    @Flag(help: "Stop the running jobs, each with a last checkpoint.")
    var stopRunning = false

    @Flag(help: "Return when no job runs any more.")
    var wait = false

    @Option(help: ArgumentHelp("Give up waiting after this long: 90, 10min.", valueName: "time"))
    var timeout: TimeSpan?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let screen = common.screen
        let daemon = common.daemon()
        let input = Drain.Input(stopRunning: stopRunning ? true : nil, timeoutUsec: timeout?.microseconds)
        var last: Drain.Output?
        if wait {
            let interruption = Interruption(note: "simmer: no longer waiting; the daemon keeps draining")
            defer { interruption.end() }
            try daemon.stream(Drain.self, input, silence: nil) { output in
                if output.remaining != last?.remaining, !screen.json {
                    screen.note("\(counted(output.remaining, "job")) still run\(output.remaining == 1 ? "s" : "")")
                }
                last = output
                return true
            }
        } else {
            last = try daemon.call(Drain.self, input)
        }
        guard let last else { return }
        if screen.json {
            try screen.put(json: last)
        } else {
            screen.put("draining; \(counted(last.remaining, "job")) left")
        }
        if wait && last.remaining > 0 { throw Ending(code: .timeout) }
    }
}
