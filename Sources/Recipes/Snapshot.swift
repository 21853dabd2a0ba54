/// One tensor's place in a snapshot, and how its stored bytes become the exported tensor.
public struct TensorRecord: Codable, Sendable, Equatable {
    public enum Role: String, Codable, Sendable, CaseIterable {
        case weight, buffer, moment, average
        /// One of the weights that an average is the mean of.
        case window
    }
    /// PyTorch's name below the layer's (`0.weight`); moments and averages have a prefix (`adam.m.0.weight`,
    /// `ema_0.999.0.weight`, `lawa_500x5.0.weight` and, what that is the mean of, `lawa_500x5_3.0.weight`).
    public var name: String
    public var role: Role
    /// Always `F32`, or `I64` for counters; little-endian.
    public var dtype: String
    /// Shape as exported, in PyTorch's layout.
    public var shape: [Int]
    /// Shape of the bytes as stored, where the engine's layout differs; nil when it is `shape`.
    public var storedShape: [Int]?
    /// exported = reshape(transpose(view(bytes, storedShape), permutation), shape).
    public var permutation: [Int]?
    /// Place of the bytes in the snapshot's memory.
    public var offset: Int
    public var byteCount: Int

    public init(
        name: String, role: Role, dtype: String = "F32", shape: [Int], storedShape: [Int]? = nil,
        permutation: [Int]? = nil, offset: Int, byteCount: Int
    ) {
        self.name = name
        self.role = role
        self.dtype = dtype
        self.shape = shape
        self.storedShape = storedShape
        self.permutation = permutation
        self.offset = offset
        self.byteCount = byteCount
    }
}

/// Everything a resume needs at one step, but the tensors' bytes, which travel in a memfd.
public struct Snapshot: Codable, Sendable, Equatable {
    public enum Cause: String, Codable, Sendable, CaseIterable {
        case time, step, best, asked, stop, end, imported
        /// The last one before the rate, held until then, falls: what a longer run goes on from. Kept for ever.
        case decay
    }
    /// Updates done: the next one to do has this index.
    public var step: Int
    public var cause: Cause
    public var tensors: [TensorRecord]
    /// Controller state as canonical JSON (sorted keys, no spaces): best metric, accumulators, counters. Enters the
    /// digest; holds no time, id or name of a job.
    public var state: String
    /// Latest value of each metric at this step.
    public var metrics: [MetricValue]
    /// What decides the bits: simmer's version, CPU level and the products' precision.
    public var environment: [String: String]
    /// Seconds of training so far over all runs; not part of the digest.
    public var activeSeconds: Double
    /// What the run's watchers remember, as canonical JSON; nothing that a weight depends on, and not part of the digest.
    public var watch: String?
    /// SHA-256 of what the network answers to a few examples, 64 hexadecimal digits: whoever reads the checkpoint back
    /// can ask it again. Not part of the digest; nil where there was nothing to ask.
    public var canary: String?
    /// What an imported file says of how its weights' inputs were made (`InputScaling.metadataText`), as it says it; nil
    /// for a job's own, which the job's facts tell. Not part of the digest.
    public var inputs: String?

    public init(
        step: Int, cause: Cause, tensors: [TensorRecord], state: String, metrics: [MetricValue],
        environment: [String: String], activeSeconds: Double, watch: String? = nil, canary: String? = nil,
        inputs: String? = nil
    ) {
        self.watch = watch
        self.canary = canary
        self.inputs = inputs
        self.step = step
        self.cause = cause
        self.tensors = tensors
        self.state = state
        self.metrics = metrics
        self.environment = environment
        self.activeSeconds = activeSeconds
    }
}

/// A change of hot keys that takes effect before the update with index `step`.
public struct HotChange: Codable, Sendable, Equatable {
    public var step: Int
    /// Recipe keys by dotted path and their new values as YAML scalars.
    public var values: [String: String]

    public init(step: Int, values: [String: String]) {
        self.step = step
        self.values = values
    }
}

extension HotChange: Documented {
    public static var documentation: [String] {
        ["A change of hot keys of the recipe that takes effect before the update with index 'step'."]
    }
}

extension Snapshot {
    /// Whether every tensor lies within memory of this size, whatever numbers a broken worker has put there.
    public func fits(byteCount: Int) -> Bool {
        tensors.allSatisfy {
            $0.offset >= 0 && $0.byteCount >= 0 && $0.byteCount <= byteCount && $0.offset <= byteCount - $0.byteCount
        }
    }
}
