import Recipes
import Wire

/// One attempt of a job in one worker process. Confined to the daemon's queue.
final class Run {
    enum Phase: Equatable {
        /// The checkpoint is being read; there is no process yet.
        case launching
        /// The process is there; its plan is being compiled.
        case starting
        case training
        /// Asked to park at the next step.
        case holding
        case held
        case stopping
    }

    let job: Int
    let name: String
    let owner: Int
    /// Tells this run from an earlier one of the same job in late answers.
    let token: Int
    /// Whether it runs in the slot for short work.
    let isShort: Bool
    /// The job that its job is a part of.
    let partOf: Int?
    var phase = Phase.launching
    var link: WorkerLink? {
        didSet { gauge.withLock { $0.worker = link?.child.pid } }
    }
    /// The memfds lent by the worker, by buffer.
    var buffers: [Int: Descriptor] = [:]
    /// Checkpoints handed over and not yet durable.
    var publishing = 0
    var resumedFrom: Int
    var lastStep: Int
    /// Monotonic moment of its last report.
    private(set) var lastWord: Double
    var quiet: Quiet
    /// Since its last step.
    var stepless: Quiet
    /// Somebody has been told that it says nothing.
    var isKnownSilent = false
    /// The gate has let it through, or is not for it.
    var isPastGate = false
    var environment: [String: String] = [:]
    var expectedEnvironment: [String: String]?

    var finished: (step: Int, reachedEnd: Bool)?
    var failure: (code: String, message: String, findings: [Finding])?
    /// Of the watchers' results to come, by id.
    var pictures: [String: [Picture]] = [:]
    /// A watcher has ended it.
    var fault: (fault: WatchFault, code: String, message: String)?
    /// The update that was not finite in an earlier run from the same checkpoint.
    var suspectStep: Int?
    var pace = PaceWatch()
    var growth = GrowthWatch()
    /// The process is gone; the run ends when its last checkpoint is stored.
    var ended: (end: ChildProcess.End, fault: String?)?
    var endedAt = 0.0
    /// We killed it, and why.
    var killed: String?
    /// We killed it because it said nothing; what is told when the job goes on.
    var silenced: String?
    /// Why the store refused the last checkpoint, and its bytes.
    var refusal: (error: any Error, byteCount: Int)?
    /// A checkpoint of it found room only where others had been removed.
    var isShortOfRoom = false
    /// Checkpoints of it are stored though the store refuses what was reported before them, and the job's log says so.
    var isStoredWithout = false

    let gauge: Locked<RunGauge>
    /// Tokens in an example, where it learns from text.
    var window: Int?

    var metrics: [MetricValue] = []
    var lines: [LogEntry] = []
    /// Its timer is pending.
    var isFlushPlanned = false
    /// The store has not taken all of them.
    var isBehind = false

    /// Calls that want the worker parked for a change; they get the step, or nil when the run ended first.
    var holdWaiters: [CheckedContinuation<Int?, Never>] = []
    /// Calls between getting the step and being done with it.
    var changing = 0
    var checkpointWaiters: [CheckpointWaiter] = []
    /// The number of the last request for a checkpoint that went to the worker.
    var checkpointRequest = 0

    init(
        row: (id: Int, name: String, owner: Int), token: Int, isShort: Bool, partOf: Int?, step: Int,
        activeBefore: Int
    ) {
        job = row.id
        name = row.name
        owner = row.owner
        self.token = token
        self.isShort = isShort
        self.partOf = partOf
        resumedFrom = step
        lastStep = step
        gauge = Locked(RunGauge(activeBefore: activeBefore))
        lastWord = Clock.monotonic()
        quiet = Quiet(at: lastWord)
        stepless = quiet
    }

    /// Its worker has just begun, or said something.
    func hear() {
        lastWord = Clock.monotonic()
        quiet.hear(at: lastWord)
    }

    /// Parked with its memory: takes no slot.
    var isParked: Bool { phase == .held && changing == 0 }

    /// Microseconds of training over all runs.
    var activeUsec: Int { gauge.value.activeUsec }

    /// Time between its last word and its end.
    var silentSeconds: Double { endedAt - lastWord }

    /// Stops or goes on counting training time.
    func count(active: Bool) { gauge.withLock { $0.count(active: active) } }
}
