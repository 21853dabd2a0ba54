/// The daemon's configuration: `/etc/simmer/simmerd.yaml`, declared like the recipe's keys.
public struct Configuration: Codable, Sendable, Equatable {
    /// Jobs that train at the same time.
    public var slots = 1
    /// Threads of a job that does not say; nil for the number of processors, at most 2.
    public var threads: Int?
    /// Below it lie `simmer.db`, `chunks.db` and the data sets; nil for the state directory of systemd or the user.
    public var stateDirectory: String?
    /// The socket to listen on where systemd passes none; nil for the standard place.
    public var socket: String?
    /// Seconds that a stop waits for workers' last checkpoints.
    public var checkpointGrace = 90.0
    public var logLevel = LogLevel.info
    /// Scheduling priority of workers, as in nice(1).
    public var nice = 10
    public var roles = Roles()
    public var limits = Limits()
    public var store = Store()
    /// When jobs give way.
    public var polite = Polite()
    /// Whom to tell of what becomes of every job.
    public var notify = Notify()
    /// The program that sends mail, as sendmail(8).
    public var sendmail = "/usr/sbin/sendmail"
    /// Seconds that a worker may be silent before a person is told.
    public var silence = 1_800.0

    /// What holds a long run back.
    public var checks = Checks()
    public var proofs = Proofs()

    public init() {}

    /// The gate before a long run.
    public struct Checks: Codable, Sendable, Equatable {
        public enum Gate: String, Codable, Sendable, CaseIterable {
            /// On for a daemon that systemd has started.
            case auto
            case on, off
        }
        public var gate = Gate.auto
        /// Seconds of training that no check is asked for.
        public var smoke = 600.0
        public init() {}
    }

    public enum LogLevel: String, Codable, Sendable, CaseIterable { case error, warning, notice, info, debug }

    /// Who may do what, by the groups of the process that calls. Root and the daemon's own user may do everything.
    public struct Roles: Codable, Sendable, Equatable {
        /// May submit jobs and handle their own; nil lets everybody who can connect.
        public var userGroup: String? = "simmer"
        /// May handle every job and the daemon.
        public var adminGroup: String? = "simmer-admin"
        public init() {}
    }

    public struct Limits: Codable, Sendable, Equatable {
        /// Jobs of one user that wait.
        public var queuedJobs = 100
        public var connections = 1024
        public var connectionsPerUser = 128
        public var watchesPerUser = 64
        /// Bytes of one message.
        public var messageBytes = 1 << 20
        /// Bytes of one data file.
        public var dataBytes = 64 << 30
        /// Bytes of memory of one worker; nil for the plan's estimate with slack.
        public var workerMemory: Int?
        /// Seconds of an inspection or evaluation.
        public var inspectionSeconds = 600.0
        /// Log entries kept of one job, and the seconds after which one goes.
        public var logEntries = 100_000
        public var logAge = 31_536_000.0
        /// Events kept of one job, and the seconds after which one goes; what made the job what it is stays.
        public var events = 10_000
        public var eventAge = 2_592_000.0
        public init() {}
    }

    public struct Polite: Codable, Sendable, Equatable {
        /// Hours of the local day in which nothing trains; nil for none.
        public var hours: DayHours?
        /// Processors that others may keep busy before training gives way; nil for any number.
        public var load: Double?
        public init() {}
        public var isOff: Bool { hours == nil && load == nil }
    }

    public struct Proofs: Codable, Sendable, Equatable {
        /// Seconds between two times that a job's steps are done again to prove that it can be resumed; 0 for never.
        public var every = 21_600.0
        public init() {}
    }

    public struct Store: Codable, Sendable, Equatable {
        /// Bytes of the file system that the store leaves free.
        public var reserve = 1 << 30
        /// Seconds after which deleted bytes are given back.
        public var deletionGrace = 3_600.0
        /// Seconds between checks of every stored byte; 0 for never.
        public var scrubEvery = 604_800.0
        public init() {}
    }
}
