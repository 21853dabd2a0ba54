/// What single keys cannot know: which fit together, and which are most likely a mistake.
extension Recipe {
    func check(_ tree: Yaml, written: Set<String>, _ problems: inout Problems) {
        checkData(tree, written, &problems)
        checkNetwork(tree, written, &problems)
        checkWeights(tree, written, &problems)
        checkLoss(tree, written, &problems)
        checkTeachers(tree, written, &problems)
        checkMembers(tree, written, &problems)
        checkLastLayer(&problems)
        checkOptimizer(tree, written, &problems)
        checkScheduleFree(tree, &problems)
        checkSchedule(tree, &problems)
        checkAverages(tree, written, &problems)
        if examplesPerUpdate > Self.mostRowsPerUpdate {
            problems.add(
                "batch.too_large",
                "A step has `batch` × `accumulate` = \(examplesPerUpdate) examples; at most "
                    + "\(Self.mostRowsPerUpdate) are counted.", at: Place(keys: ["accumulate"]),
                line: tree.line(of: ["accumulate"]), hint: "Accumulate fewer batches, or take smaller ones.")
        }
        if let expect, let average = expect.metric.split(separator: "@").dropFirst().first,
            !averages.all.contains(where: { average == $0.name })
        {
            problems.add(
                "value.metric", "`expect.metric` is `\(expect.metric)`, but no such average is kept.",
                at: Place(keys: ["expect", "metric"]), line: tree.line(of: ["expect", "metric"]),
                hint: average.hasPrefix("ema-")
                    ? "Add it: `average: {ema: [\(average.dropFirst(4))]}`."
                    : "Averages are called like ema-0.999, lawa-500x5 and swa; `average` says which are kept.")
        }
        if expect?.metric.hasPrefix("test.") == true, data.test == nil, data.format.readsFiles {
            problems.add(
                "value.metric", "`expect.metric` is of test data, and the recipe names none.",
                at: Place(keys: ["expect", "metric"]), line: tree.line(of: ["expect", "metric"]),
                hint: "Name `data.test`, or expect a validation metric.")
        }
    }

    /// Either layers or a preset.
    private func checkNetwork(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        let hasLayers = written.contains("model.layers")
        guard hasLayers == written.contains("model.preset") else { return }
        let keys = hasLayers ? ["model", "preset"] : ["model", "layers"]
        problems.add(
            hasLayers ? "model.preset" : "key.missing",
            hasLayers
                ? "`model` has layers and a preset; it can have one of them."
                : "`model.layers` is missing: the network, in order.", at: Place(keys: keys), line: tree.line(of: keys),
            hint: hasLayers ? "Remove one." : "Write layers, or `model: {preset: mlp}`.")
    }

    private func checkData(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        func add(_ code: String, _ key: String, _ message: String, _ hint: String?) {
            let keys = ["data", key]
            problems.add(code, message, at: Place(keys: keys), line: tree.line(of: keys), hint: hint)
        }
        guard written.contains("data.format") else { return }
        let word = data.format.rawValue
        for (key, formats) in DataSource.ownKeys
        where !formats.contains(data.format) && written.contains("data.\(key)") {
            add(
                "data.files", key, "`data.\(key)` has no meaning for `format: \(word)`.",
                "Remove it: it is for \(formats.map(\.rawValue).joined(separator: ", ")).")
        }
        if data.format == .text { checkText(written, add) }
        if !data.format.readsFiles {
            for key in ["train", "test", "made", "unlabelled"] where written.contains("data.\(key)") {
                add(
                    "data.files", key, "`data.\(key)` has no meaning with the built-in `\(word)`.",
                    "Remove it; or name the format of the file, as in `format: idx`.")
            }
            if case .files = data.validation {
                add(
                    "data.files", "validation", "The built-in `\(word)` has no files to validate with.",
                    "Write `validation: {fraction: 0.1}`.")
            }
            return
        }
        if data.train == nil, !written.contains("data.train") {
            add(
                "key.missing", "train", "`data.train` is missing: the files to learn from.",
                data.format.holdsTargets ? "Write `train: FILE`." : "Write `train: {inputs: FILE, targets: FILE}`.")
        }
        var sets: [(String, FileSet)] = []
        if let train = data.train { sets.append(("train", train)) }
        if case .files(let set) = data.validation { sets.append(("validation", set)) }
        if let test = data.test { sets.append(("test", test)) }
        if let made = data.made { sets.append(("made", made)) }
        for (key, set) in sets {
            if data.format.holdsTargets {
                guard !set.targets.isEmpty else { continue }
                add(
                    "data.files", key,
                    "`data.\(key)` names a file of targets; files of `format: \(word)` hold their own.",
                    data.format == .csv ? "Name the column with `data.target`." : "Write `\(key): FILE`.")
            } else if set.targets.isEmpty {
                add("data.files", key, "`data.\(key)` names no targets.", "Write `{inputs: FILE, targets: FILE}`.")
            } else if set.targets.count != set.inputs.count {
                add(
                    "data.files", key,
                    "`data.\(key)` names \(set.inputs.count) files of inputs and \(set.targets.count) of targets.",
                    "Each shard needs both.")
            }
        }
        if data.unlabelled?.targets.isEmpty == false {
            add(
                "data.files", "unlabelled", "`data.unlabelled` names targets; the teachers alone label these examples.",
                "Write `unlabelled: FILE`.")
        }
        // A call carries at most 64 descriptors.
        if filePaths.count > 60 {
            add(
                "data.files", "train", "The recipe names \(filePaths.count) files; at most 60 can be sent.",
                "Join shards into fewer files.")
        }
    }

    private func checkWeights(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        for key in ["map", "partial"] where model.from == nil && written.contains("model.\(key)") {
            let keys = ["model", key]
            problems.add(
                "model.map", "`model.\(key)` has no meaning without `model.from`.", at: Place(keys: keys),
                line: tree.line(of: keys), hint: "Name a checkpoint or a .safetensors file there.")
        }
    }

    /// Token ids are names: there is nothing to normalise or to move.
    private func checkText(_ written: Set<String>, _ add: (String, String, String, String?) -> Void) {
        if written.contains("data.normalize"), data.normalize != .none {
            add(
                "data.normalize", "normalize",
                "`data.normalize` has no meaning for text: its characters are not quantities.",
                "Remove it.")
        }
        if data.made != nil {
            add(
                "data.text", "made",
                "`data.made` has no meaning for text: its windows are read from one text, whoever wrote it.",
                "Remove it.")
        }
        for key in ["unlabelled", "without"] where written.contains("data.\(key)") {
            add(
                "data.text", key,
                "`data.\(key)` has no meaning for text: every character is the target of those before.",
                "Remove it.")
        }
        if !data.augment.isEmpty {
            add("data.augment", "augment", "No augmentation applies to text.", "Remove `data.augment`.")
        }
    }

    private func checkLoss(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        let owners: [(String, Loss.Kind)] = [
            ("label_smoothing", .crossEntropy), ("class_weights", .crossEntropy),
            ("positive_weight", .binaryCrossEntropy), ("delta", .huber),
        ]
        for (key, owner) in owners where written.contains("loss.\(key)") {
            guard let kind = loss?.kind, kind != owner else { continue }
            let keys = ["loss", key]
            problems.add(
                "loss.option", "`loss.\(key)` has no meaning for \(kind.rawValue).", at: Place(keys: keys),
                line: tree.line(of: keys), hint: "Remove it, or choose `loss.kind: \(owner.rawValue)`.")
        }
    }

    private func checkTeachers(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        guard kind == .distill else {
            for key in Self.studentKeys where written.contains(key) {
                let keys = key.split(separator: ".").map(String.init)
                problems.add(
                    "distill.kind", "`\(key)` has no meaning for `kind: \(kind.rawValue)`.", at: Place(keys: keys),
                    line: tree.line(of: keys), hint: "Write `kind: distill`, or remove it.")
            }
            return
        }
        checkTransfer(tree, written, &problems)
        checkCached(tree, &problems)
        if teachers.isEmpty {
            let key = written.contains("teachers") ? "teachers" : "kind"
            problems.add(
                "distill.teachers", "`kind: distill` has no teachers.", at: Place(keys: ["teachers"]),
                line: tree.line(of: [key]), hint: "Name checkpoints: `teachers: [big@best]`.")
        }
        if let index = data.augment.firstIndex(where: { if case .mixup = $0 { true } else { false } }),
            loss?.classWeights.isEmpty == false
        {
            let keys = ["data", "augment", String(index)]
            problems.add(
                "distill.mixup", "A mixed example has two labels, and a student's example counts by the weight of one.",
                at: Place(keys: keys), line: tree.line(of: keys), hint: "Remove `mixup` or `loss.class_weights`.")
        }
        if let loss, loss.kind != .crossEntropy {
            problems.add(
                "distill.loss", "A student learns by cross-entropy, and `loss.kind` is \(loss.kind.rawValue).",
                at: Place(keys: ["loss", "kind"]), line: tree.line(of: ["loss", "kind"]), hint: "Leave `loss` out.")
        }
    }

    private func checkMembers(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        func add(_ code: String, _ key: String, at line: String? = nil, _ message: String, _ hint: String) {
            problems.add(code, message, at: Place(keys: [key]), line: tree.line(of: [line ?? key]), hint: hint)
        }
        guard kind == .ensemble else {
            // One member's recipe is the ensemble's, with `members: none` laid over it.
            if written.contains("members"), members == nil { return }
            for key in ["members", "combine", "greedy"] where written.contains(key) {
                add(
                    "ensemble.kind", key, "`\(key)` has no meaning for `kind: \(kind.rawValue)`.",
                    "Write `kind: ensemble`, or remove it.")
            }
            return
        }
        switch members {
        case nil:
            add(
                "ensemble.members", "members", at: written.contains("members") ? "members" : "kind",
                "`kind: ensemble` does not say of how many.", "Write `members: 5`.")
        case 1:
            add(
                "ensemble.one", "members", "An ensemble of one is a run: there is nothing to put together.",
                "Write `members: 5`, or `kind: train`.")
        default: break
        }
        if combine == .vote, greedy {
            add(
                "ensemble.vote", "greedy", "Votes have no likelihood that an order could be chosen by.",
                "Remove `greedy`, or take the mean of the probabilities.")
        }
        if until == .forever {
            add(
                "ensemble.forever", "until", at: written.contains("until") ? "until" : "kind",
                "The members train for ever, and an ensemble is measured when all have reached their end.",
                "Say where: `until: {steps: 20000}`.")
        }
    }

    /// Answers that are kept are answers to examples that never change.
    private func checkCached(_ tree: Yaml, _ problems: inout Problems) {
        guard targets == .cached else { return }
        func add(_ keys: [String], _ what: String, _ hint: String) {
            let place = tree.line(of: keys).map { " in line \($0)" } ?? ""
            problems.add(
                "distill.cached",
                "`targets: cached` keeps the answers to examples as they are, and `\(keys.joined(separator: "."))`\(place) "
                    + what, at: Place(keys: ["targets"]), line: tree.line(of: ["targets"]), hint: hint)
        }
        if !data.augment.isEmpty {
            add(["data", "augment"], "changes them every time.", "Write `targets: live`, or augment nothing.")
        }
        if data.format == .text, data.documents == .whole, data.shuffle {
            let key = tree.line(of: ["data", "shuffle"]) == tree.line(of: ["data"]) ? ["data"] : ["data", "shuffle"]
            add(
                key, "lets windows of the text begin anywhere.",
                "Write `targets: live`, or `data: {shuffle: false}`.")
        }
    }

    /// What unlabelled examples do not go with.
    private func checkTransfer(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        func add(_ keys: [String], _ message: String, _ hint: String) {
            problems.add(
                "distill.unlabelled", message, at: Place(keys: keys), line: tree.line(of: keys), hint: hint)
        }
        guard data.unlabelled != nil else {
            if written.contains("data.transfer") {
                add(
                    ["data", "transfer"], "`data.transfer` has no meaning without `data.unlabelled`.",
                    "Name files there, or remove it.")
            }
            return
        }
        if loss?.classWeights.isEmpty == false {
            add(
                ["data", "unlabelled"], "An unlabelled example has no class whose weight it could count by.",
                "Remove `data.unlabelled` or `loss.class_weights`.")
        }
    }

    /// A squashing that the loss does as well.
    private func checkLastLayer(_ problems: inout Problems) {
        guard let index = model.layers.indices.last else { return }
        let word = model.layers[index].kind.word
        let kind = loss?.kind ?? .crossEntropy
        switch (word, kind) {
        case ("softmax", .crossEntropy), ("softmax", .binaryCrossEntropy), ("sigmoid", .binaryCrossEntropy): break
        default: return
        }
        let own = kind == .crossEntropy ? "softmax" : "sigmoid"
        problems.add(
            "model.double_softmax",
            "The last layer is \(word), and \(kind.rawValue) takes the \(own) of what the network says itself: after two "
                + "of them no answer can be sure, and gradients are small.",
            at: Place(keys: ["model", "layers", String(index)]), line: model.layers[index].line,
            hint: "Remove the layer; predictions are probabilities without it.", severity: .warning)
    }

    private func checkOptimizer(_ tree: Yaml, _ written: Set<String>, _ problems: inout Problems) {
        let kind = optimizer.kind
        let own =
            switch kind {
            case .sgd: ["momentum", "nesterov"]
            case .adam, .adamw, .scheduleFreeAdamw: ["betas", "epsilon"]
            case .rmsprop: ["alpha", "momentum", "epsilon"]
            case .adagrad: ["epsilon"]
            }
        for key in ["momentum", "nesterov", "betas", "alpha", "epsilon"]
        where !own.contains(key) && written.contains("optimizer.\(key)") {
            let keys = ["optimizer", key]
            problems.add(
                "optimizer.option", "`optimizer.\(key)` has no meaning for \(kind.rawValue).", at: Place(keys: keys),
                line: tree.line(of: keys), hint: "Remove it, or choose another `optimizer.kind`.")
        }
        if kind == .sgd, optimizer.nesterov, optimizer.momentum == 0 {
            problems.add(
                "optimizer.option", "`optimizer.nesterov` needs momentum.", at: Place(keys: ["optimizer", "nesterov"]),
                line: tree.line(of: ["optimizer", "nesterov"]), hint: "Add `momentum: 0.9`.")
        }
        let usual =
            switch kind {
            case .sgd: 1e-6...1.0
            case .adagrad: 1e-5...1.0
            case .scheduleFreeAdamw: 1e-6...1e-1
            case .adam, .adamw, .rmsprop: 1e-7...1e-2
            }
        if !usual.contains(optimizer.rate) {
            problems.add(
                "optimizer.rate",
                "The rate \(optimizer.rate) is far from what \(kind.rawValue) is used with "
                    + "(\(KeyEntry.range(usual))).", at: Place(keys: ["optimizer", "rate"]),
                line: tree.line(of: ["optimizer", "rate"]), hint: "3e-4 is a good first try for adam, 0.1 for sgd.",
                severity: .warning)
        }
    }

    /// What schedule-free optimisation does not go with.
    private func checkScheduleFree(_ tree: Yaml, _ problems: inout Problems) {
        guard optimizer.kind == .scheduleFreeAdamw else { return }
        let decays: Set<Segment.Shape> = [.linear, .cosine, .oneMinusSqrt, .step, .plateau]
        if let index = schedule.firstIndex(where: { decays.contains($0.shape) }) {
            let keys = ["schedule", String(index)]
            problems.add(
                "optimizer.schedule",
                "Segment \(index) lowers the rate; schedule-free-adamw averages its steps instead, and learns less so.",
                at: Place(keys: keys), line: tree.line(of: keys), hint: "Hold the rate, perhaps after a warmup.",
                severity: .warning)
        }
        if let index = model.layers.firstIndex(where: \.hasBatchNorm) {
            problems.add(
                "optimizer.batchnorm",
                "Layer \(index)'s running statistics come from the weights that schedule-free-adamw takes gradients at, "
                    + "not from the average that is measured and kept.",
                at: Place(keys: ["model", "layers", String(index)]), line: model.layers[index].line,
                hint: "Use `groupnorm` or `layernorm`, or another optimiser.", severity: .warning)
        }
    }

    private func checkSchedule(_ tree: Yaml, _ problems: inout Problems) {
        let hasTotal: Bool
        switch until {
        case .steps, .epochs: hasTotal = true
        case .seconds, .share, .forever: hasTotal = false
        }
        var shares = 0.0
        for (i, segment) in schedule.enumerated() {
            guard case .share(let part) = segment.length else { continue }
            shares += part
            if !hasTotal {
                let keys = ["schedule", String(i)]
                problems.add(
                    "schedule.no_total",
                    "Segment \(i) is \(segment.length) of the run, but the run has no total number of steps.",
                    at: Place(keys: keys), line: tree.line(of: keys),
                    hint: "Give the segment in steps, or end the run with `until: {steps: …}`.")
            }
        }
        for (key, amount) in [("evaluate", evaluate), ("checkpoint", checkpoint.every)] where !hasTotal {
            guard case .share = amount else { continue }
            problems.add(
                "schedule.no_total", "`\(key).every` is \(amount) of the run, which has no total number of steps.",
                at: Place(keys: [key, "every"]), line: tree.line(of: [key, "every"]),
                hint: "Give it in steps or epochs.")
        }
        checkWatching(tree, &problems)
        checkEnd(tree, &problems)
        // A hair above one is rounding of shares such as 33.4 %.
        if shares > 1.001 {
            problems.add(
                "schedule.too_long", "The segments' shares add up to \(Amount.share(shares)).",
                at: Place(keys: ["schedule"]), line: tree.line(of: ["schedule"]),
                hint: "Make them 100 % or less.")
        }
    }

    /// What goes by evaluations needs some.
    private func checkWatching(_ tree: Yaml, _ problems: inout Problems) {
        guard evaluate == .forever else { return }
        let why = "it is measured at the end only"
        if let index = schedule.firstIndex(where: { $0.shape == .plateau }) {
            let keys = ["schedule", String(index)]
            problems.add(
                "schedule.plateau", "Segment \(index) goes by the validation loss, and \(why).", at: Place(keys: keys),
                line: tree.line(of: keys), hint: "Write `evaluate: 1 epoch`.")
        }
        if stop.patience != .forever {
            problems.add(
                "stop.evaluate", "`stop` goes by validation data, and \(why).", at: Place(keys: ["stop"]),
                line: tree.line(of: ["stop"]), hint: "Write `evaluate: 1 epoch`.")
        }
    }

    /// Where no length depends on the data, the schedule's end is known already.
    private func checkEnd(_ tree: Yaml, _ problems: inout Problems) {
        guard case .steps = until else { return }
        for segment in schedule { if case .epochs = segment.length { return } }
        do {
            for finding in try Schedule(recipe: self, stepsPerEpoch: 1).findings {
                var finding = finding
                finding.line = tree.line(of: [
                    "schedule", finding.path?.split(separator: "/").last.map(String.init) ?? "",
                ])
                problems.add([finding])
            }
        } catch {
            // A schedule that cannot be resolved has its own finding.
            assert(problems.hasErrors)
        }
    }
}

extension DataSource {
    /// Keys of `data` that belong to some formats only.
    fileprivate static let ownKeys: [(key: String, formats: [Format])] = [
        ("examples", [.digits, .spirals]), ("target", [.csv]), ("missing", [.csv]),
        ("classes", [.idx, .csv, .npy]),
        ("window", [.text]), ("documents", [.text]), ("size", [.images]), ("channels", [.images]),
    ]
}

extension Yaml {
    /// The line of the value at a path, or of the nearest thing around it.
    func line(of keys: [String]) -> Int? {
        guard let key = keys.first else { return line }
        switch content {
        case .mapping(let pairs):
            guard let pair = pairs.first(where: { $0.key == key }) else { return line }
            return keys.count == 1 ? pair.line : pair.value.line(of: Array(keys.dropFirst()))
        case .sequence(let values):
            guard let i = Int(key), values.indices.contains(i) else { return line }
            return values[i].line(of: Array(keys.dropFirst()))
        case .scalar: return line
        }
    }
}
