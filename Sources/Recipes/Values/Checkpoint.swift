/// What the last reading of a checkpoint's bytes against their digests found.
public enum VerifyState: String, Codable, Sendable, CaseIterable, Equatable {
    case unverified
    case ok
    case corrupt
    case missing
}

/// Everything that a job needs to go on from one step, bit for bit.
public struct Checkpoint: Codable, Sendable, Equatable {
    /// Hexadecimal digits; never reused.
    public var id: String
    public var jobId: Int?
    public var jobName: String?
    public var ownerUid: Int
    public var step: Int
    public var createdUsec: Int
    public var sizeBytes: Int
    /// Bytes that no older checkpoint shares.
    public var newBytes: Int
    public var tags: [String]
    public var pinned: Bool
    public var parents: [String]
    public var metrics: [MetricValue]
    /// SHA-256 over all that a resume needs, and nothing else: equal digests mean equal futures.
    public var digest: String?
    /// The same over the weights alone.
    public var weightsDigest: String?
    public var verifyState: VerifyState
    public var verifiedUsec: Int?
    public var complete: Bool
    /// 'train' as a run hands it over; 'imported', 'ensemble' or 'average' otherwise.
    public var kind: String

    public init(
        id: String,
        jobId: Int? = nil,
        jobName: String? = nil,
        ownerUid: Int,
        step: Int,
        createdUsec: Int,
        sizeBytes: Int,
        newBytes: Int,
        tags: [String],
        pinned: Bool,
        parents: [String],
        metrics: [MetricValue],
        digest: String? = nil,
        weightsDigest: String? = nil,
        verifyState: VerifyState,
        verifiedUsec: Int? = nil,
        complete: Bool,
        kind: String
    ) {
        self.id = id
        self.jobId = jobId
        self.jobName = jobName
        self.ownerUid = ownerUid
        self.step = step
        self.createdUsec = createdUsec
        self.sizeBytes = sizeBytes
        self.newBytes = newBytes
        self.tags = tags
        self.pinned = pinned
        self.parents = parents
        self.metrics = metrics
        self.digest = digest
        self.weightsDigest = weightsDigest
        self.verifyState = verifyState
        self.verifiedUsec = verifiedUsec
        self.complete = complete
        self.kind = kind
    }
}

/// One tensor of a checkpoint; the statistics only when asked for.
public struct TensorSummary: Codable, Sendable, Equatable {
    public var name: String
    /// As in safetensors: F32, I64.
    public var dtype: String
    /// As exported, in PyTorch's layout.
    public var shape: [Int]
    public var sizeBytes: Int
    public var digest: String
    public var min: Double?
    public var max: Double?
    public var mean: Double?
    /// Standard deviation over all elements.
    public var std: Double?
    public var nonFiniteCount: Int?

    public init(
        name: String,
        dtype: String,
        shape: [Int],
        sizeBytes: Int,
        digest: String,
        min: Double? = nil,
        max: Double? = nil,
        mean: Double? = nil,
        std: Double? = nil,
        nonFiniteCount: Int? = nil
    ) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.sizeBytes = sizeBytes
        self.digest = digest
        self.min = min
        self.max = max
        self.mean = mean
        self.std = std
        self.nonFiniteCount = nonFiniteCount
    }
}

/// How a checkpoint is written to a file.
public enum ExportFormat: String, Codable, Sendable, CaseIterable, Equatable {
    case safetensors
    case onnx
    case native
}

extension Checkpoint: Documented {
    public static var documentation: [String] {
        [
            "Everything that a job needs to go on from one step, bit for bit."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "id": "Hexadecimal digits; never reused.",
            "newBytes": "Bytes that no older checkpoint shares.",
            "digest": "SHA-256 over all that a resume needs, and nothing else: equal digests mean equal futures.",
            "weightsDigest": "The same over the weights alone.",
            "kind": "'train' as a run hands it over; 'imported', 'ensemble' or 'average' otherwise.",
        ]
    }
}

extension TensorSummary: Documented {
    public static var interfaceName: String { "Tensor" }
    public static var documentation: [String] {
        [
            "One tensor of a checkpoint; the statistics only when asked for."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "dtype": "As in safetensors: F32, I64.",
            "shape": "As exported, in PyTorch's layout.",
            "std": "Standard deviation over all elements.",
        ]
    }
}

extension VerifyState: Documented {
    public static var documentation: [String] {
        [
            "What the last reading of a checkpoint's bytes against their digests found."
        ]
    }
}

extension ExportFormat: Documented {
    public static var documentation: [String] {
        [
            "How a checkpoint is written to a file."
        ]
    }
}
