extension Recipe {
    static let dataKeys: [Key<Recipe>] = [
        .choice(
            "data.format", \.data.format, .frozen, required: true,
            "What the files hold; see DATA. digits and spirals need no file: simmer draws them from the seed."),
        .integer(
            "data.seed", \.data.seed, 0...Int.max, .frozen, initial: "seed",
            "What splits off the validation examples, and what the built-in formats are drawn from, where that is not to be "
                + "the recipe's `seed`: networks that are trained with seeds of their own on the same data."),
        .custom(
            "data.train", "files", .frozen,
            "What is learned from: `{inputs: FILE, targets: FILE}`; csv, text and images are one file. A list of "
                + "files is read as one. "
                + "Paths are relative to the recipe's file."
        ) { yaml, place, root, problems in
            root.data.train = FileSetDraft.read(yaml, place, &problems) ?? root.data.train
        },
        .custom(
            "data.validation", "fraction or files", initial: "{fraction: 0.1}", .frozen,
            "What is measured while it learns: `{fraction: 0.1}` splits the training data by seed, alike in every class "
                + "(text: its lines, or the last part of the whole); or files as in data.train."
        ) { yaml, place, root, problems in
            if case .scalar("none", true) = yaml.content { return noValidation(yaml, place, &problems) }
            guard case .mapping(let pairs) = yaml.content, pairs.contains(where: { $0.key == "fraction" }) else {
                if let files = FileSetDraft.read(yaml, place, &problems) { root.data.validation = .files(files) }
                return
            }
            guard let pair = pairs.first, pairs.count == 1 else {
                problems.add(
                    "value.type", "`\(place.dotted)` has a fraction and files; it can have one of them.", at: place,
                    line: yaml.line)
                return
            }
            let inner = place + "fraction"
            if case .scalar(let text, true) = pair.value.content, Yaml.number(text) == 0 {
                return noValidation(pair.value, inner, &problems)
            }
            if let fraction = pair.value.number(in: 0.001...0.9, at: inner, &problems) {
                root.data.validation = .fraction(fraction)
            }
        },
        .files("data.test", \.data.test, "Measured once, at the end; files as in data.train."),
        .files(
            "data.made", \.data.made,
            "Training examples that somebody made (rendered, simulated, generated): files as in data.train, in the same format. "
                + "They are learned from beside those of data.train, and never validate or test; which of those do, and what "
                + "normalises the inputs, is the same without them. `simmer check RECIPE --only R5` says how easily they are told from "
                + "real ones, `simmer improve RECIPE --only made` whether they help. Not for text, digits and spirals."),
        .files(
            "data.unlabelled", \.data.unlabelled,
            "distill: inputs that the teachers alone label: `FILE` or a list of files, in the format of data.train, whose "
                + "targets are not looked at. A student learns nothing but the teachers' answers to them."),
        .choice(
            "data.transfer", \.data.transfer, .frozen,
            "distill: how unlabelled examples are used. mixed: an epoch visits each labelled example once, and after each "
                + "an unlabelled one. only: an epoch visits the unlabelled ones, and labels are used for nothing but "
                + "measuring."),
        .custom(
            "data.without", "list of classes", initial: "[]", .frozen,
            "Classes that are left out of the training examples, but neither of those that validate and test nor of what "
                + "normalises the inputs: `[3]` is Hinton's digit that a student has never seen. See `simmer evaluate "
                + "--adjust-bias`."
        ) { yaml, place, root, problems in
            if let names = yaml.names(at: place, most: 65_535, &problems) { root.data.without = names }
        },
        .boolean(
            "data.shuffle", \.data.shuffle, .frozen,
            "Whether each epoch has an order of its own; where text is whole, whether the windows of an epoch begin "
                + "anywhere in it."),
        .custom(
            "data.normalize", "standard, unit, none or mapping", initial: "standard", .frozen,
            "standard: minus the mean, over the deviation, both of the training data, by channel or column. "
                + "unit: the data's whole range to 0 to 1. `{mean: 0.13, deviation: 0.31}` gives both."
        ) { yaml, place, root, problems in
            if let value = NormalizeDraft.read(yaml, place, &problems) { root.data.normalize = value }
        },
        .custom(
            "data.augment", "list of augmentations", initial: "[]", .frozen,
            "What is done to the training inputs, drawn anew for every example of every step; see AUGMENTATIONS."
        ) { yaml, place, root, problems in
            if let augment = AugmentKeys.read(yaml, place, &problems) { root.data.augment = augment }
        },
        .integer(
            "data.examples", \.data.examples, 100...10_000_000, .frozen, "digits, spirals: examples to draw."),
        .text(
            "data.target", \.data.target, initial: "last", .frozen, longest: 256,
            "csv: the column to predict, by the name in the first line; the last column by default."),
        .choice(
            "data.missing", \.data.missing, .frozen,
            "csv: refuse stops at an empty cell (or NA, NaN, null, none, ?) with its row and column; mean puts the mean "
                + "of the training data there, for words the share of each."),
        .integer(
            "data.classes", \.data.classes, 2...65_536, .frozen, initial: "auto",
            "idx, csv, npy: the number of classes, where the training data may lack one; else the largest label + 1. Targets are classes "
                + "where `loss` is cross-entropy, and numbers where it is mse, mae or huber. Where it is left out, words, "
                + "folders and arrays of integers are classes, and arrays of floats are numbers; numbers of a csv are "
                + "classes where they are whole and run from 0 without a gap. This key makes classes of other whole "
                + "numbers: of all below it (csv, floats of npy), or of as many different ones as it says (csv: 1 and 2, "
                + "-1 and 1). Targets that stay numbers beside it are refused."),
        .integer(
            "data.window", \.data.window, 1...65_536, .frozen,
            "text: the characters in one example, which are those before the one to predict."),
        .choice(
            "data.documents", \.data.documents, .frozen,
            "text: whole is one text whose every position has the next character as its target. lines takes each line by "
                + "itself, padded at the front with the line's end, and predicts one character."),
        .custom(
            "data.size", "[height, width] or auto", initial: "auto", .frozen,
            "images: the size that all are brought to, 1 to 4096 pixels each; auto is the one size that they have."
        ) { yaml, place, root, problems in
            if case .scalar("auto", true) = yaml.content { return }
            guard case .sequence(let sides) = yaml.content, sides.count == 2 else {
                yaml.wantedMapping("two whole numbers, [height, width]", at: place, &problems)
                return
            }
            let size = sides.enumerated().compactMap { $1.integer(in: 1...4_096, at: place + $0, &problems) }
            if size.count == 2 { root.data.size = size }
        },
        .custom(
            "data.channels", "1, 3 or auto", initial: "auto", .frozen,
            "images: 1 makes all grey, 3 keeps colours; auto is 1 where every image is grey."
        ) { yaml, place, root, problems in
            root.data.channels = yaml.choice(of: ["auto", "1", "3"], at: place, &problems).flatMap { Int($0) }
        },
    ]

    static let modelKeys: [Key<Recipe>] = [
        .custom(
            "model.layers", "list of layers", initial: "none", .frozen,
            "The network, in order; see LAYERS. Or a preset, instead."
        ) { yaml, place, root, problems in
            if let layers = LayerKeys.read(yaml, place, &problems) { root.model.layers = layers }
        },
        .custom(
            "model.preset", "one of \(PresetKeys.words.joined(separator: ", ")), or mapping", initial: "none", .frozen,
            "A well-known network by its name, with options: `{char-gpt: {depth: 6, width: 384}}`; see PRESETS."
        ) { yaml, place, root, problems in
            if let layers = PresetKeys.read(yaml, place, &problems) { root.model.layers = layers }
        },
        .choice(
            "model.head", \.model.head, .frozen,
            "How the last bias starts: at the prior of the training targets (log frequency of each class, mean of "
                + "numbers), or at zero."),
        .custom(
            "model.initial", InitialValues.type, initial: "default", .frozen,
            "How the weights of linear, conv2d, attention, embedding, lstm and gru begin, where a layer's own `initial` says "
                + "nothing. "
                + InitialValues.help
        ) { yaml, place, root, problems in
            root.model.initial = InitialValues.read(yaml, place, &problems) ?? root.model.initial
        },
        .text(
            "model.from", \.model.from, initial: "none", .frozen,
            "A checkpoint (`mnist@best`) or a .safetensors file whose weights the network starts with. Tensors are found by "
                + "their names, which are a layer's name and PyTorch's name below it, as in `0.weight`; what the model "
                + "has no use for is passed over."),
        .custom(
            "model.map", "mapping", initial: "{}", .frozen,
            "Names in `model.from`, and what the model calls those tensors: `{\"features.0.\": conv1., fc.bias: "
                + "head.bias}`. A name that ends in a dot stands for all that begin with it, any other for one tensor; "
                + "the longest counts. `\"\"` cuts the beginning off, `none` leaves the tensors out."
        ) { yaml, place, root, problems in
            root.model.map = MapDraft.read(yaml, place, &problems) ?? root.model.map
        },
        .boolean(
            "model.partial", \.model.partial, .frozen,
            "Whether tensors that `model.from` lacks keep their first values; they are an error otherwise."),
    ]

    /// Whoever wants no validation split is told why there must be one.
    private static func noValidation(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) {
        guard case .scalar(let text, _) = yaml.content else { return }
        problems.add(
            "value.range",
            "`\(place.dotted)` is \(text), but a validation split is required: how good the network is, and which checkpoint "
                + "is the best, is measured on examples that it does not learn from.", at: place, line: yaml.line,
            hint: "Write `validation: {fraction: 0.1}` (0.001 or more), or name files of validation examples.")
    }
}

/// `{features.0.: conv1.}` while it is read.
enum MapDraft {
    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [NameMapping]? {
        guard case .mapping(let pairs) = yaml.content else {
            yaml.wantedMapping("a mapping of names", at: place, &problems)
            return nil
        }
        let mappings = pairs.compactMap { read($0, place + $0.key, &problems) }
        return mappings.count == pairs.count ? mappings : nil
    }

    private static func read(_ pair: Yaml.Pair, _ place: Place, _ problems: inout Problems) -> NameMapping? {
        let isPrefix = pair.key.hasSuffix(".")
        switch pair.value.content {
        case .scalar("none", true): return NameMapping(file: pair.key, model: nil, line: pair.line)
        case .scalar("", false) where isPrefix: return NameMapping(file: pair.key, model: "", line: pair.line)
        default: break
        }
        guard let name = pair.value.text(at: place, longest: 256, &problems) else { return nil }
        guard name.hasSuffix(".") == isPrefix else {
            problems.add(
                "model.map",
                "`\(pair.key)` stands for \(isPrefix ? "all names that begin with it" : "one tensor"), and `\(name)` for "
                    + "\(isPrefix ? "one tensor" : "all names that begin with it").", at: place, line: pair.line,
                hint: "End both with a dot, or neither.")
            return nil
        }
        return NameMapping(file: pair.key, model: name, line: pair.line)
    }
}

/// `{inputs: …, targets: …}` while it is read, or one path, or a list of paths.
struct FileSetDraft: Keyed {
    var inputs: [String] = []
    var targets: [String] = []

    static var draft: FileSetDraft { FileSetDraft() }

    static let keys = Table<FileSetDraft>(
        keys: [
            .custom("inputs", "path or list of paths", .frozen, required: true, "The examples' file or files.") {
                $2.inputs = paths($0, $1, &$3) ?? []
            },
            .custom("targets", "path or list of paths", .frozen, "The labels' file or files.") {
                $2.targets = paths($0, $1, &$3) ?? []
            },
        ], noun: "file set")

    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> FileSet? {
        var draft = FileSetDraft()
        var inner = Problems()
        if case .mapping = yaml.content {
            keys.read(yaml, at: place, into: &draft, &inner)
        } else {
            draft.inputs = paths(yaml, place, &inner) ?? []
        }
        problems.add(inner.findings)
        return inner.hasErrors ? nil : FileSet(inputs: draft.inputs, targets: draft.targets)
    }

    private static func paths(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [String]? {
        guard case .sequence(let items) = yaml.content else {
            return yaml.text(at: place, &problems).map { [$0] }
        }
        // More files than a call may carry descriptors could never be sent.
        guard (1...60).contains(items.count) else {
            problems.add(
                "value.range", "`\(place.dotted)` has \(items.count) files; it must have 1 to 60.", at: place,
                line: yaml.line, hint: "Join shards into fewer files.")
            return nil
        }
        var paths: [String] = []
        for (i, item) in items.enumerated() {
            guard let path = item.text(at: place + i, &problems) else { return nil }
            paths.append(path)
        }
        return paths
    }
}

/// `{mean: …, deviation: …}` while it is read.
struct NormalizeDraft: Keyed {
    var mean: [Double] = []
    var deviation: [Double] = []

    static var draft: NormalizeDraft { NormalizeDraft() }

    static let keys = Table<NormalizeDraft>(
        keys: [
            .custom("mean", "numbers", .frozen, required: true, "One number, or one for each channel or column.") {
                $2.mean = $0.numbers(in: -1e30...1e30, count: 1...65_536, at: $1, &$3) ?? []
            },
            .custom("deviation", "numbers", .frozen, required: true, "As many as there are means; above 0.") {
                $2.deviation = $0.numbers(in: 1e-30...1e30, count: 1...65_536, at: $1, &$3) ?? []
            },
        ], noun: "normalisation")

    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> DataSource.Normalize? {
        guard case .mapping = yaml.content else {
            switch yaml.choice(of: ["standard", "unit", "none"], at: place, &problems) {
            case "standard": return .standard
            case "unit": return .unit
            case "none": return DataSource.Normalize.none
            default: return nil
            }
        }
        var draft = NormalizeDraft()
        var inner = Problems()
        keys.read(yaml, at: place, into: &draft, &inner)
        if !inner.hasErrors, draft.mean.count != draft.deviation.count {
            inner.add(
                "value.range",
                "`\(place.dotted)` has \(draft.mean.count) means and \(draft.deviation.count) deviations.", at: place,
                line: yaml.line, hint: "Give as many deviations as means.")
        }
        problems.add(inner.findings)
        return inner.hasErrors ? nil : .fixed(mean: draft.mean, deviation: draft.deviation)
    }
}
