import ArgumentParser
import Recipes
import Terminal
import Wire

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure a checkpoint on data.",
        discussion: """
            EXAMPLES:
              simmer evaluate mnist-cnn@best
              simmer evaluate mnist-cnn@last --split test --average ema-0.999
              simmer evaluate mnist-cnn@best --split test --calibrate
              simmer evaluate no-threes@last --split test --adjust-bias 3
              simmer evaluate mnist-cnn@best --json | jq .accuracy

            Of classes it also says how far the probabilities can be trusted: 'brier' is their mean squared error, \
            'ece' the expected calibration error in 15 bins with a bootstrap interval of 95 %, which few examples make \
            too large. --calibrate fits the temperature that the logits are best divided by, on the validation split \
            whichever split is measured, and shows the measured split before and after. --adjust-bias does the same with \
            a number to be added to the logit of each named class, so that its mean probability is its share of the \
            validation examples: for a network that was trained without them.
            """)

    @Argument(help: "The checkpoint.", completion: Completions.checkpoints)
    var checkpoint: String

    @Option(help: "validation, test or training.")
    var split: Split = .validation

    @Option(
        help: ArgumentHelp(
            "An average of the weights, like ema-0.999 or swa; the raw weights by default.", valueName: "name"))
    var average: String?

    @Flag(help: "Fit a temperature on the validation split, and show what it does.")
    var calibrate = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Fit a bias of this class on the validation split, and show what it does; may be given again, or 'all'.",
            valueName: "class"))
    var adjustBias: [String] = []

    @OptionGroup var common: CommonOptions

    enum Split: String, ExpressibleByArgument, CaseIterable { case validation, test, training }

    func run() throws {
        let screen = common.screen
        let meter = Meter(screen)
        defer { meter.clear() }
        let input = EvaluateCheckpoint.Input(
            checkpoint: checkpoint, split: split.rawValue, average: average, calibrate: calibrate ? true : nil,
            adjustBias: adjustBias.isEmpty ? nil : adjustBias)
        var evaluation: Evaluation?
        try common.daemon().stream(EvaluateCheckpoint.self, input, silence: 600) { output in
            meter.show(output.progress)
            evaluation = output.evaluation ?? evaluation
            return true
        }
        meter.clear()
        guard let evaluation else { throw Complaint("the daemon ended the evaluation without a result") }
        if screen.json { return try screen.put(json: Flat(evaluation)) }
        let weights = evaluation.average == "none" ? "" : ", \(evaluation.average)"
        screen.put(
            "\(checkpoint.escaped()), step \(Number.grouped(evaluation.step))\(weights.escaped()): "
                + "\(evaluation.split) of \(Number.grouped(evaluation.count)) examples")
        for (name, value) in evaluation.metrics.sorted(by: { $0.key < $1.key }) {
            let percent = name.hasSuffix("accuracy") ? "  (\(Number.percent(value, digits: 2)))" : ""
            screen.put("  \(name.escaped().padded(to: 12))\(Number.short(value))\(percent)")
        }
        if let speed = evaluation.answersPerSecond {
            screen.put("  a second    \(Number.grouped(Int(speed))) answers")
        }
        guard let classes = evaluation.classes else { return }
        screen.put("  brier       \(Number.short(classes.brier))")
        screen.put("  ece         \(classes.calibrationText)")
        if let adjustment = evaluation.adjustment {
            screen.put("with biases fitted on validation:")
            for adjusted in adjustment.classes {
                let sign = adjusted.bias < 0 ? "" : "+"
                screen.put(
                    "  \(adjusted.name.escaped().padded(to: 12))\(sign)\(Number.fixed(adjusted.bias, digits: 3))  "
                        + "right \(Number.percent(adjusted.before, digits: 2)) before, "
                        + "\(Number.percent(adjusted.after, digits: 2)) with")
            }
            screen.put("  accuracy    \(Number.percent(adjustment.scores.accuracy, digits: 2))")
            put(adjustment.scores, screen)
        }
        guard let calibration = evaluation.calibration else { return }
        screen.put("divided by the temperature \(Number.short(calibration.temperature)), fitted on validation:")
        put(calibration.scores, screen)
    }

    private func put(_ scores: ClassScore, _ screen: Screen) {
        if let nll = scores.nll { screen.put("  loss        \(Number.short(nll))") }
        screen.put("  brier       \(Number.short(scores.brier))")
        screen.put("  ece         \(scores.calibrationText)")
    }

    /// Each metric by its name beside the rest, so that `.accuracy` finds it.
    private struct Flat: Encodable {
        let evaluation: Evaluation

        init(_ evaluation: Evaluation) { self.evaluation = evaluation }

        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(_ name: String) { stringValue = name }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            for (name, value) in evaluation.metrics { try container.encode(value, forKey: Key(name)) }
            try container.encode(evaluation.count, forKey: Key("count"))
            try container.encode(evaluation.checkpoint, forKey: Key("checkpoint"))
            try container.encode(evaluation.step, forKey: Key("step"))
            try container.encode(evaluation.split, forKey: Key("split"))
            try container.encode(evaluation.average, forKey: Key("average"))
            try container.encodeIfPresent(evaluation.classes, forKey: Key("classes"))
            try container.encodeIfPresent(evaluation.calibration, forKey: Key("calibration"))
            try container.encodeIfPresent(evaluation.adjustment, forKey: Key("adjustment"))
            try container.encodeIfPresent(evaluation.answersPerSecond, forKey: Key("answersPerSecond"))
        }
    }
}

extension ClassScore {
    /// `0.0123  (0.0101 to 0.0162)`
    var calibrationText: String {
        "\(Number.short(ece))  (\(Number.short(eceLow)) to \(Number.short(eceHigh)))"
    }
}
