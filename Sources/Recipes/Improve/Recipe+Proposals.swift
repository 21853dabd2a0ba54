extension Recipe {
    /// Single changes worth a try, in the order of the recipe's stages: fit first, then regularise. Only those that leave a
    /// recipe that can be read and a model that fits the data.
    ///
    /// Each is one lever of RECIPE.md's stages 3 and 4.
    public static func proposals(
        _ text: String, overrides: [String: String], facts: DataFacts
    ) -> [Proposal] {
        var problems = Problems()
        guard var tree = Yaml.read(text, &problems) else { return [] }
        tree.lay(overrides, aliases: keys.aliases, &problems)
        let (recipe, _) = read(text, overrides: overrides)
        guard let recipe else { return [] }
        var all: [Proposal] = []
        func propose(_ id: String, _ kind: String, _ title: String, _ set: [String: String]) {
            let (changed, _) = read(text, overrides: overrides.merging(set) { $1 })
            guard let changed, changed != recipe,
                !changed.resolve(for: facts).findings.contains(where: { $0.severity == .error })
            else { return }
            all.append(Proposal(id, kind, title, set))
        }
        let rate = recipe.optimizer.rate
        if recipe.optimizer.kind != .adam {
            propose("O5", "adam", "Adam at 3e-4", ["optimizer": "{kind: adam, rate: 3e-4}"])
        }
        propose("S8", "rate-up", "three times the rate", ["optimizer.rate": Amount.short(rate * 3)])
        propose("S8", "rate-down", "a third of the rate", ["optimizer.rate": Amount.short(rate / 3)])
        let layers = tree.layers
        if let wide = layers?.scaled(by: 2) {
            propose("R15", "width-double", "twice the units", ["model.layers": wide.flow])
        }
        if let thin = layers?.scaled(by: 0.5) {
            propose("R10", "width-half", "half the units", ["model.layers": thin.flow])
        }
        if facts.inputShape.count == 3, recipe.data.augment.isEmpty {
            let pixels = max(1, min(facts.inputShape[1], facts.inputShape[2]) / 14)
            propose(
                "R4", "shift", "images moved by \(pixels) pixel\(pixels == 1 ? "" : "s")",
                ["data.augment": "[{shift: {pixels: \(pixels)}}]"])
        }
        if !recipe.model.layers.contains(where: \.drops), let dropped = layers?.droppingOut("0.2") {
            propose("R12", "dropout", "dropout of 0.2 before the last layer", ["model.layers": dropped.flow])
        }
        let decay = recipe.optimizer.decay
        if decay == 0 {
            var set = ["optimizer.decay": "0.01"]
            if recipe.optimizer.kind == .adam { set["optimizer.kind"] = "adamw" }
            propose("R13", "decay", "decoupled weight decay of 0.01", set)
        } else {
            propose("R13", "decay-up", "ten times the weight decay", ["optimizer.decay": Amount.short(decay * 10)])
        }
        if recipe.model.layers.contains(where: \.normalises), recipe.batch >= 32 {
            propose("R11", "batch-half", "half the batch", ["batch": "\(recipe.batch / 2)"])
        }
        if recipe.schedule.allSatisfy({ $0.shape == .hold || $0.shape == .warmup }) {
            propose(
                "O13", "cooldown", "the rate down to zero over the last fifth",
                ["schedule": "[{hold: 80 %}, {1-sqrt: 20 %}]"])
        }
        if case .classes = facts.target, recipe.loss == nil || recipe.loss?.kind == .crossEntropy,
            recipe.loss?.smoothing ?? 0 == 0
        {
            propose("R12", "smoothing", "label smoothing of 0.05", ["loss": "{kind: cross-entropy, smoothing: 0.05}"])
        }
        if facts.inputShape.count == 3, let layers {
            let side = min(facts.inputShape[1], facts.inputShape[2])
            for (factor, size) in [(2, "half"), (4, "a quarter of")] where side >= 4 * factor {
                guard let pooled = layers.pooled(by: factor) else { continue }
                propose(
                    "R9", "pool-\(factor)", "images at \(size) the size: means of \(factor) × \(factor) pixels",
                    ["model.layers": pooled.flow])
            }
        }
        if recipe.model.from != nil {
            propose(
                "R6", "scratch", "first weights drawn, instead of `model.from`",
                ["model.from": "~", "model.map": "~", "model.partial": "~"])
        }
        return all
    }

    /// What `--set` takes to give numbers of the recipe other values.
    /// - Parameter values: as a recipe writes them.
    /// - Returns: nil where a number has no place in the recipe: a network that is not written out layer by layer.
    public static func overrides(
        _ text: String, overrides: [String: String], values: [(number: TunedNumber, word: String)]
    ) -> [String: String]? {
        var problems = Problems()
        guard var tree = Yaml.read(text, &problems) else { return nil }
        tree.lay(overrides, aliases: keys.aliases, &problems)
        guard let recipe = read(text, overrides: overrides).recipe else { return nil }
        var set: [String: String] = [:]
        var layers = tree.layers
        for (number, word) in values {
            switch number {
            case .rate: set["optimizer.rate"] = word
            case .decay:
                set["optimizer.decay"] = word
                if recipe.optimizer.kind == .adam { set["optimizer.kind"] = "adamw" }
            case .dropout:
                layers =
                    recipe.model.layers.contains(where: \.drops) ? layers?.dropping(word) : layers?.droppingOut(word)
                guard let layers else { return nil }
                set["model.layers"] = layers.flow
            case .width:
                layers = Double(word).flatMap { layers?.scaled(by: $0) }
                guard let layers else { return nil }
                set["model.layers"] = layers.flow
            }
        }
        return set
    }

    /// What a round can be asked to try: the kinds of `proposals`, what is searched for, and what is measured beside them.
    public static let improvementKinds = [
        "adam", "rate-up", "rate-down", "width-double", "width-half", "shift", "dropout", "decay", "decay-up",
        "batch-half", "cooldown", "smoothing", "pool-2", "pool-4", "scratch", "sgd", "made", "plain", "inputs",
        "data", "ensemble",
    ]
}

extension Layer {
    fileprivate var drops: Bool {
        switch kind {
        case .dropout, .dropout2d: true
        case .residual(let layers, _), .repeated(_, let layers): layers.contains(where: \.drops)
        default: false
        }
    }

    fileprivate var normalises: Bool {
        switch kind {
        case .batchnorm: true
        case .residual(let layers, _), .repeated(_, let layers): layers.contains(where: \.normalises)
        default: false
        }
    }
}

extension Yaml {
    /// The list of the model's layers, where it is written out.
    fileprivate var layers: Yaml? {
        guard case .sequence? = self["model"]?["layers"]?.content else { return nil }
        return self["model"]?["layers"]
    }

    private subscript(key: String) -> Yaml? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    /// The layers with other numbers of units and channels, but for the last that has any; nil where a block would have to
    /// change with them, or nothing does.
    fileprivate func scaled(by factor: Double) -> Yaml? {
        guard case .sequence(var layers) = content else { return nil }
        let names = ["linear": "units", "conv2d": "channels", "lstm": "units", "gru": "units"]
        let fixed: Set = ["residual", "repeat", "repeated", "attention", "transpose", "reshape"]
        var changed = false
        for place in layers.indices.dropLast() {
            guard case .mapping(var pairs) = layers[place].content else { continue }
            if pairs.contains(where: { fixed.contains($0.key) }) { return nil }
            for index in pairs.indices {
                guard let inner = names[pairs[index].key],
                    let scaled = pairs[index].value.scaled(by: factor, key: inner)
                else { continue }
                pairs[index].value = scaled
                changed = true
            }
            layers[place].content = .mapping(pairs)
        }
        return changed ? Yaml(content: .sequence(layers), line: line) : nil
    }

    private func scaled(by factor: Double, key: String) -> Yaml? {
        switch content {
        case .scalar(let text, true):
            guard let count = Int(text), Double(count) * factor >= 1 else { return nil }
            return Yaml(content: .scalar("\(Int(Double(count) * factor))", plain: true), line: line)
        case .mapping(var pairs):
            guard let place = pairs.firstIndex(where: { $0.key == key }),
                let scaled = pairs[place].value.scaled(by: factor, key: key)
            else { return nil }
            pairs[place].value = scaled
            return Yaml(content: .mapping(pairs), line: line)
        default: return nil
        }
    }

    /// The layers with a dropout before the last one.
    fileprivate func droppingOut(_ share: String) -> Yaml? {
        guard case .sequence(var layers) = content, layers.count > 2 else { return nil }
        let dropout = Pair(key: "dropout", line: nil, value: Yaml(content: .scalar(share, plain: true), line: nil))
        layers.insert(Yaml(content: .mapping([dropout]), line: nil), at: layers.count - 1)
        return Yaml(content: .sequence(layers), line: line)
    }

    /// The layers with another share in every dropout; nil where one stands in a block.
    fileprivate func dropping(_ share: String) -> Yaml? {
        guard case .sequence(var layers) = content else { return nil }
        var changed = false
        for place in layers.indices {
            guard case .mapping(var pairs) = layers[place].content else { continue }
            for index in pairs.indices where pairs[index].key == "dropout" || pairs[index].key == "dropout2d" {
                pairs[index].value = Yaml(content: .scalar(share, plain: true), line: nil)
                changed = true
            }
            layers[place].content = .mapping(pairs)
        }
        return changed ? Yaml(content: .sequence(layers), line: line) : nil
    }

    /// The layers behind means of so many pixels; nil where there is such a mean already.
    fileprivate func pooled(by factor: Int) -> Yaml? {
        guard case .sequence(var layers) = content, let first = layers.first else { return nil }
        if case .mapping(let pairs) = first.content, pairs.contains(where: { $0.key == "avgpool2d" }) { return nil }
        let pool = Pair(
            key: "avgpool2d", line: nil, value: Yaml(content: .scalar("\(factor)", plain: true), line: nil))
        layers.insert(Yaml(content: .mapping([pool]), line: nil), at: 0)
        return Yaml(content: .sequence(layers), line: line)
    }
}
