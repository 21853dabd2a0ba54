/// A layer's options while they are read: `linear: 128`, `conv2d: {channels: 32, kernel: 3}`.
struct LayerKeys: Keyed {
    var units: Layer.Units = .classes
    var channels = 1
    var kernel = 3
    var stride = 1
    /// A pooling's stride is its size unless it says otherwise.
    var poolStride: Int?
    var padding: Layer.Padding = .valid
    var bias = true
    var initial: InitialValues?
    var size = 2
    var groups = 1
    var momentum = 0.1
    var epsilon = 1e-5
    var part = 0.5
    var slope = 0.01
    var tied: String?
    var places = false
    var heads = 1
    var output = Layer.SequenceOutput.all
    var times = 1
    var layers: [Layer] = []
    var shortcut: [Layer] = []
    var shape: [Int] = []

    static var draft: LayerKeys { LayerKeys() }

    /// Layers of this version, in the order of the manual.
    static let words = [
        "linear", "conv2d", "maxpool2d", "avgpool2d", "globalaveragepool", "batchnorm", "layernorm", "rmsnorm",
        "groupnorm", "dropout", "dropout2d", "relu", "leakyrelu", "gelu", "silu", "tanh", "sigmoid", "softmax",
        "flatten", "embedding", "attention", "lstm", "gru", "residual", "repeat", "padchannels",
        "reshape", "transpose",
    ]

    static let later = [
        "rnn", "conv1d", "elu", "upsample", "convtranspose2d", "bilinear",
    ]

    static func help(_ word: String) -> String {
        switch word {
        case "linear": "`y = x Wᵀ + b`. Shape [in] to [units]."
        case "conv2d":
            "Convolution over [channels, height, width] with a square kernel. With as many groups as channels in it is "
                + "depthwise: each channel by itself."
        case "maxpool2d": "The largest value of each size × size window."
        case "avgpool2d": "The mean of each size × size window."
        case "globalaveragepool": "The mean of each channel: [channels, height, width] to [channels]."
        case "batchnorm": "Normalises each channel or feature over the batch; at evaluation by running averages."
        case "layernorm": "Normalises each example over its features."
        case "rmsnorm": "Divides each example by the root of its mean square; no mean is subtracted, no bias added."
        case "groupnorm": "Normalises each image over groups of its channels."
        case "dropout": "While training, zeroes numbers with this probability and scales the rest up."
        case "dropout2d": "The same for whole channels."
        case "relu": "max(0, x)."
        case "leakyrelu": "x, or slope × x where x is negative."
        case "gelu": "x × the share of the standard normal distribution below x (exact, not by tanh)."
        case "silu": "x / (1 + e⁻ˣ), also called swish."
        case "tanh": "The hyperbolic tangent."
        case "sigmoid": "1 / (1 + e⁻ˣ)."
        case "embedding": "Token ids to rows of a learned table: [positions] to [positions, units]. Stands first."
        case "attention":
            "Causal self-attention over [positions, features]: each position sees itself and those before it."
        case "lstm":
            "Long short-term memory over [positions, features]: [positions, units]. Each example begins with states of "
                + "zero; nothing is carried from one window to the next."
        case "gru":
            "Gated recurrent units over [positions, features]: [positions, units]. Each example begins with a state of "
                + "zero; nothing is carried from one window to the next."
        case "residual": "Adds what its layers make of a value to the value. A bare list is its layers."
        case "repeat": "The same layers several times, each time with weights of its own."
        case "reshape": "The same numbers in another shape, as PyTorch has it: `reshape: [16, 7, 7]`."
        case "transpose": "[positions, features] to [features, positions]."
        case "padchannels": "Channels of zeros before and behind those that come in, up to this many."
        case "softmax":
            "eˣ / the sum of eˣ over all features: shares of one. Not before cross-entropy, which takes it itself."
        default: "[channels, height, width] to [channels × height × width], the last running fastest."
        }
    }

    private static let biasKey = Key<LayerKeys>.boolean("bias", \.bias, .frozen, "Whether the layer has biases.")

    private static let initialKey = Key<LayerKeys>.custom(
        "initial", InitialValues.type, initial: "model.initial", .frozen,
        "How the weights begin; `model.initial` says what each means."
    ) { yaml, place, root, problems in
        root.initial = InitialValues.read(yaml, place, &problems) ?? root.initial
    }

    private static let epsilonKey = Key<LayerKeys>.number(
        "epsilon", \.epsilon, 1e-12...1, .frozen, "Added to the variance (rmsnorm: to the mean square).")

    static func table(_ word: String) -> Table<LayerKeys> {
        switch word {
        case "linear":
            Table(
                keys: [
                    unitsKey, biasKey, initialKey,
                    .text(
                        "tied", \.tied, initial: "none", .frozen, longest: 64,
                        "Name of the embedding whose weight it shares, so that there is one matrix less."),
                ], shortForms: ["": "units"], noun: "linear layer")
        case "embedding":
            Table(
                keys: [
                    unitsKey, initialKey,
                    .boolean(
                        "places", \.places, .frozen, "Whether a learned row for each place in the window is added."),
                ], shortForms: ["": "units"], noun: "embedding layer")
        case "attention":
            Table(
                keys: [
                    .integer(
                        "heads", \.heads, 1...1_024, .frozen, required: true,
                        "Parts of the features that attend by themselves; a divisor of the features."), biasKey,
                    initialKey,
                ], shortForms: ["": "heads"], noun: "attention layer")
        case "lstm", "gru":
            Table(
                keys: [
                    unitsKey,
                    .choice(
                        "output", \.output, .frozen,
                        "What goes out: every position, or the `last` one alone, [units], for one answer a sequence."),
                ], shortForms: ["": "units"], noun: "\(word) layer")
        case "residual": Table(keys: [layersKey, shortcutKey], noun: "residual block")
        case "repeat":
            Table(
                keys: [
                    .integer("times", \.times, 1...1_000, .frozen, required: true, "How often."), layersKey,
                ], noun: "repetition")
        case "reshape": Table(keys: [shapeKey], noun: "reshape layer")
        case "padchannels":
            Table(
                keys: [.integer("channels", \.channels, 1...65_536, .frozen, required: true, "Channels that go out.")],
                shortForms: ["": "channels"], noun: "padchannels layer")
        case "conv2d":
            Table(
                keys: [
                    .integer("channels", \.channels, 1...65_536, .frozen, required: true, "Channels that go out."),
                    .integer("kernel", \.kernel, 1...99, .frozen, required: true, "Height and width of the kernel."),
                    .integer("stride", \.stride, 1...99, .frozen, "Pixels from one window to the next."),
                    paddingKey, biasKey,
                    .integer(
                        "groups", \.groups, 1...65_536, .frozen,
                        "Groups of neighbouring channels, each convolved by itself; a divisor of the channels in and out."
                    ), initialKey,
                ], noun: "conv2d layer")
        case "maxpool2d", "avgpool2d":
            Table(
                keys: [
                    .integer("size", \.size, 1...99, .frozen, required: true, "Height and width of the window."),
                    .integer(
                        "stride", \.poolStride, 1...99, .frozen, initial: "size",
                        "Pixels from one window to the next."),
                ], shortForms: ["": "size"], noun: "\(word) layer")
        case "leakyrelu":
            Table(
                keys: [.number("slope", \.slope, 0...1, .frozen, "The factor on negative numbers.")],
                shortForms: ["": "slope"], noun: "leakyrelu layer")
        case "batchnorm":
            Table(
                keys: [
                    .number("momentum", \.momentum, 0.0001...1, .frozen, "The new batch's part of a running average."),
                    epsilonKey,
                ], noun: "batchnorm layer")
        case "layernorm": Table(keys: [epsilonKey, biasKey], noun: "layernorm layer")
        case "rmsnorm": Table(keys: [epsilonKey], noun: "rmsnorm layer")
        case "groupnorm":
            Table(
                keys: [
                    .integer(
                        "groups", \.groups, 1...65_536, .frozen, required: true,
                        "Groups of neighbouring channels; a divisor of the channels."), epsilonKey,
                ], shortForms: ["": "groups"], noun: "groupnorm layer")
        case "dropout", "dropout2d":
            Table(
                keys: [.number("rate", \.part, 0...0.95, .frozen, required: true, "The probability of a zero.")],
                shortForms: ["": "rate"], noun: "\(word) layer")
        default: Table(keys: [], noun: "\(word) layer")
        }
    }

    private static let unitsKey = Key<LayerKeys>.custom(
        "units", "whole number or classes", .frozen, required: true,
        "Numbers that go out; `classes` is as many as the data has classes (or numbers to predict)."
    ) { yaml, place, root, problems in
        if case .scalar("classes", _) = yaml.content {
            root.units = .classes
        } else if let count = yaml.integer(in: 1...1_000_000, at: place, &problems) {
            root.units = .count(count)
        }
    }

    private static let layersKey = Key<LayerKeys>.custom(
        "layers", "list of layers", .frozen, required: true, "The layers inside, in order."
    ) { yaml, place, root, problems in
        root.layers = read(yaml, place, &problems) ?? []
    }

    /// What a bare list stands for.
    private static let listForms = ["residual": "layers", "reshape": "shape"]

    private static let shapeKey = Key<LayerKeys>.custom(
        "shape", "list of 1 to 3 whole numbers", .frozen, required: true,
        "[features], [positions, features] or [channels, height, width]. A bare list is its shape."
    ) { yaml, place, root, problems in
        guard case .sequence(let items) = yaml.content, (1...3).contains(items.count) else {
            yaml.outOfRange("1 to 3 whole numbers", at: place, &problems)
            return
        }
        for (i, item) in items.enumerated() {
            if let size = item.integer(in: 1...(1 << 30), at: place + i, &problems) { root.shape.append(size) }
        }
    }

    private static let shortcutKey = Key<LayerKeys>.custom(
        "shortcut", "list of layers", initial: "[]", .frozen,
        "What the value passes through on its way around the layers, where their shape differs."
    ) { yaml, place, root, problems in
        if case .sequence(let items) = yaml.content, items.isEmpty { return }
        root.shortcut = read(yaml, place, &problems) ?? []
    }

    private static let paddingKey = Key<LayerKeys>.custom(
        "padding", "valid, same or whole number", initial: "valid", .frozen,
        "Zeros around the image: none, as many as keep its size (stride 1, odd kernel), or this many on each side."
    ) { yaml, place, root, problems in
        if case .scalar("valid", _) = yaml.content {
            root.padding = .valid
        } else if case .scalar("same", _) = yaml.content {
            root.padding = .same
        } else if let pixels = yaml.integer(in: 0...98, at: place, &problems) {
            root.padding = .pixels(pixels)
        }
    }

    func kind(_ word: String) -> Layer.Kind {
        switch word {
        case "linear": .linear(units: units, bias: bias, tied: tied)
        case "conv2d":
            .conv2d(
                channels: channels, kernel: kernel, stride: stride, padding: padding, bias: bias, groups: groups)
        case "maxpool2d": .maxpool2d(size: size, stride: poolStride ?? size)
        case "avgpool2d": .avgpool2d(size: size, stride: poolStride ?? size)
        case "globalaveragepool": .globalaveragepool
        case "batchnorm": .batchnorm(momentum: momentum, epsilon: epsilon)
        case "layernorm": .layernorm(epsilon: epsilon, bias: bias)
        case "rmsnorm": .rmsnorm(epsilon: epsilon)
        case "groupnorm": .groupnorm(groups: groups, epsilon: epsilon)
        case "dropout": .dropout(part)
        case "dropout2d": .dropout2d(part)
        case "relu": .relu
        case "tanh": .tanh
        case "leakyrelu": .leakyrelu(slope: slope)
        case "gelu": .gelu
        case "silu": .silu
        case "sigmoid": .sigmoid
        case "embedding": .embedding(units: units, places: places)
        case "attention": .attention(heads: heads, bias: bias)
        case "lstm": .lstm(units: units, output: output)
        case "gru": .gru(units: units, output: output)
        case "residual": .residual(layers: layers, shortcut: shortcut)
        case "repeat": .repeated(times: times, layers: layers)
        case "padchannels": .padchannels(channels: channels)
        case "reshape": .reshape(shape: shape)
        case "transpose": .transpose
        case "softmax": .softmax
        default: .flatten
        }
    }
}

extension LayerKeys {
    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [Layer]? {
        guard case .sequence(let items) = yaml.content, !items.isEmpty else {
            yaml.wantedMapping(
                "a list of layers", at: place, &problems, hint: "Write one `- linear: 128` below another.")
            return nil
        }
        guard items.count <= 1_000 else {
            yaml.outOfRange("at most 1000 layers", at: place, &problems)
            return nil
        }
        var layers: [Layer] = []
        var names: [String: Int] = [:]
        for (i, item) in items.enumerated() {
            guard let layer = read(one: item, i, place + i, &problems) else { continue }
            if let first = names.updateValue(i, forKey: layer.name) {
                problems.add(
                    "model.name", "Layers \(first) and \(i) have the same name, `\(layer.name)`.", at: place + i,
                    line: item.line)
            }
            layers.append(layer)
        }
        return layers.count == items.count ? layers : nil
    }

    private static func read(one item: Yaml, _ index: Int, _ place: Place, _ problems: inout Problems) -> Layer? {
        var word = item
        var body: Yaml?
        var name = String(index)
        if case .mapping(let all) = item.content {
            var pairs = all.filter { $0.key != Yaml.shortForm }
            if let i = pairs.firstIndex(where: { $0.key == "name" }), pairs.count > 1 {
                guard let given = layerName(pairs.remove(at: i).value, place + "name", &problems) else { return nil }
                name = given
            }
            guard let pair = pairs.first, pairs.count == 1 else {
                problems.add(
                    "value.type",
                    "A layer has one kind, and layer \(index) has \(pairs.count): "
                        + "\(KeyEntry.list(pairs.map(\.key))).", at: place, line: item.line,
                    hint:
                        "Each layer begins with its own `- `; options stand in braces: `- conv2d: {channels: 8, kernel: 3}`."
                )
                return nil
            }
            word = Yaml(content: .scalar(pair.key, plain: true), line: pair.line ?? item.line)
            body = pair.value
        }
        guard let kind = word.choice(of: words, later: later, at: place, &problems) else { return nil }
        var draft = LayerKeys()
        var inner = Problems()
        let options = table(kind)
        if let body, let key = listForms[kind], case .sequence = body.content {
            let named = Yaml(content: .mapping([.init(key: key, line: body.line, value: body)]), line: body.line)
            options.read(named, at: place + kind, into: &draft, &inner)
        } else if let body, !body.isEmpty {
            options.read(body, at: place + kind, into: &draft, &inner)
        } else {
            let empty = Yaml(content: .mapping([]), line: item.line)
            options.read(empty, at: place + kind, into: &draft, &inner)
        }
        problems.add(inner.findings)
        if inner.hasErrors { return nil }
        return Layer(kind: draft.kind(kind), name: name, line: word.line, initial: draft.initial)
    }

    private static func layerName(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> String? {
        guard let name = yaml.text(at: place, longest: 64, &problems) else { return nil }
        let isWord = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
        guard isWord, let first = name.utf8.first, !(48...57).contains(first) else {
            problems.add(
                "model.name", "`\(name)` cannot name a layer.", at: place, line: yaml.line,
                hint: "Begin with a letter; then letters, digits and `_`.")
            return nil
        }
        // What a block's shortcut is called in the names of its tensors.
        guard name != "shortcut" else {
            problems.add(
                "model.name", "`shortcut` is what a block's other way is called, and cannot name a layer.", at: place,
                line: yaml.line, hint: "Give it another name.")
            return nil
        }
        return name
    }
}
