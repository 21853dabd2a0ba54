import Recipes

/// Which metrics a job has, and over which steps.
public enum ListMetrics: Method {
    public static var documentation: [String] {
        [
            "Which metrics a job has, and over which steps."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String

        public init(job: String) {
            self.job = job
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var names: [String]
        public var firstStep: Int?
        public var lastStep: Int?

        public init(names: [String], firstStep: Int? = nil, lastStep: Int? = nil) {
            self.names = names
            self.firstStep = firstStep
            self.lastStep = lastStep
        }
    }
}

/// Metrics over steps, reduced to at most 'maxPoints' (default 1000) by 'reduce' (default mean).
public enum QueryMetrics: Method {
    public static var documentation: [String] {
        [
            "Metrics over steps, reduced to at most 'maxPoints' (default 1000) by 'reduce' (default mean)."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var names: [String]?
        public var fromStep: Int?
        public var toStep: Int?
        public var maxPoints: Int?
        public var reduce: Reduce?

        public init(
            job: String,
            names: [String]? = nil,
            fromStep: Int? = nil,
            toStep: Int? = nil,
            maxPoints: Int? = nil,
            reduce: Reduce? = nil
        ) {
            self.job = job
            self.names = names
            self.fromStep = fromStep
            self.toStep = toStep
            self.maxPoints = maxPoints
            self.reduce = reduce
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var series: [Series]

        public init(series: [Series]) {
            self.series = series
        }
    }
}

/// Needs 'more'. Slow readers get fewer, never stale-ordered, points; 'dropped' counts what was
/// skipped.
public enum WatchMetrics: Method {
    public static var documentation: [String] {
        [
            "Needs 'more'. Slow readers get fewer, never stale-ordered, points; 'dropped' counts what was",
            "skipped.",
        ]
    }
    public static var streaming: Streaming { .required }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var names: [String]?
        public var fromStep: Int?
        public var minIntervalUsec: Int?
        public var heartbeatUsec: Int?

        public init(
            job: String,
            names: [String]? = nil,
            fromStep: Int? = nil,
            minIntervalUsec: Int? = nil,
            heartbeatUsec: Int? = nil
        ) {
            self.job = job
            self.names = names
            self.fromStep = fromStep
            self.minIntervalUsec = minIntervalUsec
            self.heartbeatUsec = heartbeatUsec
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var points: [MetricValue]
        public var dropped: Int
        public var state: JobState

        public init(points: [MetricValue], dropped: Int, state: JobState) {
            self.points = points
            self.dropped = dropped
            self.state = state
        }
    }
}

/// With 'follow' needs 'more'.
public enum ReadLogs: Method {
    public static var documentation: [String] {
        [
            "With 'follow' needs 'more'."
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String?
        public var after: String?
        public var tail: Int?
        public var maxPriority: Int?
        public var sinceUsec: Int?
        public var untilUsec: Int?
        public var follow: Bool?
        public var limit: Int?

        public init(
            job: String? = nil,
            after: String? = nil,
            tail: Int? = nil,
            maxPriority: Int? = nil,
            sinceUsec: Int? = nil,
            untilUsec: Int? = nil,
            follow: Bool? = nil,
            limit: Int? = nil
        ) {
            self.job = job
            self.after = after
            self.tail = tail
            self.maxPriority = maxPriority
            self.sinceUsec = sinceUsec
            self.untilUsec = untilUsec
            self.follow = follow
            self.limit = limit
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var entries: [LogEntry]
        public var cursor: String?
        public var dropped: Int

        public init(entries: [LogEntry], cursor: String? = nil, dropped: Int) {
            self.entries = entries
            self.cursor = cursor
            self.dropped = dropped
        }
    }
}

/// What a data file holds. It is read by a short worker with a memory cap and a deadline, never by the
/// daemon.
public enum InspectData: Method {
    public static var documentation: [String] {
        [
            "What a data file holds. It is read by a short worker with a memory cap and a deadline, never by the",
            "daemon.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var source: String
        public var fileDescriptor: Int?
        public var format: String?
        public var sampleRows: Int?
        public var maxRows: Int?

        public init(
            source: String,
            fileDescriptor: Int? = nil,
            format: String? = nil,
            sampleRows: Int? = nil,
            maxRows: Int? = nil
        ) {
            self.source = source
            self.fileDescriptor = fileDescriptor
            self.format = format
            self.sampleRows = sampleRows
            self.maxRows = maxRows
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var format: String
        public var rows: Int?
        public var sizeBytes: Int
        public var columns: [DataColumn]
        public var samples: [JSONValue]
        public var digest: String?
        public var findings: [Finding]

        public init(
            format: String,
            rows: Int? = nil,
            sizeBytes: Int,
            columns: [DataColumn],
            samples: [JSONValue],
            digest: String? = nil,
            findings: [Finding]
        ) {
            self.format = format
            self.rows = rows
            self.sizeBytes = sizeBytes
            self.columns = columns
            self.samples = samples
            self.digest = digest
            self.findings = findings
        }
    }
}
