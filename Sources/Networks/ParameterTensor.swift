/// One named tensor of a network and its place in the network's flat memory.
public struct ParameterTensor: Sendable, Equatable {
    /// Which flat buffer holds the values.
    public enum Storage: Sendable, Equatable {
        /// `Network.parameters` (and, at the same offset, `Network.gradients` and each of `Network.moments`).
        case parameters
        /// `Network.buffers`: values that no gradient changes (running statistics).
        case buffers
        /// `Network.counters`: 64-bit integers (`num_batches_tracked`).
        case counters
    }
    /// PyTorch's name below the layer's: `0.weight`, `3.running_mean`.
    public var name: String
    public var storage: Storage
    /// First element in the storage, in elements.
    public var offset: Int
    /// Elements; the product of `shape`.
    public var count: Int
    /// Shape in PyTorch's layout; empty for a scalar counter.
    public var shape: [Int]
    /// Shape as stored, where the engine's layout differs; nil when it is `shape`.
    public var storedShape: [Int]?
    /// exported = reshape(transpose(view(values, storedShape), permutation), shape).
    public var permutation: [Int]?
    /// Whether decoupled decay (adamw) applies: weights of linear and conv2d, not biases and norms.
    public var decays: Bool
    /// Index of its layer in the recipe.
    public var layer: Int
}
