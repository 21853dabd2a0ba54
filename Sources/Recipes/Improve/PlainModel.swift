/// Plain models for each kind of data, as the presets have them: what a model of one's own has to beat (RECIPE.md O4).
public struct PlainModel: Sendable, Equatable {
    /// Of the preset.
    public var name: String
    public var layers: [Layer]

    private init(_ name: String) {
        self.name = name
        layers = PresetKeys(name).layers(name)
    }

    /// What `--set` takes.
    public var overrides: [String: String] { ["model.layers": "~", "model.preset": name] }

    /// Those for such data, the smallest first; some may not fit it all the same.
    public static func catalogue(for facts: DataFacts) -> [PlainModel] {
        let names: [String] =
            switch (facts.vocabulary.isEmpty, facts.inputShape.count) {
            case (false, _): facts.targetsPerExample > 1 ? ["char-lstm", "char-gpt"] : ["char-mlp"]
            case (true, 3): ["linear", "mlp", "lenet", "resnet20"]
            default: ["linear", "mlp"]
            }
        return names.map(PlainModel.init)
    }

    /// The preset that layers are, whatever its numbers are; nil for a model of one's own. One linear layer, or several with
    /// relu between them, are what everybody begins with.
    public static func name(of layers: [Layer], for facts: DataFacts) -> String? {
        let own = words(layers)
        if let same = catalogue(for: facts).first(where: { words($0.layers) == own }) { return same.name }
        var rest = own.filter { $0 != "flatten" && $0 != "dropout" }[...]
        guard rest.popLast() == "linear" else { return nil }
        guard !rest.isEmpty else { return "linear" }
        while let last = rest.popLast() {
            guard last == "relu", rest.popLast() == "linear" else { return nil }
        }
        return "mlp"
    }

    /// Kinds without their numbers.
    private static func words(_ layers: [Layer]) -> [String] {
        layers.flatMap { layer -> [String] in
            switch layer.kind {
            case .residual(let inner, let shortcut): ["residual("] + words(inner) + ["|"] + words(shortcut) + [")"]
            case .repeated(_, let inner): ["repeat("] + words(inner) + [")"]
            default: [layer.kind.word]
            }
        }
    }
}
