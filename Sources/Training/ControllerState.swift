import Recipes

/// What a run remembers besides its tensors. A function of the recipe and the step alone: nothing of the clock, of
/// restarts, or of when snapshots were taken may enter, because it is part of the digest.
struct ControllerState: Equatable {
    /// Sums over the steps since train metrics were last told.
    struct Window: Equatable {
        var steps = 0
        var targets = 0
        var correct = 0
        /// Of each step's mean loss.
        var loss = 0.0
        var gradientNorm = 0.0
    }
    struct Best: Equatable {
        var step: Int
        var value: Double
    }
    /// How the best moment so far did on the validation split, in groups of examples.
    struct Reference: Equatable {
        var step: Int
        var means: GroupMeans
    }
    var window = Window()
    /// By the metric of `expect`, else validation loss.
    var best: Best?
    /// The update before which the optimiser's moments were zero.
    var momentsSince = 0
    /// schedule-free-adamw: the sum of the squared rates since then, by which steps are weighed in the average; nil for
    /// other optimisers.
    var rateSquares: Double?
    /// Validation losses on a plateau of the schedule since the rate last fell, oldest first; no more than its window.
    var plateau: [Double] = []
    /// Updates from which on a plateau lowered the rate, oldest first.
    var falls: [Int] = []
    /// `stop: {test: paired}`: what must be done better for the run to go on.
    var reference: Reference?
    /// Where the run ended because nothing got better.
    var stopped: Int?
    /// Updates whose examples were left out: the order of examples is that far ahead.
    var skipped = 0
    /// What a rollback by itself follows from (`SpikeWatch`); nil where the recipe wants none.
    var spikes: [Double]?
    /// How many weights each average has taken in; none for those that take in every step's.
    var taken: [String: Int] = [:]
    var mean: [Double] = []
    var deviation: [Double] = []

    /// Canonical JSON, with the step: data order and schedule follow from it, so that equal texts and tensors mean equal
    /// futures.
    func text(step: Int) -> String {
        let best: JSONValue = best.map { .object(["step": .int($0.step), "value": .double($0.value)]) } ?? .null
        var fields: [String: JSONValue] = [
            "version": .int(1),
            "step": .int(step),
            "best": best,
            "momentsSince": .int(momentsSince),
            "normalization": .object([
                "mean": .array(mean.map { .double($0) }), "deviation": .array(deviation.map { .double($0) }),
            ]),
            "window": .object([
                "steps": .int(window.steps), "examples": .int(window.targets), "correct": .int(window.correct),
                "loss": .double(window.loss), "gradientNorm": .double(window.gradientNorm),
            ]),
        ]
        if let rateSquares { fields["rateSquares"] = .double(rateSquares) }
        if !plateau.isEmpty { fields["plateau"] = .array(plateau.map { .double($0) }) }
        if !falls.isEmpty { fields["falls"] = .array(falls.map { .int($0) }) }
        if let reference {
            fields["reference"] = .object([
                "step": .int(reference.step), "means": .array(reference.means.values.map { .double($0) }),
            ])
        }
        if skipped > 0 { fields["skipped"] = .int(skipped) }
        if let spikes { fields["spikes"] = .array(spikes.map { .double($0) }) }
        if let stopped { fields["stopped"] = .int(stopped) }
        if !taken.isEmpty { fields["averages"] = .object(taken.mapValues { .int($0) }) }
        return JSONValue.object(fields).canonicalText
    }

    init(mean: [Double], deviation: [Double]) {
        self.mean = mean
        self.deviation = deviation
    }

    /// Reads what `text` wrote; an empty text (an import) is a fresh state.
    init(_ text: String, mean: [Double], deviation: [Double]) throws(TrainingFailure) {
        self.init(mean: mean, deviation: deviation)
        if text.isEmpty || text == "{}" { return }
        let value: JSONValue
        do throws(StrictJSON.Failure) {
            value = try StrictJSON.parse(text)
        } catch {
            throw TrainingFailure(code: .internal, message: "The checkpoint's state is unreadable: \(error).")
        }
        guard case .object(let fields) = value, case .object(let sums)? = fields["window"],
            let steps = sums["steps"]?.whole, let examples = sums["examples"]?.whole,
            let correct = sums["correct"]?.whole, let loss = sums["loss"]?.number,
            let norm = sums["gradientNorm"]?.number, let since = fields["momentsSince"]?.whole
        else { throw TrainingFailure(code: .internal, message: "The checkpoint's state lacks fields: \(text).") }
        window = Window(steps: steps, targets: examples, correct: correct, loss: loss, gradientNorm: norm)
        momentsSince = since
        rateSquares = fields["rateSquares"]?.number
        plateau = fields["plateau"]?.list?.compactMap(\.number) ?? []
        falls = fields["falls"]?.list?.compactMap(\.whole) ?? []
        stopped = fields["stopped"]?.whole
        skipped = max(0, fields["skipped"]?.whole ?? 0)
        spikes = fields["spikes"]?.list?.compactMap(\.number)
        if case .object(let fields)? = fields["reference"], let step = fields["step"]?.whole,
            let means = fields["means"]?.list
        {
            reference = Reference(step: step, means: GroupMeans(values: means.compactMap(\.number)))
        }
        if case .object(let counts)? = fields["averages"] {
            taken = counts.compactMapValues(\.whole).filter { (1...Int(Amount.largestStep)).contains($0.value) }
        }
        if case .object(let fields)? = fields["best"], let step = fields["step"]?.whole,
            let value = fields["value"]?.number
        {
            best = Best(step: step, value: value)
        }
    }
}

extension JSONValue {
    fileprivate var list: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    fileprivate var whole: Int? { if case .int(let value) = self { value } else { nil } }
    fileprivate var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
