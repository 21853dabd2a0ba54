import Recipes

/// Parks the job at its next step boundary and keeps its memory; its slot is free for others.
public enum PauseJob: Method {
    public static var documentation: [String] {
        [
            "Parks the job at its next step boundary and keeps its memory; its slot is free for others."
        ]
    }

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

/// Lets a paused, stopped or interrupted job go on, from its newest good checkpoint unless another is
/// named.
public enum ResumeJob: Method {
    public static var documentation: [String] {
        [
            "Lets a paused, stopped or interrupted job go on, from its newest good checkpoint unless another is",
            "named.",
        ]
    }

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

/// Finishes the step, writes a last checkpoint, ends; the job can be resumed.
public enum StopJob: Method {
    public static var documentation: [String] {
        [
            "Finishes the step, writes a last checkpoint, ends; the job can be resumed."
        ]
    }

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

/// Ends the job at once, without a checkpoint and for good.
public enum CancelJob: Method {
    public static var documentation: [String] {
        [
            "Ends the job at once, without a checkpoint and for good."
        ]
    }

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

/// Removes an ended job, and those of its checkpoints that no other job has come from and that are neither tagged nor
/// pinned.
public enum DeleteJob: Method {
    public static var documentation: [String] {
        [
            "Removes an ended job and the jobs that it is made of. Checkpoints that another job has come from, or that are",
            "tagged or pinned, stay, and all do with keepCheckpoints. With dryRun nothing changes.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var keepCheckpoints: Bool?
        public var dryRun: Bool?
        public var requestId: String?

        public init(
            job: String, keepCheckpoints: Bool? = nil, dryRun: Bool? = nil, requestId: String? = nil
        ) {
            self.job = job
            self.keepCheckpoints = keepCheckpoints
            self.dryRun = dryRun
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        /// What the next sweeps will free.
        public var freedBytes: Int
        public var removedCheckpoints: Int
        public var keptCheckpoints: Int

        public init(freedBytes: Int, removedCheckpoints: Int, keptCheckpoints: Int) {
            self.freedBytes = freedBytes
            self.removedCheckpoints = removedCheckpoints
            self.keptCheckpoints = keptCheckpoints
        }
    }
}

/// Changes what may change while a job lives. 'values' are hot keys of the recipe; each takes effect at
/// a step that is committed before the worker is told.
public enum SetJob: Method {
    public static var documentation: [String] {
        [
            "Changes what may change while a job lives. 'values' are hot keys of the recipe; each takes effect at",
            "a step that is committed before the worker is told.",
        ]
    }

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

/// Supports 'more'. Asks for a checkpoint at the next step boundary; without 'more' the checkpoint is
/// returned with complete false, and with an empty id, as soon as it is asked for; a daemon that is killed before it is taken forgets it.
public enum CheckpointJob: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Asks for a checkpoint at the next step boundary; without 'more' the checkpoint is",
            "returned with complete false, and with an empty id, as soon as it is asked for; a daemon that is killed before it is taken forgets it.",
        ]
    }
    public static var streaming: Streaming { .supported }

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

/// Raises (or lowers) the total of a job. With dryRun nothing changes: the reply says which learning
/// rate the job has now, which it will have at the next step, and at the end, so that no rate ever
/// surprises.
public enum ExtendJob: Method {
    public static var documentation: [String] {
        [
            "Raises (or lowers) the total of a job. With dryRun nothing changes: the reply says which learning",
            "rate the job has now, which it will have at the next step, and at the end, so that no rate ever",
            "surprises. Where the rate, held for a time, has begun to fall, 'decay' says how a branch from before that",
            "would come to the new total. With dryRun 'branch' is the branch that goes on better than this would: where",
            "the rate has fallen, or would be 0 before the new total.",
        ]
    }

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
        /// The total before; absent where it has none.
        public var totalNow: Int?
        public var totalSteps: Int
        public var rateNow: Double
        public var rateNext: Double
        public var rateEnd: Double
        public var dryRun: Bool
        public var decay: DecayedRun?
        public var branch: ExtendingBranch?

        public init(
            job: JobSummary, fromStep: Int, totalNow: Int? = nil, totalSteps: Int, rateNow: Double, rateNext: Double,
            rateEnd: Double, dryRun: Bool, decay: DecayedRun? = nil, branch: ExtendingBranch? = nil
        ) {
            self.job = job
            self.fromStep = fromStep
            self.totalNow = totalNow
            self.totalSteps = totalSteps
            self.rateNow = rateNow
            self.rateNext = rateNext
            self.rateEnd = rateEnd
            self.dryRun = dryRun
            self.decay = decay
            self.branch = branch
        }
    }
}

/// A branch that comes to a new total.
public struct ExtendingBranch: Codable, Sendable, Equatable {
    /// Id of the checkpoint that it leaves from, and its step.
    public var checkpoint: String
    public var fromStep: Int
    /// What it changes.
    public var overrides: [String: String]
    /// Whether the rate, which has fallen, rises again first.
    public var rewarms: Bool
    /// Where the rate begins to fall; absent where it does not.
    public var fallsFrom: Int?
    /// The rate at its first step, the highest, and at its last.
    public var rateNext: Double
    public var rateMost: Double
    public var rateEnd: Double

    public init(
        checkpoint: String, fromStep: Int, overrides: [String: String], rewarms: Bool, fallsFrom: Int?,
        rateNext: Double, rateMost: Double, rateEnd: Double
    ) {
        self.checkpoint = checkpoint
        self.fromStep = fromStep
        self.overrides = overrides
        self.rewarms = rewarms
        self.fallsFrom = fallsFrom
        self.rateNext = rateNext
        self.rateMost = rateMost
        self.rateEnd = rateEnd
    }
}

/// A run whose rate, held for a time, has begun to fall: how a longer one comes about.
public struct DecayedRun: Codable, Sendable, Equatable {
    /// Where the rate begins to fall.
    public var step: Int
    /// The rate up to there.
    public var rate: Double
    /// The job's checkpoint at that step; absent where there is none.
    public var checkpoint: String?
    /// What a branch from it changes: the rate is held for longer, then falls to the end of the new total. Absent where
    /// the new total is too small for that.
    public var overrides: [String: String]?

    public init(step: Int, rate: Double, checkpoint: String?, overrides: [String: String]?) {
        self.step = step
        self.rate = rate
        self.checkpoint = checkpoint
        self.overrides = overrides
    }
}
