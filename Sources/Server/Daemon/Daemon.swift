import Dispatch
import Glibc
import Logging
import Recipes
import Storage
import Wire

/// Everything that decides: the queue, the supervision of workers, the mutations. One serial queue, so that two
/// decisions never see different worlds; reads are answered elsewhere, and whatever moves many bytes has threads of its
/// own.
actor Daemon {
    nonisolated let executor = QueueExecutor("simmer.decisions")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let store: Store
    nonisolated let log: Logger
    nonisolated let threshold: LogThreshold
    nonisolated let options: Options
    nonisolated let notifier = Notifier()
    nonisolated let shared: Locked<Shared>
    nonisolated let roles: Locked<Configuration.Roles>

    nonisolated let events = Hub<Event>()
    nonisolated let points = Hub<JobPoints>()
    nonisolated let lines = Hub<LogEntry>()

    /// Watches open, by user.
    nonisolated let watches = Locked<[Int: Int]>([:])
    /// What ends the process in order; set by whoever runs it.
    var onStopRequest: (@Sendable (_ interrupt: Bool) -> Void)?

    /// Answers calls that only read.
    nonisolated let readers = DispatchQueue(label: "simmer.readers", qos: .userInitiated, attributes: .concurrent)
    /// Copies data files in and reads checkpoints for starts.
    nonisolated let copying = DispatchQueue(label: "simmer.copying", qos: .utility, attributes: .concurrent)
    /// Stores checkpoints, and removes them.
    nonisolated let writer: LowPriorityThread
    /// Exports, imports, verifies, scrubs: may take hours.
    nonisolated let bulk: LowPriorityThread
    nonisolated let shortWorkers: ShortWorkers
    /// A replay takes as long as the steps do: nobody's inspection waits behind it.
    nonisolated let replays: ShortWorkers
    /// Suites of checks, which take minutes.
    nonisolated let checkers: ShortWorkers
    /// Rounds of improving recipes, which take hours: no gate waits behind one.
    nonisolated let improvers: ShortWorkers
    /// Workers that read or show examples while a person waits.
    nonisolated let lookers: ShortWorkers
    /// What is known of single examples.
    nonisolated let examples: ExampleLibrary
    /// Proofs that jobs can be resumed: nicer than all else.
    nonisolated let provers: ShortWorkers
    nonisolated let program: WorkerProgram
    nonisolated let records: WorkerRecords
    /// Tells people.
    nonisolated let courier: Courier
    var telling = Telling()
    var silenceTimer: (any DispatchSourceTimer)?
    var watchTimer: (any DispatchSourceTimer)?
    var wallClock = ClockWatch()
    var proving = Proving()

    /// Why nothing trains at the moment; nil while jobs may.
    var rest: Politeness.Rest?
    var politeness = Politeness()
    var loadMeter: LoadMeter?
    var politeTimer: (any DispatchSourceTimer)?

    /// Live runs by job; a job without one has no process.
    var runs: [Int: Run] = [:] {
        didSet { gauges.withLock { $0 = runs.mapValues(\.gauge) } }
    }
    /// Theirs, for those who only read.
    nonisolated let gauges = Locked<[Int: Locked<RunGauge>]>([:])
    /// Runs that are over, whose jobs' rows do not say so yet.
    var unsettled: [Int: Run] = [:]
    /// Killed on purpose and not yet reaped.
    var lingering: [Run] = []
    var policies: [Int: RestartPolicy] = [:]
    var preparations: [Int: ShortWorkers.Ticket] = [:]
    /// Of jobs that are made of others, while a short worker works for them.
    var measurements: [Int: ShortWorkers.Ticket] = [:]
    /// Of jobs whose recipe is being checked.
    var checking: [Int: ShortWorkers.Ticket] = [:]
    /// How far their parts are, by the whole's id and the part's.
    var partProgress: [Int: [Int: Progress?]] = [:]
    /// Jobs that wait for room on the disk, each with the bytes of the checkpoint that found none.
    var blocked: [Int: Int] = [:]
    var blockedTimer: (any DispatchSourceTimer)?
    var housekeeping: (any DispatchSourceTimer)?
    var nextToken = 0
    var stopWaiters: [CheckedContinuation<Void, Never>] = []
    var lastStatus = ""
    var statusPlanned = false

    init(options: Options, configuration: Configuration, store: Store, log: Logger, threshold: LogThreshold) throws {
        self.options = options
        self.store = store
        self.log = log
        self.threshold = threshold
        shared = Locked(Shared(configuration: configuration, startedUsec: Clock.wallUsec()))
        roles = Locked(configuration.roles)
        // 19 is the nicest that there is.
        writer = try LowPriorityThread("simmer-writer", nice: Int32(min(configuration.nice + 5, 19)))
        bulk = try LowPriorityThread("simmer-bulk", nice: 19)
        program = WorkerProgram(path: options.worker, nice: configuration.nice)
        records = try WorkerRecords(stateDirectory: options.stateDirectory)
        shortWorkers = ShortWorkers(program: program, records: records, log: log)
        replays = ShortWorkers(program: program, records: records, log: log)
        checkers = ShortWorkers(program: program, records: records, log: log)
        improvers = ShortWorkers(program: program, records: records, log: log)
        lookers = ShortWorkers(program: program, records: records, log: log)
        examples = ExampleLibrary(try ExampleStore(directory: options.stateDirectory + "/examples"))
        provers = ShortWorkers(
            program: WorkerProgram(path: options.worker, nice: 19), records: records, log: log)
        courier = try Courier(socket: options.socket, log: log)
    }

    /// What several threads see: readers, routes, the decision queue.
    struct Shared: Sendable {
        var configuration: Configuration
        var startedUsec: Int
        var ready = false
        var draining = false
        var stopping = false
        /// By code, what a person should look at.
        var degraded: [String: Finding] = [:]
        /// Why nothing trains.
        var parked: String?
        /// Since the start.
        var notificationsSent = 0
        var notificationsFailed = 0
    }

    nonisolated var configuration: Configuration { shared.value.configuration }

    /// Threads that a job may use when it does not say.
    nonisolated var defaultThreads: Int {
        configuration.threads ?? min(2, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Logs with the job's fields, for the journal.
    nonisolated func note(
        _ level: Logger.Level, job: Int? = nil, name: String? = nil, step: Int? = nil, id: MessageID? = nil,
        _ text: String
    ) {
        var fields: Logger.Metadata = [:]
        if let job { fields["SIMMER_JOB"] = "\(job)" }
        if let name { fields["SIMMER_JOB_NAME"] = "\(name)" }
        if let step { fields["SIMMER_STEP"] = "\(step)" }
        if let id { fields["MESSAGE_ID"] = "\(id.rawValue)" }
        log.log(level: level, "\(text)", metadata: fields)
    }

    /// What a caller hears of an error: errors of the interface as they are, others as a reference to the log.
    nonisolated func answerable(_ error: any Error, _ what: String) -> any WireError {
        if let known = error as? any WireError { return known }
        if let failure = error as? SystemFailure {
            return SimmerError.ioFailed(operation: failure.operation, errno: Int(failure.errno), path: failure.path)
        }
        if let died = error as? ShortWorkDied {
            note(.error, "\(what) failed: \(died)")
            return SimmerError.incompatible(message: "\(died)", findings: [])
        }
        let reference = "fault-" + String(UInt32.random(in: 0...UInt32.max), radix: 16)
        note(.error, "\(what) failed (\(reference)): \(error)")
        return SimmerError.internalFault(reference: reference)
    }

    /// A decision that nobody waits for: what goes wrong is logged.
    func attempt(_ what: String, job: Int? = nil, _ body: () throws -> Void) {
        do { try body() } catch { note(.error, job: job, "\(what) failed: \(error)") }
    }
}

/// New values of one job's metrics.
struct JobPoints: Sendable {
    var job: Int
    var values: [MetricValue]
}

/// Ids of the messages that the journal's catalogue explains (systemd/simmer.catalog).
enum MessageID: String, Sendable {
    case jobStarted = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e01"
    case jobSucceeded = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e02"
    case jobFailed = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e03"
    case workerDied = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e04"
    case storeDegraded = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e05"
    case harvested = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e06"
    case needsPerson = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e07"
    case notificationFailed = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e08"
    case parked = "5a1dd7c8c6f34a4c9e0f7ad3b61c4e09"
}
