// What a large network's recipe becomes for a small one.
extension Recipe {
    /// What is laid over a recipe to make each of its layers this part as wide; nil where that cannot be told: where layers
    /// come from a preset, are nested, share weights or groups, or begin at weights of other shapes.
    /// - Parameters:
    ///   - overrides: those of the recipe; the widths that they say are the ones that are made smaller.
    ///   - factor: above 0, below 1. A width is rounded and stays 1 at least; the last layer, `classes`, stays.
    public static func narrowing(_ text: String, _ overrides: [String: String], by factor: Double) -> [String: String]?
    {
        var problems = Problems()
        guard var tree = Yaml.read(text, &problems) else { return nil }
        tree.lay(overrides, aliases: keys.aliases, &problems)
        guard case .mapping(let all) = tree.content,
            case .mapping(let model)? = all.first(where: { $0.key == "model" })?.value.content,
            model.allSatisfy({ $0.key != "from" && $0.key != "preset" }),
            case .sequence(let layers)? = model.first(where: { $0.key == "layers" })?.value.content
        else { return nil }
        var narrowed: [String: String] = [:]
        for (index, layer) in layers.enumerated() {
            switch layer.content {
            case .scalar(let word, _): guard widthless.contains(word) else { return nil }
            case .mapping(let all):
                let pairs = all.filter { $0.key != "name" }
                guard pairs.count == 1, let pair = pairs.first else { return nil }
                if widthless.contains(pair.key) { continue }
                guard let option = widths[pair.key],
                    let found = width(pair.value, option, at: "model.layers.\(index).\(pair.key)")
                else { return nil }
                guard let count = Int(found.text) else {
                    if found.text == "classes" { continue }
                    return nil
                }
                narrowed[found.path] = String(max(1, Int((Double(count) * factor).rounded())))
            case .sequence: return nil
            }
        }
        return narrowed.isEmpty ? nil : narrowed
    }

    /// Options that say how wide a layer is.
    private static let widths = ["linear": "units", "conv2d": "channels"]

    /// Layers that are as wide as what comes in.
    private static let widthless: Set<String> = [
        "maxpool2d", "avgpool2d", "globalaveragepool", "batchnorm", "layernorm", "rmsnorm", "dropout", "dropout2d",
        "relu", "leakyrelu", "gelu", "silu", "tanh", "sigmoid", "softmax", "flatten",
    ]

    /// The width as it is written, and the path of that value; nil where it hangs on something else.
    private static func width(_ value: Yaml, _ option: String, at path: String) -> (path: String, text: String)? {
        switch value.content {
        case .scalar(let text, _): return (path, text)
        case .mapping(let pairs):
            guard pairs.allSatisfy({ !["tied", "groups", Yaml.shortForm].contains($0.key) }),
                case .scalar(let text, _)? = pairs.first(where: { $0.key == option })?.value.content
            else { return nil }
            return ("\(path).\(option)", text)
        case .sequence: return nil
        }
    }

    /// What is laid over a job's recipe, beside narrower layers, to make it that of a student on the same data.
    public func overridesOfStudent() -> [String: String] {
        var overrides = ["data.seed": String(dataSeed), "members": "none"]
        if harvest.every != nil { overrides["harvest.every"] = "none" }
        return overrides
    }
}
