/// A recipe's network as an ONNX file, all but the bytes of its tensors: raw data in, answers out.
///
/// Input `input`: float32 `[batch, channels, height, width]` or `[batch, features]`, in the units of the data's files; the
/// recipe's normalisation is the graph's beginning. A table with words has an input of 0 or 1 for each word, missing
/// values are NaN where the recipe fills them in, and the metadata `inputs` names the inputs. Token ids are int64
/// `[batch, positions]`. Output `output`: float32 `[batch, outputs]`, or `[batch, positions, outputs]` where every position
/// has a target; logits where the targets are classes, log odds where the loss is binary cross-entropy; for both also
/// `probabilities`. The names of the classes and tokens are the metadata `classes` and `vocabulary`; all lists are JSON.
/// The file holds no time, id or path: equal weights give equal bytes.
public struct ONNXModel: Sendable {
    /// The file from its beginning to its end.
    public let parts: [FilePart]
    public let byteCount: Int

    /// Operator set 17: the first with LayerNormalization (ONNX 1.12, 2022). 8 is the version of the format with it.
    static let operators = 17
    static let format = 8
    /// Protocol buffers count bytes with 31 bits.
    static let largestFile = Int(Int32.max)

    /// - Parameters:
    ///   - average: `ema-0.999`; nil for the raw weights.
    ///   - temperature: what the logits are divided by for `probabilities`; the metadata `temperature` says it.
    /// - Throws: `SimmerError.recipeInvalid` where the layers do not fit the facts; `incompatible` for a layer that ONNX
    ///   cannot say, facts that lack the data's scale, and a file beyond 2 GiB.
    public init(_ recipe: Recipe, _ facts: DataFacts, average: String? = nil, temperature: Double? = nil) throws {
        let (layers, findings) = recipe.resolve(for: facts)
        let errors = findings.filter { $0.severity == .error }
        guard errors.isEmpty else { throw SimmerError.recipeInvalid(findings: errors) }
        var builder = ONNXBuilder(name: recipe.name, average: try average.map { try recipe.keptAverage($0) })
        try builder.begin(facts)
        for layer in layers { try builder.add(layer) }
        builder.end(facts, recipe.loss, temperature)
        var metadata: [String: String] = [:]
        if let temperature { metadata["temperature"] = String(temperature) }
        if case .classes(let names) = facts.target {
            metadata["classes"] = JSONValue.array(names.map { .string($0) }).canonicalText
        }
        if !facts.vocabulary.isEmpty {
            metadata["vocabulary"] = JSONValue.array(facts.vocabulary.map { .string($0) }).canonicalText
        }
        if !facts.columns.isEmpty {
            metadata["inputs"] = JSONValue.array(facts.columns.flatMap(\.inputNames).map { .string($0) }).canonicalText
        }
        let message = builder.graph.model(operators: Self.operators, format: Self.format, metadata: metadata)
        guard message.byteCount <= Self.largestFile else {
            throw SimmerError.incompatible(
                message: "The model would take \(message.byteCount) bytes; an ONNX file has at most "
                    + "\(Self.largestFile).",
                findings: [Finding(severity: .info, code: "hint", message: "export it as safetensors")])
        }
        byteCount = message.byteCount
        parts = message.parts
    }
}

extension Recipe {
    /// An average that the recipe keeps.
    fileprivate func keptAverage(_ name: String) throws -> WeightAverage {
        let wanted = AverageName.canonical(name)
        guard let average = averages.all.first(where: { $0.name == wanted }) else {
            let known = averages.all.map(\.name).joined(separator: ", ")
            throw SimmerError.incompatible(
                message: "There is no average '\(name)'; the recipe keeps \(known.isEmpty ? "none" : known).",
                findings: [])
        }
        return average
    }
}
