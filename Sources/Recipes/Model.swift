/// The network: layers in order.
public struct Model: Codable, Sendable, Equatable {
    public enum Head: String, Codable, Sendable, CaseIterable { case prior, zero }
    public var layers: [Layer]
    /// How the last bias starts: from the training targets, or at zero.
    public var head: Head = .prior
    /// How the weights of linear and conv2d begin where the layer does not say it.
    public var initial: InitialValues = InitialValues()
    /// A checkpoint or a .safetensors file to take the first weights from.
    public var from: String?
    /// What the tensors there are called here, where the names differ.
    public var map: [NameMapping] = []
    /// Whether tensors that are not there keep their first values.
    public var partial: Bool = false

    public init(layers: [Layer]) {
        self.layers = layers
    }

    /// `from`, where it is a file.
    public var weightsFile: String? { from.flatMap { $0.hasSuffix(".safetensors") ? $0 : nil } }
    /// `from`, where it is a checkpoint.
    public var weightsCheckpoint: String? { from.flatMap { $0.hasSuffix(".safetensors") ? nil : $0 } }
}

/// Tensors of a file of weights, and what the model calls them.
public struct NameMapping: Codable, Sendable, Equatable {
    /// One tensor's name; or what names begin with, ending in a dot.
    public var file: String
    /// In its place; nil leaves the tensors out.
    public var model: String?
    /// Line of the recipe, from 1.
    public var line: Int?

    public init(file: String, model: String?, line: Int? = nil) {
        self.file = file
        self.model = model
        self.line = line
    }

    /// Whether the mapping speaks of this tensor.
    public func matches(_ name: String) -> Bool { file.hasSuffix(".") ? name.hasPrefix(file) : name == file }

    /// The model's name of a tensor that it speaks of.
    public func renamed(_ name: String) -> String? { model.map { $0 + name.dropFirst(file.count) } }
}
