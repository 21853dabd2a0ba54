import ArgumentParser
import Recipes
import Terminal
import Wire

struct CheckpointVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read checkpoints back and compare every digest; status 8 on damage.",
        discussion: """
            EXAMPLES:
              simmer checkpoint verify mnist-cnn@last
              simmer checkpoint verify --job mnist-cnn
              simmer checkpoint verify --all
            """)

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: Completions.checkpoints)
    var checkpoints: [String] = []

    @Option(help: "Every checkpoint of this job.", completion: Completions.jobs)
    var job: String?

    @Flag(help: "Every checkpoint of the store.")
    var all = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !checkpoints.isEmpty || job != nil || all else {
            throw ValidationError("Name checkpoints, or say --job or --all.")
        }
    }

    func run() throws {
        let screen = common.screen
        let meter = Meter(screen)
        defer { meter.clear() }
        var verdicts: [Verdict] = []
        let input = VerifyCheckpoints.Input(
            checkpoints: checkpoints.isEmpty ? nil : checkpoints, job: job, all: all ? true : nil)
        let daemon = common.daemon()
        let names = screen.json ? nil : try CheckpointNames(daemon, job: job)
        try daemon.stream(VerifyCheckpoints.self, input, silence: 600) { output in
            meter.show(output.progress)
            guard let checkpoint = output.checkpoint, let state = output.state else { return true }
            let verdict = Verdict(checkpoint: checkpoint, state: state, problem: output.problem)
            verdicts.append(verdict)
            if !screen.json {
                meter.clear()
                let problem = output.problem.map { ": " + $0 } ?? ""
                screen.put(
                    Line([
                        Cell(checkpoint.prefix(12) + "  "), Cell((names?.name(checkpoint) ?? "") + "  ", .bold),
                        Cell(state == .ok ? "ok" : state.rawValue, state == .ok ? .good : .bad),
                        Cell(problem),
                    ]).rendered(screen.palette))
            }
            return true
        }
        meter.clear()
        let bad = verdicts.count { $0.state != .ok }
        if screen.json {
            try screen.put(json: Verdicts(ok: bad == 0, checkpoints: verdicts))
        } else {
            screen.note(
                bad == 0
                    ? "\(counted(verdicts.count, "checkpoint")) verified"
                    : "\(counted(bad, "checkpoint")) of \(verdicts.count) cannot be used; a resume takes the newest good one"
            )
        }
        if bad > 0 { throw Ending(code: .problems) }
    }

    private struct Verdict: Encodable {
        var checkpoint: String
        var state: VerifyState
        var problem: String?
    }

    private struct Verdicts: Encodable {
        var ok: Bool
        var checkpoints: [Verdict]
    }
}
