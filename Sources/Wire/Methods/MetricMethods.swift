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

/// What a data file holds. It is read by a short worker with a memory cap and a deadline, never by the daemon, which takes
/// only its digest.
public enum InspectData: Method {
    public static var documentation: [String] {
        [
            "What a data file holds. It is read by a short worker with a memory cap and a deadline, never by the",
            "daemon, which takes only its digest (of up to 1 GiB). The file is the descriptor at index 'fileDescriptor'",
            "sent with the call (a regular file opened for reading); without one the call is refused: no path is opened",
            "for a caller. 'source' is its name, whose ending says the format unless 'format' does: csv, npy, idx, text,",
            "png or jpeg; where neither says it, the first bytes do. csv, npy, idx and text may be packed with gzip.",
            "'rows' are those of csv below the header, the first dimension of idx and npy, the lines of text that are",
            "not empty, and 1 for an image; they are absent where the file was not read to its end and does not say.",
            "At most 'maxRows' rows are read (default \(DataFileRequest.usualRows)), and the first 'sampleRows' of them",
            "sent back (default \(DataFileRequest.usualSamples), at most \(DataFileRequest.mostSamples)).",
            "A file that cannot be read as its format is BadFile; what is wrong in one that can is a finding.",
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
        /// Of one row of idx and npy that is more than a number; height, width and channels of an image.
        public var shape: [Int]?

        /// - Parameter digest: nil for a file that is too large for one.
        public init(_ contents: DataFileContents, digest: String?) {
            format = contents.format.rawValue
            rows = contents.rows
            sizeBytes = contents.sizeBytes
            columns = contents.columns
            samples = contents.samples
            self.digest = digest
            findings = contents.findings
            shape = contents.shape
        }
    }
}

extension InspectData.Output: Documented {
    public static var documentation: [String] { [] }
    public static var fieldDocumentation: [String: String] {
        [
            "sizeBytes": "As the file lies on the disk, packed or not.",
            "samples": "The first rows, each an object; null stands for a value that is missing or not finite.",
            "digest": "'sha256:' and hexadecimal digits.",
            "shape": "Of a row of idx and npy that is more than a number; height, width and channels of an image.",
        ]
    }
}
