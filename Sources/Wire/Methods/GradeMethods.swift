import Recipes

/// Supports 'more'. Holds a student against its teachers and a twin. Stores nothing.
public enum GradeStudent: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Holds a job that learned from teachers against these and, where one is named, against a twin",
            "that learned from the labels alone (TwinJob makes one): on the test data, or without such on the validation",
            "data, unless 'split' says. A job's name stands for its last checkpoint. Stores nothing.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var student: String
        public var twin: String?
        /// `validation` or `test`.
        public var split: String?

        public init(student: String, twin: String? = nil, split: String? = nil) {
            self.student = student
            self.twin = twin
            self.split = split
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var grade: StudentGrade?

        public init(progress: OperationProgress? = nil, grade: StudentGrade? = nil) {
            self.progress = progress
            self.grade = grade
        }
    }
}

/// A job that learns what a student learned, from the labels alone.
public enum TwinJob: Method {
    public static var documentation: [String] {
        [
            "A job that learns from the labels alone what a student learned with its teachers: the same recipe, data,",
            "seed and steps, without the teachers. Called '<student>-twin' unless it is named.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var student: String
        public var name: String?
        public var startPaused: Bool?
        public var requestId: String?

        public init(student: String, name: String? = nil, startPaused: Bool? = nil, requestId: String? = nil) {
            self.student = student
            self.name = name
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
