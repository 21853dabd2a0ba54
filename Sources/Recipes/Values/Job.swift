public struct Progress: Codable, Sendable, Equatable {
    public var step: Int
    public var totalSteps: Int?
    public var epoch: Double?
    public var samplesSeen: Int?
    public var tokensSeen: Int?
    public var stepsPerSecond: Double?
    public var etaUsec: Int?
    public var stalledForUsec: Int?

    public init(
        step: Int,
        totalSteps: Int? = nil,
        epoch: Double? = nil,
        samplesSeen: Int? = nil,
        tokensSeen: Int? = nil,
        stepsPerSecond: Double? = nil,
        etaUsec: Int? = nil,
        stalledForUsec: Int? = nil
    ) {
        self.step = step
        self.totalSteps = totalSteps
        self.epoch = epoch
        self.samplesSeen = samplesSeen
        self.tokensSeen = tokensSeen
        self.stepsPerSecond = stepsPerSecond
        self.etaUsec = etaUsec
        self.stalledForUsec = stalledForUsec
    }
}

public struct JobResources: Codable, Sendable, Equatable {
    public var cpuThreads: Int?
    public var memoryBytes: Int?
    public var memoryPeakBytes: Int?
    public var gpuIndices: [Int]?
    public var gpuMemoryBytes: Int?

    public init(
        cpuThreads: Int? = nil,
        memoryBytes: Int? = nil,
        memoryPeakBytes: Int? = nil,
        gpuIndices: [Int]? = nil,
        gpuMemoryBytes: Int? = nil
    ) {
        self.cpuThreads = cpuThreads
        self.memoryBytes = memoryBytes
        self.memoryPeakBytes = memoryPeakBytes
        self.gpuIndices = gpuIndices
        self.gpuMemoryBytes = gpuMemoryBytes
    }
}

public struct JobSummary: Codable, Sendable, Equatable {
    public var id: Int
    public var uuid: String
    public var name: String
    public var ownerUid: Int
    public var ownerName: String?
    public var state: JobState
    public var desired: DesiredState
    public var priority: Int
    public var queuePosition: Int?
    public var generation: Int
    public var createdUsec: Int
    public var startedUsec: Int?
    public var endedUsec: Int?
    public var activeUsec: Int
    public var restarts: Int
    public var progress: Progress?
    public var latestMetrics: [MetricValue]
    public var lastCheckpoint: String?
    public var lastCheckpointUsec: Int?
    public var reason: Reason?
    public var labels: [String: String]

    public init(
        id: Int,
        uuid: String,
        name: String,
        ownerUid: Int,
        ownerName: String? = nil,
        state: JobState,
        desired: DesiredState,
        priority: Int,
        queuePosition: Int? = nil,
        generation: Int,
        createdUsec: Int,
        startedUsec: Int? = nil,
        endedUsec: Int? = nil,
        activeUsec: Int,
        restarts: Int,
        progress: Progress? = nil,
        latestMetrics: [MetricValue],
        lastCheckpoint: String? = nil,
        lastCheckpointUsec: Int? = nil,
        reason: Reason? = nil,
        labels: [String: String]
    ) {
        self.id = id
        self.uuid = uuid
        self.name = name
        self.ownerUid = ownerUid
        self.ownerName = ownerName
        self.state = state
        self.desired = desired
        self.priority = priority
        self.queuePosition = queuePosition
        self.generation = generation
        self.createdUsec = createdUsec
        self.startedUsec = startedUsec
        self.endedUsec = endedUsec
        self.activeUsec = activeUsec
        self.restarts = restarts
        self.progress = progress
        self.latestMetrics = latestMetrics
        self.lastCheckpoint = lastCheckpoint
        self.lastCheckpointUsec = lastCheckpointUsec
        self.reason = reason
        self.labels = labels
    }
}

public struct JobDetail: Codable, Sendable, Equatable {
    public var summary: JobSummary
    public var recipe: String
    public var recipeDigest: String
    public var parentCheckpoint: String?
    public var dependsOn: [Int]
    public var resources: JobResources
    public var warnings: [Finding]
    public var checkpointCount: Int
    public var checkpointBytes: Int
    public var environment: [String: String]

    public init(
        summary: JobSummary,
        recipe: String,
        recipeDigest: String,
        parentCheckpoint: String? = nil,
        dependsOn: [Int],
        resources: JobResources,
        warnings: [Finding],
        checkpointCount: Int,
        checkpointBytes: Int,
        environment: [String: String]
    ) {
        self.summary = summary
        self.recipe = recipe
        self.recipeDigest = recipeDigest
        self.parentCheckpoint = parentCheckpoint
        self.dependsOn = dependsOn
        self.resources = resources
        self.warnings = warnings
        self.checkpointCount = checkpointCount
        self.checkpointBytes = checkpointBytes
        self.environment = environment
    }
}

public struct JobFilter: Codable, Sendable, Equatable {
    public var names: [String]?
    public var states: [JobState]?
    public var ownerUid: Int?
    public var labels: [String: String]?
    public var createdAfterUsec: Int?
    public var includeEnded: Bool?

    public init(
        names: [String]? = nil,
        states: [JobState]? = nil,
        ownerUid: Int? = nil,
        labels: [String: String]? = nil,
        createdAfterUsec: Int? = nil,
        includeEnded: Bool? = nil
    ) {
        self.names = names
        self.states = states
        self.ownerUid = ownerUid
        self.labels = labels
        self.createdAfterUsec = createdAfterUsec
        self.includeEnded = includeEnded
    }
}
