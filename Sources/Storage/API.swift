import Recipes

// Signatures that other rooms build on; each moves to its own file with its body.

extension Store {
    func pending() -> SimmerError { .internalFault(reference: "store: not built yet") }

    /// At start, before any worker: every job that was live becomes `interrupted` (an unfinished `preparing` one fails
    /// with code `daemon_restart`), in one transaction with its events. Returns those jobs.
    public func recoverJobs() throws -> [JobRow] { throw pending() }

    // MARK: Jobs

    /// Inserts a job, its event and the request's answer in one transaction.
    ///
    /// - Returns: the job, and whether it was there already (same request, same arguments).
    /// - Throws: `requestIdReused`, `jobExists`, `noSuchJob` (dependency), `noSuchCheckpoint` (parent), `noSpace`,
    ///   `ioFailed`.
    public func insertJob(_ new: NewJob, request: RequestKey? = nil) throws -> (job: JobRow, existing: Bool) {
        throw pending()
    }

    /// The job by id, uuid or name. Among several of one name the one that has not ended is meant.
    ///
    /// - Throws: `noSuchJob`; `ambiguousName` with the ids where all of that name have ended.
    public func job(_ reference: String) throws -> JobRow { throw pending() }

    /// The job by id. Throws `noSuchJob`.
    public func job(id: Int) throws -> JobRow { throw pending() }

    /// Recipe text and overrides as submitted.
    public func input(ofJob id: Int) throws -> JobInput { throw pending() }

    /// What the wire says of a job, newest progress and metrics included. Never waits for a write.
    public func summary(ofJob id: Int) throws -> JobSummary { throw pending() }

    /// The detailed report; `resources` are what the caller measured.
    public func detail(ofJob id: Int, resources: JobResources = JobResources()) throws -> JobDetail { throw pending() }

    /// A page of jobs, newest first. `limit` is held between 1 and 1000.
    ///
    /// - Throws: `cursorExpired` where the cursor is not one of this filter's.
    public func jobs(filter: JobFilter? = nil, limit: Int = 100, cursor: String? = nil) throws -> JobPage {
        throw pending()
    }

    /// All jobs in these states, oldest first.
    public func jobs(in states: Set<JobState>) throws -> [JobRow] { throw pending() }

    /// Waiting jobs (`isWaiting`, wanted to run) in the order of their turn: priority down, then id up. Those whose
    /// dependencies have not all succeeded are among them; ask `dependencies(ofJob:)`.
    public func queue() throws -> [JobRow] { throw pending() }

    /// States of the jobs that this one depends on, by id; a deleted one is `cancelled`.
    public func dependencies(ofJob id: Int) throws -> [Int: JobState] { throw pending() }

    /// Number of jobs by state, all states named.
    public func jobCounts() throws -> [String: Int] { throw pending() }

    /// Changes one job: row, generation, event and (with `request`) the request's answer in one transaction.
    ///
    /// A change of state sends an event of kind `state` unless `event` says otherwise; a change of anything else sends
    /// one only where `event` is given. `endedUsec` is set by itself at the change to an ended state and cleared at the
    /// change away from one.
    /// - Parameters:
    ///   - expectedGeneration: refuse with `staleGeneration` where the job has moved on.
    ///   - change: may throw (`wrongState` and the like) to undo it all.
    public func updateJob(
        _ id: Int, expectedGeneration: Int? = nil, event: EventKind? = nil, message: String? = nil,
        request: RequestKey? = nil, _ change: (inout JobRow) throws -> Void
    ) throws -> JobRow { throw pending() }

    /// Newest progress, kept in memory and written with the job's next change: cheap enough for each tick.
    public func noteProgress(_ progress: Progress, activeUsec: Int? = nil, ofJob id: Int) {}

    /// Removes an ended or stopped job with its metrics and logs; its checkpoints are marked for removal, or stay
    /// without a job.
    ///
    /// - Returns: bytes that the next sweeps will free.
    /// - Throws: `wrongState` for any other state, `checkpointInUse` where an unended job continues from one of them.
    public func deleteJob(_ id: Int, keepCheckpoints: Bool = false, request: RequestKey? = nil) throws -> Int {
        throw pending()
    }

    // MARK: Requests and transactions

    /// Runs `body` in one transaction, once for each request: a retry gets the first answer.
    ///
    /// - Returns: the answer, and whether it is a repeated one.
    /// - Throws: `requestIdReused` where the id was used with other arguments.
    public func once<Answer: Codable>(
        _ request: RequestKey?, _ body: (StoreTransaction) throws -> Answer
    ) throws -> (answer: Answer, repeated: Bool) { throw pending() }

    /// The stored answer of a request, to be asked before expensive work; nil where it is new.
    public func answer<Answer: Codable>(to request: RequestKey, as type: Answer.Type) throws -> Answer? {
        throw pending()
    }

    // MARK: Events

    /// Called after each commit with the events it made, on the thread that wrote; must return quickly.
    public func setEventHandler(_ handler: (@Sendable ([Event]) -> Void)?) {}

    /// Sequence of the newest event; 0 where there is none yet.
    public func lastEventSequence() throws -> Int { throw pending() }

    /// Events after `sequence`, oldest first. Throws `watchLagged` where some of them have been trimmed.
    public func events(after sequence: Int, limit: Int = 1000) throws -> [Event] { throw pending() }

    /// Adds an event of a job (or of the store), e.g. a warning, in its own transaction.
    public func addEvent(_ kind: EventKind, job: Int?, message: String?, checkpoint: String? = nil) throws -> Event {
        throw pending()
    }

    /// Drops old events, requests and surplus log rows, in small transactions. For a quiet moment, e.g. hourly.
    public func trim() throws {}

    // MARK: Metrics

    /// Adds values in one transaction; a value of the same job, name and step replaces the older one.
    public func addMetrics(_ values: [MetricValue], job: Int) throws { throw pending() }

    /// Names, and the first and last step.
    public func metricNames(ofJob id: Int) throws -> (names: [String], firstStep: Int?, lastStep: Int?) {
        throw pending()
    }

    /// Newest value of each metric, by name.
    public func latestMetrics(ofJob id: Int) throws -> [MetricValue] { throw pending() }

    /// Series of a job, each reduced to at most `maxPoints` points (`mean` in equal ranges of points by default).
    public func metrics(
        ofJob id: Int, names: [String]? = nil, fromStep: Int? = nil, toStep: Int? = nil, maxPoints: Int? = nil,
        reduce: Reduce? = nil
    ) throws -> [Series] { throw pending() }

    /// Values after a step, oldest first, for a watch.
    public func metricValues(ofJob id: Int, names: [String]? = nil, fromStep: Int? = nil, limit: Int = 1000) throws
        -> [MetricValue]
    { throw pending() }

    // MARK: Logs

    /// Adds lines to a job's log (nil: the daemon's own), in one transaction; `cursor` of the given ones is ignored.
    public func addLog(_ entries: [LogEntry]) throws { throw pending() }

    /// Lines by place (`after` a cursor, or the last `tail`), priority and time, oldest first.
    ///
    /// - Returns: the lines; the cursor to go on from; how many lines after the given cursor rotation has dropped.
    public func log(_ query: LogQuery) throws -> LogPage { throw pending() }

    // MARK: Checkpoints

    /// Makes a snapshot durable: chunks first, then one transaction that makes it complete. Low priority is the
    /// caller's: run it on a thread of its own. One at a time; a second call waits.
    ///
    /// - Parameters:
    ///   - descriptor: holds each tensor at its `offset`; read with pread.
    ///   - job: nil for an imported one.
    ///   - parents: nil takes the job's newest checkpoint, or the one it branched from.
    ///   - tag: a tag to set in the same transaction.
    /// - Throws: `noSpace`, `ioFailed`: nothing of it is visible then; `incompatible` for a snapshot that contradicts
    ///   itself; `tagExists`.
    public func publish(
        _ snapshot: Snapshot, from descriptor: Int32, job: Int?, ownerUid: Int, parents: [String]? = nil,
        tag: String? = nil
    ) throws -> Checkpoint { throw pending() }

    /// The checkpoint named `job@step`, `job@best`, `job@last`, `job:tag`, `tag` (imported ones), or by 8 or more
    /// digits of its id.
    ///
    /// - Throws: `noSuchCheckpoint`, `noSuchJob`, `ambiguousName`.
    public func checkpoint(_ reference: String) throws -> Checkpoint { throw pending() }

    /// A page of checkpoints, newest first. Throws `cursorExpired`, `noSuchJob`.
    public func checkpoints(
        job: String? = nil, tag: String? = nil, includeIncomplete: Bool = false, limit: Int = 100, cursor: String? = nil
    ) throws -> CheckpointPage { throw pending() }

    /// What was handed over with a checkpoint, offsets included.
    public func snapshot(ofCheckpoint id: String) throws -> Snapshot { throw pending() }

    /// Bytes that `load` needs: the end of the last tensor.
    public func byteCount(ofCheckpoint id: String) throws -> Int { throw pending() }

    /// Fills `descriptor` (a memfd, grown where too small) with the tensors at the offsets of the snapshot it returns,
    /// checking every digest on the way.
    ///
    /// - Throws: `checkpointCorrupt`, `checkpointIncomplete`, `noSuchCheckpoint`.
    public func load(checkpoint id: String, into descriptor: Int32) throws -> Snapshot { throw pending() }

    /// The job's newest checkpoint that reads back whole, and a finding for each damaged one that was passed over.
    /// Where the job has none, its parent checkpoint is looked at.
    public func newestGood(job id: Int) throws -> (checkpoint: Checkpoint?, findings: [Finding]) { throw pending() }

    /// Reads every byte and compares all digests; the result is kept (`verifyState`). Damage also makes an event.
    public func verify(checkpoint id: String, progress: ProgressHandler? = nil) throws -> VerifyResult {
        throw pending()
    }

    /// Tensors by name with digest and size; with `statistics` their bytes are read.
    public func tensors(ofCheckpoint id: String, statistics: Bool = false) throws -> [TensorSummary] { throw pending() }

    /// Tags a checkpoint; `move` takes the tag from another one of the same job. Throws `tagExists`.
    public func tag(checkpoint id: String, _ tag: String, move: Bool = false) throws -> Checkpoint { throw pending() }
    /// Takes a tag away. Throws `noSuchCheckpoint` where the checkpoint does not have it.
    public func untag(checkpoint id: String, _ tag: String) throws -> Checkpoint { throw pending() }
    /// Pins or unpins.
    public func setPinned(checkpoint id: String, _ pinned: Bool) throws -> Checkpoint { throw pending() }

    /// What differs, tensor by tensor; only the tensors whose digests differ are read.
    public func diff(_ first: String, _ second: String) throws -> CheckpointDifference { throw pending() }

    /// Marks for removal what the job's own policy does not keep. Cheap; call after each publish.
    public func applyRetention(job id: Int) throws -> [String] { throw pending() }

    /// Marks for removal by explicit rule, or only says what would go. See `PruneRule`.
    public func prune(_ rule: PruneRule, dryRun: Bool, request: RequestKey? = nil) throws -> PruneResult {
        throw pending()
    }

    /// Removes what was marked longer ago than the grace, and chunks that nothing refers to. Small transactions.
    public func sweep() throws -> SweepResult { throw pending() }

    /// Streams a checkpoint as safetensors into a regular file open for writing: truncated first, synced last.
    ///
    /// Weights and buffers in PyTorch's layouts, averages under their prefix; moments with `full`.
    public func exportSafetensors(
        checkpoint id: String, to descriptor: Int32, full: Bool = false, progress: ProgressHandler? = nil
    ) throws -> ExportResult { throw pending() }

    /// Publishes a safetensors file as a checkpoint without a job, named by `name`.
    ///
    /// - Throws: `badFile` with findings, `tagExists`, `checkpointCorrupt` where `expectedDigest` (`sha256:…` of the
    ///   file) differs.
    public func importSafetensors(
        from descriptor: Int32, name: String?, ownerUid: Int, expectedDigest: String? = nil,
        progress: ProgressHandler? = nil
    ) throws -> Checkpoint { throw pending() }

    // MARK: Data files

    /// Copies a file (by reflink where the file system can) into the store, hashed, synced and read-only.
    public func addDataFile(path: String, from descriptor: Int32, progress: ProgressHandler? = nil) throws -> JobFile {
        throw pending()
    }

    /// A stored data file, opened read-only with close-on-exec; the caller closes it.
    public func openDataFile(_ file: JobFile) throws -> Int32 { throw pending() }

    // MARK: Health

    /// Reads every chunk and every checked row. `maxBytesPerSecond` slows it down.
    public func scrub(maxBytesPerSecond: Int? = nil, progress: ProgressHandler? = nil) throws -> ScrubResult {
        throw pending()
    }

    /// Copies the store into a new folder by SQLite's backup interface: `simmer.db`, then (unless `metadataOnly`)
    /// `chunks.db` and the data files.
    public func backup(to folder: String, metadataOnly: Bool = false, progress: ProgressHandler? = nil) throws -> Int {
        throw pending()
    }

    /// Sizes for `GetStatus`.
    public func usage() throws -> StoreUsage { throw pending() }
}

/// A page of jobs.
public struct JobPage: Sendable {
    public var jobs: [JobSummary]
    public var nextCursor: String?
    /// Jobs that match the filter, on all pages.
    public var total: Int
}

/// Bytes done and bytes in all; throw (`operationCancelled`) to give up.
public typealias ProgressHandler = (_ done: Int, _ total: Int) throws -> Void

/// Which log lines to read.
public struct LogQuery: Sendable, Equatable {
    /// nil reads all jobs' and the daemon's own lines.
    public var job: Int?
    public var after: String?
    public var tail: Int?
    /// As in syslog(3): 7 reads everything.
    public var maxPriority: Int = 7
    public var sinceUsec: Int?
    public var untilUsec: Int?
    public var limit: Int = 1000

    public init(job: Int? = nil) { self.job = job }
}

/// Log lines and where to go on.
public struct LogPage: Sendable, Equatable {
    public var entries: [LogEntry]
    public var cursor: String?
    public var dropped: Int
}

/// A page of checkpoints.
public struct CheckpointPage: Sendable {
    public var checkpoints: [Checkpoint]
    public var nextCursor: String?
    public var total: Int
}

/// What reading a checkpoint back found.
public struct VerifyResult: Sendable, Equatable {
    public var checkpoint: String
    public var state: VerifyState
    public var problems: [Finding]
}

/// How two checkpoints differ.
public struct CheckpointDifference: Sendable, Equatable {
    public var same: Bool
    public var stateSame: Bool
    public var differences: [TensorDifference]
}

/// What to prune. Tagged, pinned, newest, in-use ones and ancestors of what is in use are never candidates, and two
/// complete ones of each job always stay.
public struct PruneRule: Sendable, Equatable {
    /// nil for all jobs.
    public var job: Int?
    /// With none of these given, each job's own policy decides.
    public var keepLast: Int?
    public var keepBest: Int?
    /// Keep those at multiples of this many steps.
    public var keepEvery: Int?
    /// Only those created before.
    public var olderThanUsec: Int?

    public init(job: Int? = nil) { self.job = job }
}

/// What was, or would be, removed.
public struct PruneResult: Codable, Sendable, Equatable {
    public var removed: [String]
    public var kept: Int
    public var freedBytes: Int
    public var dryRun: Bool
}

/// What a sweep freed.
public struct SweepResult: Sendable, Equatable {
    public var checkpoints: Int
    public var chunks: Int
    public var bytes: Int
    public var dataFiles: Int
    /// Says why something was left alone.
    public var findings: [Finding]
}

/// An exported file.
public struct ExportResult: Sendable, Equatable {
    public var sizeBytes: Int
    /// `sha256:` and 64 hexadecimal digits, over the whole file.
    public var digest: String
}

/// What a scrub read and found.
public struct ScrubResult: Sendable, Equatable {
    public var checkedBytes: Int
    public var problems: [Finding]
}

/// Sizes on disk, bytes.
public struct StoreUsage: Sendable, Equatable {
    public var storeBytes: Int
    public var freeBytes: Int
    public var lastScrubUsec: Int?
    public var lastBackupUsec: Int?
}
