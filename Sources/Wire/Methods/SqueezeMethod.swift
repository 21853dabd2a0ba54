import Recipes

/// From one job to one small network: its networks are measured together, a student learns from them, and is calibrated.
/// One job whose parts are jobs; it goes on by itself over restarts.
public enum SqueezeJob: Method {
    public static var documentation: [String] {
        [
            "From one job to one small network: its networks (an ensemble's members, or the ends of its harvests, and",
            "'members' more that are trained from its recipe) are measured together, a student learns from them, and is",
            "calibrated. One job whose parts are jobs; it goes on by itself over restarts. The student's recipe is",
            "'recipe' with its 'files', or the job's own with layers 'shrink' times as wide (default: 0.5).",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var members: Int?
        public var recipe: String?
        public var files: [DataFile]?
        public var shrink: Double?
        public var overrides: [String: String]?
        public var name: String?
        public var priority: Int?
        public var labels: [String: String]?
        public var startPaused: Bool?
        public var requestId: String?

        public init(
            job: String, members: Int? = nil, recipe: String? = nil, files: [DataFile]? = nil, shrink: Double? = nil,
            overrides: [String: String]? = nil, name: String? = nil, priority: Int? = nil,
            labels: [String: String]? = nil, startPaused: Bool? = nil, requestId: String? = nil
        ) {
            self.job = job
            self.members = members
            self.recipe = recipe
            self.files = files
            self.shrink = shrink
            self.overrides = overrides
            self.name = name
            self.priority = priority
            self.labels = labels
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
