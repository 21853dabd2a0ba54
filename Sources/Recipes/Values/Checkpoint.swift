public enum VerifyState: String, Codable, Sendable, CaseIterable, Equatable {
    case unverified
    case ok
    case corrupt
    case missing
}

public struct Checkpoint: Codable, Sendable, Equatable {
    public var id: String
    public var jobId: Int?
    public var jobName: String?
    public var ownerUid: Int
    public var step: Int
    public var createdUsec: Int
    public var sizeBytes: Int
    public var newBytes: Int
    public var tags: [String]
    public var pinned: Bool
    public var parents: [String]
    public var metrics: [MetricValue]
    public var digest: String?
    public var weightsDigest: String?
    public var verifyState: VerifyState
    public var verifiedUsec: Int?
    public var complete: Bool
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

public struct TensorSummary: Codable, Sendable, Equatable {
    public var name: String
    public var dtype: String
    public var shape: [Int]
    public var sizeBytes: Int
    public var digest: String
    public var min: Double?
    public var max: Double?
    public var mean: Double?
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

public enum ExportFormat: String, Codable, Sendable, CaseIterable, Equatable {
    case safetensors
    case onnx
    case native
}

public enum EnsembleMethod: String, Codable, Sendable, CaseIterable, Equatable {
    case averageWeights = "average_weights"
    case averageLogits = "average_logits"
    case averageProbabilities = "average_probabilities"
    case vote
}
