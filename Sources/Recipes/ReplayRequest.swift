/// Which steps a worker does again, and what it holds them against.
public struct ReplayRequest: Codable, Sendable, Equatable {
    /// A checkpoint on the way. Its snapshot's JSON and its bytes come as two memfds.
    public struct Mark: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var step: Int
        public var snapshotDescriptor: Int
        public var bytesDescriptor: Int

        public init(checkpoint: String, step: Int, snapshotDescriptor: Int, bytesDescriptor: Int) {
            self.checkpoint = checkpoint
            self.step = step
            self.snapshotDescriptor = snapshotDescriptor
            self.bytesDescriptor = bytesDescriptor
        }
    }

    /// Steps after this one are told.
    public var from: Int
    /// Updates done in the end.
    public var to: Int
    /// Index of a layer in the model's flat list; nil for none.
    public var layer: Int?
    /// By step.
    public var marks: [Mark]

    public init(from: Int, to: Int, layer: Int? = nil, marks: [Mark] = []) {
        self.from = from
        self.to = to
        self.layer = layer
        self.marks = marks
    }

    /// The layer that a user means, by its name as tensors' names have it, by a tensor of it, or by its place in the list.
    /// - Throws: `SimmerError.incompatible` with the nearest names.
    public static func layer(_ name: String, _ recipe: Recipe, _ facts: DataFacts) throws -> ResolvedLayer {
        let layers = recipe.resolve(for: facts).layers.filter { $0.mark == nil }
        if let exact = layers.first(where: { $0.layer.name == name }) { return exact }
        if let owner = layers.first(where: { $0.parameters.contains { $0.name == name } }) { return owner }
        if let place = Int(name), recipe.model.layers.indices.contains(place),
            let layer = layers.first(where: { $0.layer.name == recipe.model.layers[place].name })
        {
            return layer
        }
        let names = layers.map(\.layer.name)
        let hint: String
        if let nearest = Spelling.nearest(name, of: names) {
            hint = "did you mean `\(nearest)`?"
        } else {
            let shown = layers.prefix(12).map { "`\($0.layer.name)` (\($0.layer.kind.word))" }.joined(separator: ", ")
            hint = "it has \(shown)" + (layers.count > 12 ? " and \(layers.count - 12) more" : "")
        }
        throw SimmerError.incompatible(
            message: "The model has no layer `\(name)`.",
            findings: [Finding(severity: .info, code: "hint", message: hint)])
    }
}
