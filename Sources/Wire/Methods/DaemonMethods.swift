import Recipes

/// How the daemon is.
public enum GetStatus: Method {
    public static var documentation: [String] {
        [
            "How the daemon is."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public init() {}
    }

    public struct Output: Codable, Sendable, Equatable {
        public var version: String
        public var features: [String]
        public var startedUsec: Int
        public var ready: Bool
        public var draining: Bool
        public var degraded: [Finding]
        public var jobCounts: [String: Int]
        public var storePath: String
        public var storeBytes: Int
        public var storeFreeBytes: Int
        public var storeSchema: Int
        public var lastScrubUsec: Int?
        public var lastBackupUsec: Int?
        public var connections: Int
        public var watchers: Int
        public var limits: [String: Int]
        public var devices: [String]
        public var memoryBytes: Int
        public var notificationsSent: Int?
        public var notificationsFailed: Int?
        /// Why nothing trains at the moment.
        public var parked: String?

        public init(
            version: String,
            features: [String],
            startedUsec: Int,
            ready: Bool,
            draining: Bool,
            degraded: [Finding],
            jobCounts: [String: Int],
            storePath: String,
            storeBytes: Int,
            storeFreeBytes: Int,
            storeSchema: Int,
            lastScrubUsec: Int? = nil,
            lastBackupUsec: Int? = nil,
            connections: Int,
            watchers: Int,
            limits: [String: Int],
            devices: [String],
            memoryBytes: Int,
            notificationsSent: Int? = nil,
            notificationsFailed: Int? = nil,
            parked: String? = nil
        ) {
            self.version = version
            self.features = features
            self.startedUsec = startedUsec
            self.ready = ready
            self.draining = draining
            self.degraded = degraded
            self.jobCounts = jobCounts
            self.storePath = storePath
            self.storeBytes = storeBytes
            self.storeFreeBytes = storeFreeBytes
            self.storeSchema = storeSchema
            self.lastScrubUsec = lastScrubUsec
            self.lastBackupUsec = lastBackupUsec
            self.connections = connections
            self.watchers = watchers
            self.limits = limits
            self.devices = devices
            self.memoryBytes = memoryBytes
            self.notificationsSent = notificationsSent
            self.notificationsFailed = notificationsFailed
            self.parked = parked
        }
    }
}

/// Reads the configuration again: which keys have changed, and which of those need a restart.
public enum Reload: Method {
    public static var documentation: [String] {
        [
            "Reads the configuration again: which keys have changed, and which of those need a restart."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public init() {}
    }

    public struct Output: Codable, Sendable, Equatable {
        public var changed: [String]
        public var restartNeeded: [String]

        public init(changed: [String], restartNeeded: [String]) {
            self.changed = changed
            self.restartNeeded = restartNeeded
        }
    }
}

/// No new job starts; with 'more' replies until the running ones have stopped. 'cancel' takes it back.
public enum Drain: Method {
    public static var documentation: [String] {
        [
            "No new job starts; with 'more' replies until the running ones have stopped. 'cancel' takes it back."
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var cancel: Bool?
        public var stopRunning: Bool?
        public var timeoutUsec: Int?

        public init(cancel: Bool? = nil, stopRunning: Bool? = nil, timeoutUsec: Int? = nil) {
            self.cancel = cancel
            self.stopRunning = stopRunning
            self.timeoutUsec = timeoutUsec
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var draining: Bool
        public var remaining: Int

        public init(draining: Bool, remaining: Int) {
            self.draining = draining
            self.remaining = remaining
        }
    }
}

/// Ends the daemon, by default after a last checkpoint of every running job.
public enum Shutdown: Method {
    public static var documentation: [String] {
        [
            "Ends the daemon, by default after a last checkpoint of every running job."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var mode: ShutdownMode?

        public init(mode: ShutdownMode? = nil) {
            self.mode = mode
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public init() {}
    }
}

/// Priority as in syslog(3): 3 errors, 4 warnings, 6 information, 7 debugging.
public enum SetLogLevel: Method {
    public static var documentation: [String] {
        [
            "Priority as in syslog(3): 3 errors, 4 warnings, 6 information, 7 debugging."
        ]
    }

    public struct Input: Codable, Sendable, Equatable {
        public var level: Int

        public init(level: Int) {
            self.level = level
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public init() {}
    }
}

/// Supports 'more'. Reads every chunk, checks digests, references and the database. 'repair' is refused.
public enum Scrub: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. Reads every chunk, checks digests, references and the database. 'repair' is refused: what is",
            "damaged is avoided, and a backup has it whole.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var repair: Bool?
        public var maxBytesPerSecond: Int?

        public init(repair: Bool? = nil, maxBytesPerSecond: Int? = nil) {
            self.repair = repair
            self.maxBytesPerSecond = maxBytesPerSecond
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var progress: OperationProgress?
        public var checkedBytes: Int?
        public var problems: [Finding]?

        public init(progress: OperationProgress? = nil, checkedBytes: Int? = nil, problems: [Finding]? = nil) {
            self.progress = progress
            self.checkedBytes = checkedBytes
            self.problems = problems
        }
    }
}

/// Supports 'more'. A consistent copy of the store below the backup directory.
public enum BackupStore: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. A consistent copy of the store, a folder below the backup directory. A descriptor is refused:",
            "a backup is no single file. With 'keep' only so many of those without a name of their own stay, this one among",
            "them.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var fileDescriptor: Int?
        public var fileName: String?
        public var metadataOnly: Bool?
        public var keep: Int?

        public init(
            fileDescriptor: Int? = nil, fileName: String? = nil, metadataOnly: Bool? = nil, keep: Int? = nil
        ) {
            self.fileDescriptor = fileDescriptor
            self.fileName = fileName
            self.metadataOnly = metadataOnly
            self.keep = keep
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
