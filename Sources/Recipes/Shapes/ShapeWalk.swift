/// Goes through the layers in order, into blocks and repetitions, and gives each its shapes.
struct ShapeWalk {
    struct Stop: Error { var finding: Finding }

    let outputs: Int
    /// Of the token ids that the next layer gets; 0 where it gets numbers.
    private var tokens: Int
    private(set) var resolved: [ResolvedLayer] = []
    /// What gave the shape that the next layer gets: nil for the data.
    private var before: String?
    /// Layers of a model after its blocks and repetitions are written out.
    static let most = 4_000

    init(outputs: Int, vocabulary: Int) {
        self.outputs = outputs
        tokens = vocabulary
    }

    /// - Parameters:
    ///   - input: shape of what the first layer gets.
    ///   - prefix: of the layers' names: `3.0.` within a block.
    ///   - pointer: where the list stands in the recipe, as a JSON pointer.
    /// - Returns: the shape that the last layer gives.
    mutating func walk(
        _ layers: [Layer], _ input: [Int], prefix: String = "", pointer: String = "/model/layers"
    ) throws(Stop) -> [Int] {
        var shape = input
        for (index, layer) in layers.enumerated() {
            var named = layer
            named.name = prefix + layer.name
            let place = "\(pointer)/\(index)"
            switch layer.kind {
            case .residual(let body, let shortcut):
                shape = try block(named, body, shortcut, shape, place)
            case .repeated(let times, let inner):
                for turn in 0..<times {
                    shape = try walk(inner, shape, prefix: "\(named.name).\(turn).", pointer: "\(place)/repeat/layers")
                }
            default:
                shape = try add(named, shape, place)
            }
            before = "layer \(prefix + String(index)) (\(named.title))"
        }
        return shape
    }

    private mutating func add(_ layer: Layer, _ input: [Int], _ pointer: String) throws(Stop) -> [Int] {
        switch layer.resolve(index: resolved.count, input: input, outputs: outputs, tokens: tokens, before: resolved) {
        case .success(let next):
            guard resolved.count < Self.most else {
                throw stop(layer, pointer, "The model has more than \(Self.most) layers.", "Repeat fewer times.")
            }
            tokens = 0
            resolved.append(next)
            return next.outputShape
        case .failure(let misfit):
            throw stop(
                layer, pointer,
                "Layer \(layer.place(pointer)) (\(layer.title)) cannot take the shape \(input)"
                    + (before.map { " that \($0) gives" } ?? " of the data") + ": \(misfit.why)", misfit.remedy)
        }
    }

    /// A residual block: marks around the layers of both ways.
    private mutating func block(
        _ layer: Layer, _ body: [Layer], _ shortcut: [Layer], _ input: [Int], _ pointer: String
    ) throws(Stop) -> [Int] {
        guard tokens == 0 else {
            throw stop(
                layer, pointer, "Layer \(layer.place(pointer)) (\(layer.title)) cannot begin with token ids.",
                "Begin with `- embedding: 64`.")
        }
        mark(layer, .fork, input, input)
        let output = try walk(body, input, prefix: layer.name + ".", pointer: pointer + "/residual")
        var other = input
        if !shortcut.isEmpty {
            mark(layer, .shortcut, output, input)
            other = try walk(
                shortcut, input, prefix: layer.name + ".shortcut.", pointer: pointer + "/residual/shortcut")
        }
        guard other == output else {
            throw stop(
                layer, pointer,
                "Layer \(layer.place(pointer)) (\(layer.title)): its layers give \(output) and its shortcut "
                    + "\(other); only equal shapes can be added.",
                shortcut.isEmpty ? "Give it a `shortcut:` that changes the shape in the same way." : nil)
        }
        mark(layer, .join, output, output)
        return output
    }

    private mutating func mark(_ layer: Layer, _ mark: ResolvedLayer.Mark, _ input: [Int], _ output: [Int]) {
        resolved.append(
            ResolvedLayer(
                layer: layer, index: resolved.count, mark: mark, inputShape: input, outputShape: output))
    }

    private func stop(_ layer: Layer, _ pointer: String, _ message: String, _ hint: String?) -> Stop {
        Stop(
            finding: Finding(
                severity: .error, code: "model.shape", message: message, path: pointer, line: layer.line, hint: hint))
    }
}

extension Layer {
    /// Where the layer stands, for people: `3`, or `3.0.1` within blocks.
    fileprivate func place(_ pointer: String) -> String {
        pointer.split(separator: "/").filter { Int($0) != nil }.joined(separator: ".")
    }
}
