/// How far a job is. 'step' is the truth; epochs and samples are views of it.
public struct Progress: Codable, Sendable, Equatable {
    public var step: Int
    /// Absent for a job without an end.
    public var totalSteps: Int?
    public var epoch: Double?
    public var samplesSeen: Int?
    /// Tokens of the windows of text that it has trained on.
    public var tokensSeen: Int?
    public var stepsPerSecond: Double?
    /// When it will end, as far as its speed tells.
    public var etaUsec: Int?
    /// Present when no step has ended for ten times the usual.
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

    /// How long so many steps take, microseconds; three centuries where it is longer, which is what a recipe of 10^15
    /// steps comes to. nil where the speed is none.
    public static func etaUsec(steps: Int, perSecond speed: Double) -> Int? {
        guard speed > 0 else { return nil }
        return Int(min(9e15, Double(max(0, steps)) / speed * 1e6))
    }
}

/// What a job may use, and has used at most.
public struct JobResources: Codable, Sendable, Equatable {
    public var cpuThreads: Int?
    public var memoryBytes: Int?
    /// Of its worker; absent while it has none.
    public var memoryPeakBytes: Int?
    /// Absent: it trains on CPUs. Programs that ask for them find them declared.
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

/// What a list shows of a job.
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
    /// Grows with every change of the job's own settings.
    public var generation: Int
    public var createdUsec: Int
    public var startedUsec: Int?
    public var endedUsec: Int?
    /// Time spent training, over all runs.
    public var activeUsec: Int
    /// Runs beyond the first that were not asked for.
    public var restarts: Int
    /// Absent before the first run.
    public var progress: Progress?
    public var latestMetrics: [MetricValue]
    public var lastCheckpoint: String?
    public var lastCheckpointUsec: Int?
    public var reason: Reason?
    public var labels: [String: String]
    /// The job that this one is a part of.
    public var partOf: Int?

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
        labels: [String: String],
        partOf: Int? = nil
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
        self.partOf = partOf
    }
}

/// Everything about one job.
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
    /// What decided the bits of its latest run: version, CPU level, precision.
    public var environment: [String: String]
    /// What inspection measured of its data.
    public var facts: JSONValue?
    /// Changes of hot keys, oldest first.
    public var changes: [HotChange]?
    /// Its attempts, newest first, at most 20.
    public var runs: [RunSummary]?
    /// The learning rate at the next step.
    public var rate: Double?
    public var parameterCount: Int?
    /// Of stretches of the last day; absent where it has not trained in it.
    public var medianStepsPerSecond: Double?
    /// Training since the newest durable checkpoint: what a crash at this moment would cost. Absent without a worker.
    public var atRiskUsec: Int?
    public var storeFreeBytes: Int?
    /// The rate over the run; absent before its data has been inspected.
    public var schedule: [SchedulePoint]?
    /// Cooldowns of it, oldest first.
    public var harvests: [HarvestPoint]?
    /// The jobs that it is made of, where it is made of others.
    public var parts: [JobSummary]?
    /// ensemble: what its members are worth together, once all have reached their end.
    public var ensemble: Ensemble?
    /// Of a squeeze, once its members have been measured.
    public var squeeze: Squeeze?
    /// 'train', 'distill', 'ensemble' or 'squeeze'.
    public var kind: String?
    /// What checks have found, in short.
    public var checks: CheckSummary?
    /// Whether it has been shown that the job can be gone on with, bit for bit; absent until it was tried.
    public var proof: ResumeProof?

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
        environment: [String: String],
        facts: JSONValue? = nil,
        changes: [HotChange]? = nil,
        runs: [RunSummary]? = nil,
        rate: Double? = nil,
        parameterCount: Int? = nil,
        medianStepsPerSecond: Double? = nil,
        atRiskUsec: Int? = nil,
        storeFreeBytes: Int? = nil,
        schedule: [SchedulePoint]? = nil,
        harvests: [HarvestPoint]? = nil
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
        self.facts = facts
        self.changes = changes
        self.runs = runs
        self.rate = rate
        self.parameterCount = parameterCount
        self.medianStepsPerSecond = medianStepsPerSecond
        self.atRiskUsec = atRiskUsec
        self.storeFreeBytes = storeFreeBytes
        self.schedule = schedule
        self.harvests = harvests
    }
}

/// Which jobs. Fields that are given must all hold; 'names' may have * and ?.
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

extension Progress: Documented {
    public static var documentation: [String] {
        [
            "How far a job is. 'step' is the truth; epochs and samples are views of it."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "totalSteps": "Absent for a job without an end.",
            "tokensSeen": "Tokens of the windows of text that it has trained on.",
            "etaUsec": "When it will end, as far as its speed tells.",
            "stalledForUsec": "Present when no step has ended for ten times the usual.",
        ]
    }
}

extension JobResources: Documented {
    public static var interfaceName: String { "Resources" }
    public static var documentation: [String] {
        [
            "What a job may use, and has used at most."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "memoryPeakBytes": "Of its worker; absent while it has none.",
            "gpuIndices": "Absent: it trains on CPUs.",
            "gpuMemoryBytes": "Absent: it trains on CPUs.",
        ]
    }
}

extension JobSummary: Documented {
    public static var documentation: [String] {
        [
            "What a list shows of a job."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "generation": "Grows with every change of the job's own settings.",
            "activeUsec": "Time spent training, over all runs.",
            "restarts": "Runs beyond the first that were not asked for.",
            "progress": "Absent before the first run; of a job that is made of others their sum.",
            "partOf": "The job that this one is a part of.",
        ]
    }
}

extension JobDetail: Documented {
    public static var documentation: [String] {
        [
            "Everything about one job."
        ]
    }
    public static var fieldDocumentation: [String: String] {
        [
            "environment": "What decided the bits of its latest run: version, CPU level.",
            "facts": "What inspection measured of its data.",
            "changes": "Changes of hot keys, oldest first.",
            "runs": "Its attempts, newest first, at most 20.",
            "rate": "The learning rate at the next step.",
            "medianStepsPerSecond": "Of stretches of the last day; absent where it has not trained in it.",
            "atRiskUsec": "Training since the newest durable checkpoint: what a crash at this moment would cost.",
            "schedule": "The rate over the run; absent before its data has been inspected.",
            "harvests": "Cooldowns of it, oldest first.",
            "proof": "Whether it has been shown that it can be gone on with, bit for bit; absent until it was tried.",
            "parts": "The jobs that it is made of, where it is made of others.",
            "squeeze": "Of a squeeze, once its members have been measured.",
            "kind": "'train', 'distill', 'ensemble' or 'squeeze'.",
            "ensemble": "Of an ensemble, once all its members have reached their end.",
        ]
    }
}

extension JobFilter: Documented {
    public static var documentation: [String] {
        [
            "Which jobs. Fields that are given must all hold; 'names' may have * and ?."
        ]
    }
}
