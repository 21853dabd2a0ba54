/// A preset's options while they are read: `preset: resnet20`, `preset: {char-gpt: {depth: 6, width: 384}}`.
struct PresetKeys: Keyed {
    var depth = 2
    var width = 256
    var heads = 4
    var embedding = 256
    var dropout = 0.0

    static var draft: PresetKeys { PresetKeys("mlp") }

    /// Those of one preset.
    init(_ word: String) {
        switch word {
        case "resnet20": (depth, width) = (3, 16)
        case "char-mlp": (embedding, width) = (10, 200)
        case "char-gpt": (depth, width) = (4, 128)
        default: break
        }
    }

    /// In the order of the manual.
    static let words = [
        "linear", "mlp", "lenet", "resnet20", "lecun1989", "char-mlp", "char-lstm", "char-gpt",
    ]

    static func help(_ word: String) -> String {
        switch word {
        case "linear": "One linear layer: the baseline that everything else must beat."
        case "mlp": "Hidden layers with relu and dropout."
        case "lenet":
            "Two convolutions with pooling and three linear layers, as LeNet-5 has them (LeCun et al. 1998), with relu "
                + "and max pooling as it is built today. For images of 28 × 28 or so."
        case "resnet20":
            "Residual network of 20 layers for images of 32 × 32 (He et al. 2015, arXiv:1512.03385, section 4.2), its "
                + "shortcuts without parameters (option A)."
        case "lecun1989":
            "The network of LeCun et al. 1989 for digits of 16 × 16: two convolutions of 12 channels, stride 2, and "
                + "30 hidden units, tanh throughout. Each channel here sees all before it and has one bias; edges are "
                + "padded with 0."
        case "char-mlp":
            "The next character from a window of those before it by a hidden layer (Bengio et al. 2003), as for "
                + "`data.documents: lines`."
        case "char-lstm": "The next character at every position by an lstm."
        default:
            "The next character at every position by a transformer with norms first and a tied head (Vaswani et al. 2017, "
                + "arXiv:1706.03762; Radford et al. 2019)."
        }
    }

    static func table(_ word: String) -> Table<PresetKeys> {
        let initial = PresetKeys(word)
        func width(_ help: String) -> Key<PresetKeys> {
            .integer("width", \.width, 1...65_536, .frozen, in: initial, help)
        }
        func depth(_ help: String) -> Key<PresetKeys> {
            .integer("depth", \.depth, 1...500, .frozen, in: initial, help)
        }
        let embedding = Key<PresetKeys>.integer(
            "embedding", \.embedding, 1...65_536, .frozen, in: initial, "Numbers of a character.")
        let dropout = Key<PresetKeys>.number(
            "dropout", \.dropout, 0...0.95, .frozen, "The probability of a zero, behind each part.")
        let keys: [Key<PresetKeys>] =
            switch word {
            case "mlp": [depth("Hidden layers."), width("Units of each."), dropout]
            case "resnet20":
                [
                    depth("Blocks of each of the three sizes; layers are 6 times that and 2."),
                    width("Channels of the first; the others have twice and four times as many."),
                ]
            case "char-mlp": [embedding, width("Hidden units.")]
            case "char-lstm": [embedding, width("Units of the lstm.")]
            case "char-gpt":
                [
                    depth("Blocks."), width("Features of a position."),
                    .integer("heads", \.heads, 1...1_024, .frozen, "Heads of each attention; a divisor of the width."),
                    dropout,
                ]
            default: []
            }
        return Table(keys: keys, noun: "\(word) preset")
    }

    private static func named(_ kinds: [Layer.Kind]) -> [Layer] {
        kinds.enumerated().map { Layer(kind: $1, name: String($0)) }
    }

    func layers(_ word: String) -> [Layer] {
        switch word {
        case "linear": return Self.named([.flatten, .linear(units: .classes)])
        case "mlp":
            let hidden = (0..<depth).flatMap { _ -> [Layer.Kind] in
                let layer: [Layer.Kind] = [.linear(units: .count(width)), .relu]
                return dropout > 0 ? layer + [.dropout(dropout)] : layer
            }
            return Self.named([.flatten] + hidden + [.linear(units: .classes)])
        case "lenet":
            return Self.named([
                .conv2d(channels: 6, kernel: 5, padding: .same), .relu, .maxpool2d(size: 2, stride: 2),
                .conv2d(channels: 16, kernel: 5), .relu, .maxpool2d(size: 2, stride: 2), .flatten,
                .linear(units: .count(120)), .relu, .linear(units: .count(84)), .relu, .linear(units: .classes),
            ])
        case "resnet20": return resnet
        case "lecun1989":
            return Self.named([
                .conv2d(channels: 12, kernel: 5, stride: 2, padding: .pixels(2)), .tanh,
                .conv2d(channels: 12, kernel: 5, stride: 2, padding: .pixels(2)), .tanh, .flatten,
                .linear(units: .count(30)), .tanh, .linear(units: .classes),
            ])
        case "char-mlp":
            return Self.named([
                .embedding(units: .count(embedding)), .flatten, .linear(units: .count(width)), .tanh,
                .linear(units: .classes),
            ])
        case "char-lstm":
            return Self.named([
                .embedding(units: .count(embedding)), .lstm(units: .count(width)),
                .linear(units: .classes),
            ])
        default: return transformer
        }
    }

    private var resnet: [Layer] {
        func convolution(_ channels: Int, stride: Int = 1) -> [Layer.Kind] {
            [
                .conv2d(channels: channels, kernel: 3, stride: stride, padding: .pixels(1), bias: false),
                .batchnorm(),
            ]
        }
        var layers = convolution(width) + [.relu]
        for size in 0..<3 {
            let channels = width << size
            for block in 0..<depth {
                let shrinks = size > 0 && block == 0
                layers.append(
                    .residual(
                        layers: Self.named(
                            convolution(channels, stride: shrinks ? 2 : 1) + [.relu] + convolution(channels)),
                        shortcut: shrinks
                            ? Self.named([.avgpool2d(size: 1, stride: 2), .padchannels(channels: channels)]) : []))
                layers.append(.relu)
            }
        }
        return Self.named(layers + [.globalaveragepool, .linear(units: .classes)])
    }

    private var transformer: [Layer] {
        // Radford et al. 2019: 0.02, and less where each block adds to the sum of all.
        let normal = InitialValues(.normal, deviation: 0.02)
        let small = InitialValues(.normal, deviation: 0.02 / Double(2 * depth).squareRoot())
        func list(_ kinds: [(Layer.Kind, InitialValues?)]) -> [Layer] {
            let all = dropout > 0 ? kinds + [(.dropout(dropout), nil)] : kinds
            return all.enumerated().map { Layer(kind: $1.0, name: String($0), initial: $1.1) }
        }
        let blocks = Self.named([
            .residual(
                layers: list([(.layernorm(bias: false), nil), (.attention(heads: heads, bias: false), normal)]),
                shortcut: []),
            .residual(
                layers: list([
                    (.layernorm(bias: false), nil), (.linear(units: .count(4 * width), bias: false), normal),
                    (.gelu, nil), (.linear(units: .count(width), bias: false), small),
                ]), shortcut: []),
        ])
        let table = Layer(
            kind: .embedding(units: .count(width), places: true), name: "embedding", initial: normal)
        let rest: [Layer.Kind] =
            (dropout > 0 ? [.dropout(dropout)] : [])
            + [
                .repeated(times: depth, layers: blocks), .layernorm(bias: false),
                .linear(units: .classes, bias: false, tied: "embedding"),
            ]
        return [table] + rest.enumerated().map { Layer(kind: $1, name: String($0 + 1)) }
    }

    /// `resnet20`, or a mapping of one preset to its options.
    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [Layer]? {
        var word = yaml
        var body = Yaml(content: .mapping([]), line: yaml.line)
        if case .mapping(let all) = yaml.content {
            let pairs = all.filter { $0.key != Yaml.shortForm }
            guard let pair = pairs.first, pairs.count == 1 else {
                problems.add(
                    "value.type", "`\(place.dotted)` names \(pairs.count) presets; it must name one.", at: place,
                    line: yaml.line, hint: "Write `preset: {char-gpt: {depth: 6}}`.")
                return nil
            }
            word = Yaml(content: .scalar(pair.key, plain: true), line: pair.line ?? yaml.line)
            if !pair.value.isEmpty { body = pair.value }
        }
        guard let name = word.choice(of: words, at: place, &problems) else { return nil }
        var draft = PresetKeys(name)
        var inner = Problems()
        table(name).read(body, at: place + name, into: &draft, &inner)
        problems.add(inner.findings)
        guard !inner.hasErrors else { return nil }
        return draft.layers(name).map { layer in
            var layer = layer
            layer.line = word.line
            return layer
        }
    }
}
