import Recipes

/// Check a recipe without running it. Never touches the queue.
public enum CheckRecipe: Method {
    public static var documentation: [String] {
        ["Check a recipe without running it. Never touches the queue."]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var recipe: String
        public var files: [DataFile]?
        public var strict: Bool?
        public var overrides: [String: String]?

        public init(
            recipe: String, files: [DataFile]? = nil, strict: Bool? = nil, overrides: [String: String]? = nil
        ) {
            self.recipe = recipe
            self.files = files
            self.strict = strict
            self.overrides = overrides
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
        public var disk: DiskPlan?
        public var schedule: [SchedulePoint]?

        public init(
            ok: Bool,
            findings: [Finding],
            estimatedMemoryBytes: Int? = nil,
            estimatedDiskBytes: Int? = nil,
            estimatedUsec: Int? = nil,
            parameterCount: Int? = nil,
            recipeDigest: String,
            disk: DiskPlan? = nil,
            schedule: [SchedulePoint]? = nil
        ) {
            self.ok = ok
            self.findings = findings
            self.estimatedMemoryBytes = estimatedMemoryBytes
            self.estimatedDiskBytes = estimatedDiskBytes
            self.estimatedUsec = estimatedUsec
            self.parameterCount = parameterCount
            self.recipeDigest = recipeDigest
            self.disk = disk
            self.schedule = schedule
        }
    }
}

/// Queue a job. Durable before the reply. With the same requestId and the same arguments the first job
/// is returned again with 'existing' true; with other arguments RequestIdReused is raised. Supports
/// 'more': replies follow while the data is copied, hashed and inspected; the last one says what came
/// of it.
public enum SubmitJob: Method {
    public static var documentation: [String] {
        [
            "Queue a job. Durable before the reply. With the same requestId and the same arguments the first job",
            "is returned again with 'existing' true; with other arguments RequestIdReused is raised. Supports",
            "'more': replies follow while the data is copied, hashed and inspected; the last one says what came",
            "of it.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var recipe: String
        public var files: [DataFile]?
        public var name: String?
        public var priority: Int?
        public var labels: [String: String]?
        public var dependsOn: [String]?
        public var startPaused: Bool?
        public var overrides: [String: String]?
        /// Reasons for which warnings of checks are accepted, by the check's id.
        public var acknowledge: [String: String]?
        /// Whether the job goes on whatever its checks say.
        public var force: Bool?
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
            acknowledge: [String: String]? = nil,
            force: Bool? = nil,
            requestId: String? = nil
        ) {
            self.acknowledge = acknowledge
            self.force = force
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

/// Newest first; at most 'limit' (1 to 1000, default 100) from 'cursor' on.
public enum ListJobs: Method {
    public static var documentation: [String] {
        [
            "Newest first; at most 'limit' (1 to 1000, default 100) from 'cursor' on."
        ]
    }

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

/// Everything about one job.
public enum GetJob: Method {
    public static var documentation: [String] {
        [
            "Everything about one job."
        ]
    }

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

/// Needs 'more'. First a snapshot of every matching job (unless 'after' is given), then changes. Sends
/// a heartbeat at least every heartbeatUsec (default 15 s). Ends when all matching jobs have reached
/// one of the states in 'until'.
public enum WatchJobs: Method {
    public static var documentation: [String] {
        [
            "Needs 'more'. First a snapshot of every matching job (unless 'after' is given), then changes. Sends",
            "a heartbeat at least every heartbeatUsec (default 15 s). Ends when all matching jobs have reached",
            "one of the states in 'until'.",
        ]
    }
    public static var streaming: Streaming { .required }

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
