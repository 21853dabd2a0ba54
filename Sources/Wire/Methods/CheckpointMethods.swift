import Recipes

/// Newest first; incomplete ones only when asked for.
public enum ListCheckpoints: Method {
    public static var documentation: [String] {
        [
            "Newest first; incomplete ones only when asked for."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String?
        public var tag: String?
        public var includeIncomplete: Bool?
        public var limit: Int?
        public var cursor: String?

        public init(
            job: String? = nil,
            tag: String? = nil,
            includeIncomplete: Bool? = nil,
            limit: Int? = nil,
            cursor: String? = nil
        ) {
            self.job = job
            self.tag = tag
            self.includeIncomplete = includeIncomplete
            self.limit = limit
            self.cursor = cursor
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var checkpoints: [Checkpoint]
        public var nextCursor: String?
        public var total: Int

        public init(checkpoints: [Checkpoint], nextCursor: String? = nil, total: Int) {
            self.checkpoints = checkpoints
            self.nextCursor = nextCursor
            self.total = total
        }
    }
}

/// A checkpoint and, when asked for, its tensors; statistics are measured by a short worker.
public enum InspectCheckpoint: Method {
    public static var documentation: [String] {
        [
            "A checkpoint and, when asked for, its tensors; statistics are measured by a short worker."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var tensors: Bool?
        public var statistics: Bool?
        public var limit: Int?
        public var cursor: String?

        public init(
            checkpoint: String,
            tensors: Bool? = nil,
            statistics: Bool? = nil,
            limit: Int? = nil,
            cursor: String? = nil
        ) {
            self.checkpoint = checkpoint
            self.tensors = tensors
            self.statistics = statistics
            self.limit = limit
            self.cursor = cursor
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var checkpoint: Checkpoint
        public var tensors: [TensorSummary]
        public var nextCursor: String?

        public init(checkpoint: Checkpoint, tensors: [TensorSummary], nextCursor: String? = nil) {
            self.checkpoint = checkpoint
            self.tensors = tensors
            self.nextCursor = nextCursor
        }
    }
}

/// Supports 'more'. Reads checkpoints and compares every digest: a reply for each, with what was found.
public enum VerifyCheckpoints: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Reads checkpoints and compares every digest: a reply for each, with what was found."
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoints: [String]?
        public var job: String?
        public var all: Bool?

        public init(checkpoints: [String]? = nil, job: String? = nil, all: Bool? = nil) {
            self.checkpoints = checkpoints
            self.job = job
            self.all = all
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var checkpoint: String?
        public var state: VerifyState?
        public var problem: String?

        public init(
            progress: OperationProgress? = nil,
            checkpoint: String? = nil,
            state: VerifyState? = nil,
            problem: String? = nil
        ) {
            self.progress = progress
            self.checkpoint = checkpoint
            self.state = state
            self.problem = problem
        }
    }
}

/// A tag names one checkpoint of a job, which is then kept; 'move' takes the tag from another.
public enum TagCheckpoint: Method {
    public static var documentation: [String] {
        [
            "A tag names one checkpoint of a job, which is then kept; 'move' takes the tag from another."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var tag: String
        public var move: Bool?

        public init(checkpoint: String, tag: String, move: Bool? = nil) {
            self.checkpoint = checkpoint
            self.tag = tag
            self.move = move
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var checkpoint: Checkpoint

        public init(checkpoint: Checkpoint) {
            self.checkpoint = checkpoint
        }
    }
}

/// Takes a tag away; the checkpoint may then be pruned like any other.
public enum UntagCheckpoint: Method {
    public static var documentation: [String] {
        [
            "Takes a tag away; the checkpoint may then be pruned like any other."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var tag: String

        public init(checkpoint: String, tag: String) {
            self.checkpoint = checkpoint
            self.tag = tag
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var checkpoint: Checkpoint

        public init(checkpoint: Checkpoint) {
            self.checkpoint = checkpoint
        }
    }
}

/// A pinned checkpoint is never pruned.
public enum SetCheckpointPinned: Method {
    public static var documentation: [String] {
        [
            "A pinned checkpoint is never pruned."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var pinned: Bool

        public init(checkpoint: String, pinned: Bool) {
            self.checkpoint = checkpoint
            self.pinned = pinned
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var checkpoint: Checkpoint

        public init(checkpoint: Checkpoint) {
            self.checkpoint = checkpoint
        }
    }
}

/// Supports 'more'. The target is the file descriptor at index 'fileDescriptor' sent with the call (a
/// regular file opened for writing), or, without one, a new file in the caller's export directory.
/// 'average' takes an average of the weights (ema-0.999) in place of the raw ones.
public enum ExportCheckpoint: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. The target is the file descriptor at index 'fileDescriptor' sent with the call (a",
            "regular file opened for writing), or, without one, a new file in the caller's export directory.",
            "'average' takes an average of the weights (ema-0.999) in place of the raw ones. 'temperature' (0.05 to 20) is",
            "what the logits are divided by for their probabilities: inside an ONNX file, in its metadata, and in those of",
            "safetensors.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var checkpoint: String
        public var format: ExportFormat?
        public var average: String?
        public var fileDescriptor: Int?
        public var fileName: String?
        public var temperature: Double?
        public var requestId: String?

        public init(
            checkpoint: String,
            format: ExportFormat? = nil,
            average: String? = nil,
            fileDescriptor: Int? = nil,
            fileName: String? = nil,
            temperature: Double? = nil,
            requestId: String? = nil
        ) {
            self.checkpoint = checkpoint
            self.format = format
            self.average = average
            self.fileDescriptor = fileDescriptor
            self.fileName = fileName
            self.temperature = temperature
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var path: String?
        public var sizeBytes: Int?
        public var digest: String?

        public init(
            progress: OperationProgress? = nil,
            path: String? = nil,
            sizeBytes: Int? = nil,
            digest: String? = nil
        ) {
            self.progress = progress
            self.path = path
            self.sizeBytes = sizeBytes
            self.digest = digest
        }
    }
}

/// Supports 'more'. The source is a file descriptor sent with the call, or a file name in the import
/// directory.
public enum ImportCheckpoint: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. The source is a file descriptor sent with the call, or a file name in the import",
            "directory.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var format: ExportFormat?
        public var fileDescriptor: Int?
        public var fileName: String?
        public var name: String?
        public var expectedDigest: String?
        public var requestId: String?

        public init(
            format: ExportFormat? = nil,
            fileDescriptor: Int? = nil,
            fileName: String? = nil,
            name: String? = nil,
            expectedDigest: String? = nil,
            requestId: String? = nil
        ) {
            self.format = format
            self.fileDescriptor = fileDescriptor
            self.fileName = fileName
            self.name = name
            self.expectedDigest = expectedDigest
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var checkpoint: Checkpoint?
        public var findings: [Finding]?

        public init(
            progress: OperationProgress? = nil,
            checkpoint: Checkpoint? = nil,
            findings: [Finding]? = nil
        ) {
            self.progress = progress
            self.checkpoint = checkpoint
            self.findings = findings
        }
    }
}

/// With dryRun (the default) nothing is removed. Tagged, pinned, newest-complete and in-use ones are
/// never candidates.
public enum PruneCheckpoints: Method {
    public static var documentation: [String] {
        [
            "With dryRun (the default) nothing is removed. Tagged, pinned, newest-complete and in-use ones are",
            "never candidates. Without 'job' nothing is removed of the jobs 'passedOver': their rows cannot be read.",
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String?
        public var keepLast: Int?
        public var keepBest: Int?
        public var keepEvery: Int?
        public var olderThanUsec: Int?
        public var dryRun: Bool?
        public var requestId: String?

        public init(
            job: String? = nil,
            keepLast: Int? = nil,
            keepBest: Int? = nil,
            keepEvery: Int? = nil,
            olderThanUsec: Int? = nil,
            dryRun: Bool? = nil,
            requestId: String? = nil
        ) {
            self.job = job
            self.keepLast = keepLast
            self.keepBest = keepBest
            self.keepEvery = keepEvery
            self.olderThanUsec = olderThanUsec
            self.dryRun = dryRun
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var removed: [String]
        public var kept: Int
        public var freedBytes: Int
        public var dryRun: Bool
        /// Ids of jobs whose rows cannot be read.
        public var passedOver: [Int]?

        public init(removed: [String], kept: Int, freedBytes: Int, dryRun: Bool, passedOver: [Int]? = nil) {
            self.removed = removed
            self.kept = kept
            self.freedBytes = freedBytes
            self.dryRun = dryRun
            self.passedOver = passedOver
        }
    }
}
