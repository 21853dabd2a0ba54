import Recipes

/// A branch of a trunk whose rate goes to zero.
public enum CooldownJob: Method {
    public static var documentation: [String] {
        [
            "Branches from the newest checkpoint of a job that trains at a constant rate and takes the rate to zero over",
            "'share' of its steps so far (0.2 by default), along 'shape' (1-sqrt, linear, cosine). The job itself goes on.",
            "The branch runs in a slot of its own. With dryRun nothing is queued: the reply says what would be.",
            "'<job>@best-harvest' is the end of the best such branch.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var share: Double?
        public var shape: String?
        public var name: String?
        public var dryRun: Bool?
        public var requestId: String?

        public init(
            job: String, share: Double? = nil, shape: String? = nil, name: String? = nil, dryRun: Bool? = nil,
            requestId: String? = nil
        ) {
            self.job = job
            self.share = share
            self.shape = shape
            self.name = name
            self.dryRun = dryRun
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        /// The branch; absent for a dry run.
        public var job: JobSummary?
        /// The checkpoint that it begins with, and its step.
        public var checkpoint: String
        public var fromStep: Int
        public var totalSteps: Int
        /// The learning rate that the decay begins at.
        public var rate: Double
        public var findings: [Finding]
        public var existing: Bool

        public init(
            job: JobSummary?, checkpoint: String, fromStep: Int, totalSteps: Int, rate: Double, findings: [Finding],
            existing: Bool
        ) {
            self.job = job
            self.checkpoint = checkpoint
            self.fromStep = fromStep
            self.totalSteps = totalSteps
            self.rate = rate
            self.findings = findings
            self.existing = existing
        }
    }
}
