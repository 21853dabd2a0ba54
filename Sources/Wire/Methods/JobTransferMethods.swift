import Recipes

/// Writes a job with its recipe, events, log, metrics, checkpoints and data files into one file, for another
/// store.
public enum ExportJob: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Writes a job with its recipe, events, log, metrics, checkpoints and data files into one file,",
            "for another store. The target is the file descriptor at index 'fileDescriptor' sent with the call (a regular",
            "file opened for writing). With 'withoutData' the data files stay behind: the other store must have them. The",
            "jobs that it is made of, and those harvested from it, come along; their names are in 'others'.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var job: String
        public var fileDescriptor: Int
        public var withoutData: Bool?
        public var requestId: String?

        public init(job: String, fileDescriptor: Int, withoutData: Bool? = nil, requestId: String? = nil) {
            self.job = job
            self.fileDescriptor = fileDescriptor
            self.withoutData = withoutData
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var path: String?
        public var sizeBytes: Int?
        public var digest: String?
        public var checkpoints: Int?
        public var dataFiles: Int?
        public var others: [String]?

        public init(
            progress: OperationProgress? = nil, path: String? = nil, sizeBytes: Int? = nil, digest: String? = nil,
            checkpoints: Int? = nil, dataFiles: Int? = nil, others: [String]? = nil
        ) {
            self.progress = progress
            self.path = path
            self.sizeBytes = sizeBytes
            self.digest = digest
            self.checkpoints = checkpoints
            self.dataFiles = dataFiles
            self.others = others
        }
    }
}

/// Takes a job that ExportJob has written; it is paused then, or ended as it was.
public enum ImportJob: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Takes a job that ExportJob has written: everything is checked before anything is kept. It is",
            "paused then, or ended as it was. Without 'name' it keeps its own, with -2 and so on where a job here has it.",
            "The jobs that came with it are named in 'others'.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var fileDescriptor: Int
        public var name: String?
        public var expectedDigest: String?
        public var requestId: String?

        public init(
            fileDescriptor: Int, name: String? = nil, expectedDigest: String? = nil, requestId: String? = nil
        ) {
            self.fileDescriptor = fileDescriptor
            self.name = name
            self.expectedDigest = expectedDigest
            self.requestId = requestId
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var job: JobSummary?
        public var findings: [Finding]?
        public var others: [String]?

        public init(
            progress: OperationProgress? = nil, job: JobSummary? = nil, findings: [Finding]? = nil,
            others: [String]? = nil
        ) {
            self.progress = progress
            self.job = job
            self.findings = findings
            self.others = others
        }
    }
}
