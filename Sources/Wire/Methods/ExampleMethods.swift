import Recipes

/// Supports 'more'. What is known of a recipe's examples, column by column.
public enum DescribeExamples: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. What is known of each example of a recipe or a job: the columns that FindExamples can ask",
            "about, and with 'column' how often its values come. A short worker reads the data the first time.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var source: ExampleSource
        /// A column to count the values of.
        public var column: String?
        /// Ranges, or values of text, that are counted; 20 by default, at most 200.
        public var bins: Int?

        public init(source: ExampleSource, column: String? = nil, bins: Int? = nil) {
            self.source = source
            self.column = column
            self.bins = bins
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var columns: [ExampleColumn]
        public var count: Int?
        /// Examples of each split.
        public var splits: [String: Int]
        public var histogram: ExampleHistogram?
        public var findings: [Finding]

        public init(
            progress: OperationProgress? = nil, columns: [ExampleColumn] = [], count: Int? = nil,
            splits: [String: Int] = [:], histogram: ExampleHistogram? = nil, findings: [Finding] = []
        ) {
            self.progress = progress
            self.columns = columns
            self.count = count
            self.splits = splits
            self.histogram = histogram
            self.findings = findings
        }
    }
}

/// Supports 'more'. Examples for which a condition holds.
public enum FindExamples: Method {
    public static var documentation: [String] {
        [
            "Supports 'more', and needs it for more than 500 examples: some of them a reply. Examples for which a condition",
            "holds: 'label = 7 and ink > 0.3 order by loss desc limit 20' ('simmer data find --help' has the language). What is",
            "wrong in the question comes as Incompatible with a finding 'query', whose path ends in the character's offset.",
            "Without 'limit' the question's own holds, or 100.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var source: ExampleSource
        public var query: String
        /// Columns that are wanted; all by default.
        public var columns: [String]?
        /// Examples at most, beside the question's own limit; 0 only counts. 100 where neither is given.
        public var limit: Int?

        public init(source: ExampleSource, query: String, columns: [String]? = nil, limit: Int? = nil) {
            self.source = source
            self.query = query
            self.columns = columns
            self.limit = limit
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        /// Examples for which the condition holds, whatever the limit; in the last reply.
        public var count: Int?
        public var examples: [FoundExample]
        public var findings: [Finding]

        public init(
            progress: OperationProgress? = nil, count: Int? = nil, examples: [FoundExample] = [],
            findings: [Finding] = []
        ) {
            self.progress = progress
            self.count = count
            self.examples = examples
            self.findings = findings
        }
    }
}

/// Requires 'more'. Pages of examples to look at.
public enum ShowExamples: Method {
    public static var documentation: [String] {
        [
            "Requires 'more'. Pages of examples to look at: each a contact sheet of up to 256 images, or with 'pixels' the",
            "images themselves; words where they are no images. One page a reply, none in the last; a page that has no",
            "example any more is left out. Without 'labels' nothing says what an example is.",
        ]
    }
    public static var streaming: Streaming { .required }

    public struct Input: Codable, Sendable, Equatable {
        public var source: ExampleSource
        /// At most 24.
        public var pages: [ExamplePage]
        /// Examples on a page; 256 by default, and at most.
        public var pageSize: Int?
        /// Only these examples.
        public var query: String?
        /// Chooses the random ones; the recipe's by default.
        public var seed: Int?
        public var sheets: Bool?
        public var pixels: Bool?
        public var labels: Bool?

        public init(
            source: ExampleSource, pages: [ExamplePage], pageSize: Int? = nil, query: String? = nil, seed: Int? = nil,
            sheets: Bool? = nil, pixels: Bool? = nil, labels: Bool? = nil
        ) {
            self.source = source
            self.pages = pages
            self.pageSize = pageSize
            self.query = query
            self.seed = seed
            self.sheets = sheets
            self.pixels = pixels
            self.labels = labels
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var page: ShownPage?
        public var findings: [Finding]

        public init(progress: OperationProgress? = nil, page: ShownPage? = nil, findings: [Finding] = []) {
            self.progress = progress
            self.page = page
            self.findings = findings
        }
    }
}

/// Keeps that a person has looked at examples.
public enum RecordLook: Method {
    public static var documentation: [String] {
        [
            "Keeps that the caller has looked at so many examples for so many seconds, and a note, signed with the caller's",
            "name: check D2 of every job with this data. What was kept before is added to.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var source: ExampleSource
        public var shown: Int
        public var seconds: Double
        public var note: String?
        public var requestId: String?

        public init(
            source: ExampleSource, shown: Int, seconds: Double, note: String? = nil, requestId: String? = nil
        ) {
            self.source = source
            self.shown = shown
            self.seconds = seconds
            self.note = note
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var result: CheckResult

        public init(result: CheckResult) { self.result = result }
    }
}

/// Marks a person's answers.
public enum RecordQuiz: Method {
    public static var documentation: [String] {
        [
            "Marks a person's answers to examples that were shown without their labels, and keeps the score (check K18) and",
            "what the person looked at (check D9) for every job with this data.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var source: ExampleSource
        public var answers: [QuizAnswer]
        public var requestId: String?

        public init(source: ExampleSource, answers: [QuizAnswer], requestId: String? = nil) {
            self.source = source
            self.answers = answers
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var score: QuizScore
        public var marks: [QuizMark]
        public var results: [CheckResult]

        public init(score: QuizScore, marks: [QuizMark], results: [CheckResult]) {
            self.score = score
            self.marks = marks
            self.results = results
        }
    }
}
