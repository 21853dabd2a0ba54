import Recipes

/// Supports 'more'. Runs checks on a recipe and its data, or on a job; what they find is kept.
public enum RunChecks: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Runs the recipe's checks: on a recipe with its files, or on a job, the suite 'trained' on one of",
            "its checkpoints. What they find is kept, and holds for every job of the same recipe and data. With 'more',",
            "replies follow as results come in; the last one has them all.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        /// The text of a recipe; or a job.
        public var recipe: String?
        public var files: [DataFile]?
        public var overrides: [String: String]?
        public var job: String?
        /// For the suite 'trained'; the job's last one otherwise.
        public var checkpoint: String?
        public var suite: CheckSuite
        /// Ids; all of the suite otherwise.
        public var only: [String]?

        public init(
            recipe: String? = nil, files: [DataFile]? = nil, overrides: [String: String]? = nil, job: String? = nil,
            checkpoint: String? = nil, suite: CheckSuite, only: [String]? = nil
        ) {
            self.recipe = recipe
            self.files = files
            self.overrides = overrides
            self.job = job
            self.checkpoint = checkpoint
            self.suite = suite
            self.only = only
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: CheckProgress?
        /// New ones; in the last reply all.
        public var results: [CheckResult]?
        /// What is wrong with the recipe or its data, so that no check was run.
        public var findings: [Finding]?

        public init(
            progress: CheckProgress? = nil, results: [CheckResult]? = nil, findings: [Finding]? = nil
        ) {
            self.progress = progress
            self.results = results
            self.findings = findings
        }
    }
}

/// How far a suite is.
public struct CheckProgress: Codable, Sendable, Equatable {
    /// Of the checks that are being made; empty before the first.
    public var ids: [String]
    public var done: Int
    public var count: Int
    /// How long the whole suite was expected to take when it began.
    public var expectedSeconds: Double?

    public init(ids: [String], done: Int, count: Int, expectedSeconds: Double? = nil) {
        self.ids = ids
        self.done = done
        self.count = count
        self.expectedSeconds = expectedSeconds
    }
}

/// What is known of a job by checks.
public enum ListChecks: Method {
    public static var documentation: [String] {
        [
            "What the checks have found of a job's recipe and data, and of the job itself while it trains; and whether they",
            "hold it back.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String

        public init(job: String) { self.job = job }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var report: CheckReport

        public init(report: CheckReport) { self.report = report }
    }
}

/// Supports 'more'. The pictures of a job's checks.
public enum GetPictures: Method {
    public static var documentation: [String] {
        [
            "Supports 'more', and needs it where there is more than one picture: one a reply. Pictures of one check of a job."
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var check: String

        public init(job: String, check: String) {
            self.job = job
            self.check = check
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        /// Absent where there is none.
        public var picture: Picture?

        public init(picture: Picture? = nil) { self.picture = picture }
    }
}

/// Accepts what checks warn of, or lets a job go on whatever they say.
public enum AcknowledgeChecks: Method {
    public static var documentation: [String] {
        [
            "Accepts warnings of checks with a reason each, for one job; 'force' lets it go on whatever they say. Both are",
            "shown on every later report. The job goes on where nothing else holds it.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        /// By the check's id.
        public var reasons: [String: String]?
        public var force: Bool?
        public var requestId: String?

        public init(job: String, reasons: [String: String]? = nil, force: Bool? = nil, requestId: String? = nil) {
            self.job = job
            self.reasons = reasons
            self.force = force
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var report: CheckReport

        public init(report: CheckReport) { self.report = report }
    }
}
