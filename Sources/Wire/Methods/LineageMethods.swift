import Recipes

/// A new job whose first step continues from a checkpoint.
public enum BranchJob: Method {
    public static var documentation: [String] {
        [
            "A new job whose first step continues from a checkpoint."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var name: String?
        public var overrides: [String: String]?
        public var resetOptimizer: Bool?
        public var startPaused: Bool?
        public var requestId: String?

        public init(
            checkpoint: String,
            name: String? = nil,
            overrides: [String: String]? = nil,
            resetOptimizer: Bool? = nil,
            startPaused: Bool? = nil,
            requestId: String? = nil
        ) {
            self.checkpoint = checkpoint
            self.name = name
            self.overrides = overrides
            self.resetOptimizer = resetOptimizer
            self.startPaused = startPaused
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

/// A job whose network learns the soft outputs of teachers: SubmitJob with 'kind' and 'teachers' laid over
/// the recipe. The names are bound to checkpoints before the reply, those of jobs in 'dependsOn' when it starts.
public enum DistillJob: Method {
    public static var documentation: [String] {
        [
            "A job whose network learns the soft outputs of teachers: SubmitJob with 'kind' and 'teachers' laid over",
            "the recipe. The names are bound to checkpoints before the reply, those of jobs in 'dependsOn' when it starts.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var teachers: [String]
        public var recipe: String
        public var files: [DataFile]?
        public var name: String?
        public var priority: Int?
        public var labels: [String: String]?
        public var dependsOn: [String]?
        public var startPaused: Bool?
        public var overrides: [String: String]?
        /// As in SubmitJob.
        public var acknowledge: [String: String]?
        public var force: Bool?
        public var requestId: String?

        public init(
            teachers: [String],
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
            self.teachers = teachers
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

        /// The same job as a submission.
        public var submission: SubmitJob.Input {
            SubmitJob.Input(
                recipe: recipe, files: files, name: name, priority: priority, labels: labels, dependsOn: dependsOn,
                startPaused: startPaused, overrides: Recipe.distilling(teachers, overrides ?? [:]),
                acknowledge: acknowledge, force: force, requestId: requestId
            )
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
