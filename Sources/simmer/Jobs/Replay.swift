import ArgumentParser
import Recipes
import Terminal
import Wire

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Do some of a job's steps again, bit for bit; status 8 where they differ.",
        discussion: """
            EXAMPLES:
              simmer replay mnist-cnn --from 4000 --to 4100
              simmer replay mnist-cnn --from 4000 --to 4100 --trace 6
              simmer replay mnist-cnn --from 0 --to 500 --json | jq '.steps[] | [.step, .loss]'

            The steps are done in a worker of their own, from the newest checkpoint at or before --from, or from the \
            first weights where there is none, with the changes that 'simmer set' made on the way, and held against the \
            checkpoints that the job left there. The job itself is not touched, and may be running. Each row is one update: its loss, the norm of \
            its gradient before clipping, its rate.

            --trace says of one layer in each update what nobody wrote down the first time: mean and deviation of what \
            it gave to the next layer, the share of zeros in it, the norms of its gradient and its weights, and how much \
            of their norm the update changed. Layers that are computed as one (a linear layer and its relu) are measured \
            behind the last of them.
            """)

    @Argument(help: "The job: a name or an id.", completion: Completions.jobs)
    var job: String

    @Option(help: ArgumentHelp("The steps after this one.", valueName: "step"))
    var from: Int

    @Option(help: ArgumentHelp("Up to this one.", valueName: "step"))
    var to: Int

    @Option(
        help: ArgumentHelp(
            "A layer, by its name in the names of exported tensors or its place in the recipe.", valueName: "layer"))
    var trace: String?

    @OptionGroup var table: TableOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard from >= 0 else { throw ValidationError("--from is at least 0.") }
        guard to > from else { throw ValidationError("--to must be greater than --from.") }
    }

    func run() throws {
        let screen = common.screen
        let meter = Meter(screen)
        defer { meter.clear() }
        var steps: [ReplayedStep] = []
        var replay: Replay?
        let input = ReplayJob.Input(job: job, fromStep: from, toStep: to, layer: trace)
        try common.daemon().stream(ReplayJob.self, input, silence: 3600) { output in
            meter.show(output.progress)
            steps += output.steps
            replay = output.replay ?? replay
            return true
        }
        meter.clear()
        guard let replay else { throw Complaint("the daemon ended the replay without a result") }
        if screen.json {
            try screen.put(json: Whole(replay: replay, steps: steps))
        } else {
            screen.put(Self.rows(steps), header: !table.noHeader)
            screen.note(FindingText.lines(replay.findings, file: nil))
            say(replay, screen)
        }
        if replay.same == false { throw Ending(code: .problems) }
    }

    private static func rows(_ steps: [ReplayedStep]) -> Table {
        let columns =
            [Column("STEP", .right), Column("LOSS", .right), Column("GRADIENT", .right), Column("RATE", .right)]
            + [("MEAN", 4), ("DEVIATION", 3), ("ZEROS", 2), ("GRADIENT", 0), ("WEIGHTS", 1), ("UPDATE", 0)].map {
                Column($0, .right, optional: true, yields: $1)
            }
        return Table(
            columns,
            rows: steps.map { step in
                let layer = step.layer
                func number(_ value: Double?) -> Cell { Cell(value.map(Number.short) ?? "") }
                return [
                    Cell(String(step.step)), number(step.loss), number(step.gradientNorm), number(step.rate),
                    number(layer?.activationMean), number(layer?.activationDeviation),
                    Cell(layer.map { Number.percent($0.zeroShare) } ?? ""), number(layer?.gradientNorm),
                    number(layer?.weightNorm), number(layer?.updateRatio),
                ]
            })
    }

    private func say(_ replay: Replay, _ screen: Screen) {
        let start = replay.checkpoint.map { "checkpoint \($0.prefix(12))" } ?? "the first weights"
        screen.note("from step \(Number.grouped(replay.startStep)), \(start.escaped())")
        for change in replay.changes {
            let values = change.values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
            screen.note(
                "with the change at step \(Number.grouped(change.step)): \(values.joined(separator: ", ").escaped())")
        }
        if replay.layers.count > 1 {
            screen.note("layers \(replay.layers.joined(separator: ", ").escaped()) are computed as one")
        }
        if replay.comparisons.isEmpty {
            screen.note(
                "there is no checkpoint after step \(replay.startStep) and up to \(replay.toStep) to compare it with")
        }
        for comparison in replay.comparisons {
            let step = "step \(Number.grouped(comparison.step)): "
            guard !comparison.same else {
                screen.put(step + "same bits: digest \((comparison.digest ?? "unknown").escaped())")
                continue
            }
            var parts: [String] = []
            if !comparison.differences.isEmpty {
                parts.append(
                    "\(counted(comparison.differences.count, "tensor")): "
                        + comparison.differences.map(Self.difference).joined(separator: ", "))
            }
            if !comparison.stateSame { parts.append("the controller's state") }
            screen.put(step + "differs in " + parts.joined(separator: ", and ").escaped())
        }
    }

    private static func difference(_ difference: TensorDifference) -> String {
        switch difference.kind {
        case "only_first": return "\(difference.name) (only then)"
        case "only_second": return "\(difference.name) (only now)"
        case "shape": return "\(difference.name) (another shape)"
        default: return difference.name + (difference.maxAbsolute.map { " (by up to \(Number.short($0)))" } ?? "")
        }
    }

    /// All of it as one object.
    private struct Whole: Encodable {
        let replay: Replay
        let steps: [ReplayedStep]

        private enum Key: String, CodingKey { case steps }

        func encode(to encoder: any Encoder) throws {
            try replay.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(steps, forKey: .steps)
        }
    }
}
