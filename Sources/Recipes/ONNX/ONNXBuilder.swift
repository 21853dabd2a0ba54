/// Grows a graph layer by layer: what `ONNXBuilder+Layers.swift` says every layer with.
struct ONNXBuilder {
    private(set) var graph: ONNXGraph
    /// What is taken in place of the weights.
    private let average: WeightAverage?
    /// The newest value's name.
    var value = "input"
    /// The layer whose nodes and constants are being named.
    private var layer: ResolvedLayer?
    /// Those so far, for heads that are tied to one.
    private var embeddings: [ResolvedLayer] = []
    /// Residual blocks that have begun, the innermost last: what went in, and what came out of the layers where the
    /// shortcut has some of its own.
    private var blocks: [(input: String, output: String?)] = []
    private var names: Set<String> = []

    init(name: String, average: WeightAverage?) {
        graph = ONNXGraph(name: name)
        self.average = average
    }

    /// Names what follows for a layer.
    mutating func enter(_ layer: ResolvedLayer) {
        self.layer = layer
        if case .embedding = layer.layer.kind { embeddings.append(layer) }
    }

    /// Adds one operator.
    /// - Returns: its output.
    mutating func apply(
        _ operation: String, _ inputs: [String], _ attributes: [(name: String, value: ONNXGraph.Attribute)] = []
    ) -> String {
        apply(operation, inputs, attributes, results: 1)[0]
    }

    /// Adds one operator with several outputs.
    mutating func apply(
        _ operation: String, _ inputs: [String], _ attributes: [(name: String, value: ONNXGraph.Attribute)],
        results: Int
    ) -> [String] {
        let name = unused(operation)
        let outputs = (0..<results).map { "\(name):\($0)" }
        graph.nodes.append(
            .init(operation: operation, name: name, inputs: inputs, outputs: outputs, attributes: attributes))
        return outputs
    }

    /// A residual block's beginning, the beginning of its shortcut's layers, its sum.
    mutating func mark(_ mark: ResolvedLayer.Mark) throws {
        if mark == .fork { return blocks.append((value, nil)) }
        guard let block = blocks.popLast() else { throw refusal("its block has no beginning") }
        if mark == .shortcut {
            blocks.append((block.input, value))
            value = block.input
        } else if let output = block.output {
            value = apply("Add", [output, value])
        } else {
            value = apply("Add", [value, block.input])
        }
    }

    /// A tensor of the layer: `weight`, `running_mean`. Added the first time it is asked for.
    /// - Parameters:
    ///   - embedding: the name of the one that owns it, where the layer does not.
    ///   - shape: other sizes for the same numbers.
    mutating func parameter(_ part: String, of embedding: String? = nil, shape: [Int]? = nil) throws -> String {
        let spec = try spec(part, of: embedding)
        if !graph.initializers.contains(where: { $0.name == spec.name }) {
            let stored = StoredTensor(
                name: prefix(of: spec) + spec.name, dtype: spec.dtype, shape: spec.shape,
                byteCount: spec.byteCount)
            graph.initializers.append(
                .init(
                    name: spec.name, type: spec.dtype == "I64" ? .integer : .single, shape: shape ?? spec.shape,
                    content: .stored(stored)))
        }
        return spec.name
    }

    /// Before a tensor's name: an average has trained tensors of its own, and perhaps running statistics.
    private func prefix(of spec: ParameterSpec) -> String {
        guard let average, spec.role == .weight || average.ownsStatistics && spec.dtype == "F32" else { return "" }
        return average.prefix
    }

    private func spec(_ part: String, of embedding: String?) throws -> ParameterSpec {
        let owner = embedding.map { name in embeddings.last { $0.layer.name == name } } ?? layer
        guard let owner, let spec = owner.parameters.first(where: { $0.name == "\(owner.layer.name).\(part)" }) else {
            throw refusal("it has no tensor `\(part)`")
        }
        return spec
    }

    /// A constant of singles.
    mutating func constant(_ label: String, _ values: [Float], shape: [Int] = []) -> String {
        add(label, .single, shape, values.flatMap { ProtobufMessage.littleEndian($0.bitPattern) })
    }

    /// A constant list of whole numbers.
    mutating func constant(_ label: String, integers values: [Int]) -> String {
        add(label, .integer, [values.count], values.flatMap { ProtobufMessage.littleEndian($0) })
    }

    /// A whole number.
    mutating func constant(_ label: String, integer value: Int) -> String {
        add(label, .integer, [], ProtobufMessage.littleEndian(value))
    }

    private mutating func add(
        _ label: String, _ type: ONNXGraph.ElementType, _ shape: [Int], _ bytes: [UInt8]
    ) -> String {
        let name = unused(label)
        graph.initializers.append(.init(name: name, type: type, shape: shape, content: .bytes(bytes)))
        return name
    }

    /// `conv1/Conv`, then `conv1/Conv_1`: no layer's name and no tensor's has a slash.
    private mutating func unused(_ label: String) -> String {
        let base = "\(layer?.layer.name ?? "data")/\(label)"
        var name = base
        var number = 0
        while !names.insert(name).inserted {
            number += 1
            name = "\(base)_\(number)"
        }
        return name
    }

    /// Why the layer at hand cannot be written.
    func refusal(_ why: String) -> SimmerError {
        let title = layer.map { "Layer \($0.layer.name) (\($0.layer.kind.word))" } ?? "The data"
        return .incompatible(
            message: "\(title) cannot be written as ONNX: \(why).",
            findings: [Finding(severity: .info, code: "hint", message: "export the weights as safetensors")])
    }
}

extension ONNXBuilder {
    /// The input: token ids; or numbers, and their normalisation `(input - mean · scale) / (deviation · scale)`, as the
    /// worker computes it. Missing numbers are NaN.
    mutating func begin(_ facts: DataFacts) throws {
        guard facts.vocabulary.isEmpty else {
            graph.inputs = [.init(name: value, type: .integer, shape: facts.inputShape, help: "Token ids.")]
            return
        }
        guard let scale = facts.scale else {
            throw SimmerError.incompatible(
                message: "The job was prepared by a version of simmer that did not keep what its data is divided by.",
                findings: [Finding(severity: .info, code: "hint", message: "submit the job again with this version")])
        }
        graph.inputs = [
            .init(name: value, type: .single, shape: facts.inputShape, help: "Examples as the data's files have them.")
        ]
        let fill = facts.columns.flatMap(\.fill).map { Float($0) }
        if !fill.isEmpty {
            // NaN stands for what is missing.
            let means = constant("fill", fill, shape: [fill.count])
            value = apply("Where", [apply("IsNaN", [value]), means, value])
        }
        let offsets = facts.mean.map { Float($0 * scale) }
        let factors = facts.deviation.map { Float(1 / ($0 * scale)) }
        let shape = [offsets.count] + [Int](repeating: 1, count: facts.inputShape.count - 1)
        if offsets.contains(where: { $0 != 0 }) {
            value = apply("Sub", [value, constant("mean", offsets, shape: shape)])
        }
        if factors.contains(where: { $0 != 1 }) {
            value = apply("Mul", [value, constant("factor", factors, shape: shape)])
        }
    }

    /// The outputs.
    mutating func end(_ facts: DataFacts, _ loss: Loss?, _ temperature: Double? = nil) {
        layer = nil
        // The last value gets the output's name; a node of its own stands there where no node made it.
        if let last = graph.nodes.indices.last, graph.nodes[last].outputs == [value] {
            graph.nodes[last].outputs = ["output"]
        } else {
            add("Identity", [value], to: "output")
        }
        value = "output"
        var scaled = value
        if let temperature, case .classes = facts.target {
            scaled = apply("Div", [value, constant("temperature", [Float(temperature)])])
        }
        let rows = facts.targetsPerExample > 1 ? [facts.targetsPerExample] : []
        let shape = rows + [facts.outputCount(for: loss)]
        func output(_ name: String, _ shape: [Int], _ help: String) -> ONNXGraph.Value {
            .init(name: name, type: .single, shape: shape, help: help)
        }
        switch (facts.target, loss?.kind == .binaryCrossEntropy) {
        case (.numbers, false): graph.outputs = [output(value, shape, "The predicted numbers.")]
        case (.classes, false):
            add("Softmax", [scaled], to: "probabilities", [("axis", .integer(-1))])
            graph.outputs = [
                output(value, shape, "Logits, one for each class."),
                output("probabilities", shape, "The probability of each class."),
            ]
        case (.classes(let names), true) where names.count == 2:
            let second = apply("Sigmoid", [scaled])
            let first = apply("Sub", [constant("one", [1]), second])
            add("Concat", [first, second], to: "probabilities", [("axis", .integer(-1))])
            graph.outputs = [
                output(value, shape, "The log odds of the second class."),
                output("probabilities", rows + [2], "The probability of each class."),
            ]
        case (_, true):
            add("Sigmoid", [value], to: "probabilities")
            graph.outputs = [
                output(value, shape, "Log odds."),
                output("probabilities", shape, "A probability for each number."),
            ]
        }
    }

    /// A node whose output has a name of its own.
    private mutating func add(
        _ operation: String, _ inputs: [String], to output: String,
        _ attributes: [(name: String, value: ONNXGraph.Attribute)] = []
    ) {
        graph.nodes.append(
            .init(operation: operation, name: output, inputs: inputs, outputs: [output], attributes: attributes))
    }
}
