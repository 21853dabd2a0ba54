import Recipes

/// Check a recipe without running it. Never touches the queue.
public enum CheckRecipe: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var recipe: String
        public var files: [DataFile]?
        public var strict: Bool?

        public init(recipe: String, files: [DataFile]? = nil, strict: Bool? = nil) {
            self.recipe = recipe
            self.files = files
            self.strict = strict
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var ok: Bool
        public var findings: [Finding]
        public var estimatedMemoryBytes: Int?
        public var estimatedDiskBytes: Int?
        public var estimatedUsec: Int?
        public var parameterCount: Int?
        public var recipeDigest: String

        public init(
            ok: Bool,
            findings: [Finding],
            estimatedMemoryBytes: Int? = nil,
            estimatedDiskBytes: Int? = nil,
            estimatedUsec: Int? = nil,
            parameterCount: Int? = nil,
            recipeDigest: String
        ) {
            self.ok = ok
            self.findings = findings
            self.estimatedMemoryBytes = estimatedMemoryBytes
            self.estimatedDiskBytes = estimatedDiskBytes
            self.estimatedUsec = estimatedUsec
            self.parameterCount = parameterCount
            self.recipeDigest = recipeDigest
        }
    }
}

/// Queue a job. Durable before the reply. With the same requestId and the same arguments the first
/// job is returned again with 'existing' true; with other arguments RequestIdReused is raised.
public enum SubmitJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var recipe: String
        public var files: [DataFile]?
        public var name: String?
        public var priority: Int?
        public var labels: [String: String]?
        public var dependsOn: [String]?
        public var startPaused: Bool?
        public var overrides: [String: String]?
        public var requestId: String?

        public init(
            recipe: String,
            files: [DataFile]? = nil,
            name: String? = nil,
            priority: Int? = nil,
            labels: [String: String]? = nil,
            dependsOn: [String]? = nil,
            startPaused: Bool? = nil,
            overrides: [String: String]? = nil,
            requestId: String? = nil
        ) {
            self.recipe = recipe
            self.files = files
            self.name = name
            self.priority = priority
            self.labels = labels
            self.dependsOn = dependsOn
            self.startPaused = startPaused
            self.overrides = overrides
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary
        public var findings: [Finding]
        public var existing: Bool

        public init(job: JobSummary, findings: [Finding], existing: Bool) {
            self.job = job
            self.findings = findings
            self.existing = existing
        }
    }
}

public enum ListJobs: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var filter: JobFilter?
        public var limit: Int?
        public var cursor: String?

        public init(filter: JobFilter? = nil, limit: Int? = nil, cursor: String? = nil) {
            self.filter = filter
            self.limit = limit
            self.cursor = cursor
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var jobs: [JobSummary]
        public var nextCursor: String?
        public var total: Int

        public init(jobs: [JobSummary], nextCursor: String? = nil, total: Int) {
            self.jobs = jobs
            self.nextCursor = nextCursor
            self.total = total
        }
    }
}

public enum GetJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String

        public init(job: String) {
            self.job = job
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobDetail

        public init(job: JobDetail) {
            self.job = job
        }
    }
}

/// Needs 'more'. First a snapshot of every matching job (unless 'after' is given), then changes.
/// Sends a heartbeat at least every heartbeatUsec (default 15 s). Ends when all matching jobs
/// have reached one of the states in 'until'.
public enum WatchJobs: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var filter: JobFilter?
        public var after: Int?
        public var until: [JobState]?
        public var heartbeatUsec: Int?
        public var minIntervalUsec: Int?

        public init(
            filter: JobFilter? = nil,
            after: Int? = nil,
            until: [JobState]? = nil,
            heartbeatUsec: Int? = nil,
            minIntervalUsec: Int? = nil
        ) {
            self.filter = filter
            self.after = after
            self.until = until
            self.heartbeatUsec = heartbeatUsec
            self.minIntervalUsec = minIntervalUsec
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var event: Event

        public init(event: Event) {
            self.event = event
        }
    }
}

public enum PauseJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var requestId: String?

        public init(job: String, requestId: String? = nil) {
            self.job = job
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary
        public var changed: Bool

        public init(job: JobSummary, changed: Bool) {
            self.job = job
            self.changed = changed
        }
    }
}

public enum ResumeJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var fromCheckpoint: String?
        public var requestId: String?

        public init(job: String, fromCheckpoint: String? = nil, requestId: String? = nil) {
            self.job = job
            self.fromCheckpoint = fromCheckpoint
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary
        public var changed: Bool

        public init(job: JobSummary, changed: Bool) {
            self.job = job
            self.changed = changed
        }
    }
}

public enum StopJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var timeoutUsec: Int?
        public var requestId: String?

        public init(job: String, timeoutUsec: Int? = nil, requestId: String? = nil) {
            self.job = job
            self.timeoutUsec = timeoutUsec
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary
        public var changed: Bool

        public init(job: JobSummary, changed: Bool) {
            self.job = job
            self.changed = changed
        }
    }
}

public enum CancelJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var requestId: String?

        public init(job: String, requestId: String? = nil) {
            self.job = job
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary
        public var changed: Bool

        public init(job: JobSummary, changed: Bool) {
            self.job = job
            self.changed = changed
        }
    }
}

public enum DeleteJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var keepCheckpoints: Bool?
        public var requestId: String?

        public init(job: String, keepCheckpoints: Bool? = nil, requestId: String? = nil) {
            self.job = job
            self.keepCheckpoints = keepCheckpoints
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var freedBytes: Int

        public init(freedBytes: Int) {
            self.freedBytes = freedBytes
        }
    }
}

public enum SetJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var expectedGeneration: Int?
        public var name: String?
        public var priority: Int?
        public var labels: [String: String]?
        /// Hot keys of the recipe and their new values, e.g. `optimizer.rate: 1e-4`.
        public var values: [String: String]?
        public var requestId: String?

        public init(
            job: String,
            expectedGeneration: Int? = nil,
            name: String? = nil,
            priority: Int? = nil,
            labels: [String: String]? = nil,
            values: [String: String]? = nil,
            requestId: String? = nil
        ) {
            self.job = job
            self.expectedGeneration = expectedGeneration
            self.name = name
            self.priority = priority
            self.labels = labels
            self.values = values
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary

        public init(job: JobSummary) {
            self.job = job
        }
    }
}

/// Supports 'more'. Asks for a checkpoint at the next step boundary; without 'more' the checkpoint is returned with complete false.
public enum CheckpointJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var tag: String?
        public var requestId: String?

        public init(job: String, tag: String? = nil, requestId: String? = nil) {
            self.job = job
            self.tag = tag
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var checkpoint: Checkpoint

        public init(checkpoint: Checkpoint) {
            self.checkpoint = checkpoint
        }
    }
}

/// Raises (or lowers) the total of a job. With dryRun nothing changes: the reply says which learning rate the job has
/// now, which it will have at the next step, and at the end, so that no rate ever surprises.
public enum ExtendJob: Method {
    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        /// The new total, in steps.
        public var totalSteps: Int
        public var dryRun: Bool?
        public var requestId: String?

        public init(job: String, totalSteps: Int, dryRun: Bool? = nil, requestId: String? = nil) {
            self.job = job
            self.totalSteps = totalSteps
            self.dryRun = dryRun
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var job: JobSummary
        public var fromStep: Int
        public var totalSteps: Int
        public var rateNow: Double
        public var rateNext: Double
        public var rateEnd: Double
        public var dryRun: Bool

        public init(
            job: JobSummary, fromStep: Int, totalSteps: Int, rateNow: Double, rateNext: Double, rateEnd: Double,
            dryRun: Bool
        ) {
            self.job = job
            self.fromStep = fromStep
            self.totalSteps = totalSteps
            self.rateNow = rateNow
            self.rateNext = rateNext
            self.rateEnd = rateEnd
            self.dryRun = dryRun
        }
    }
}
