import Recipes

/// What a run tells while it goes on. Training does not know who listens.
public enum TrainingEvent: Sendable {
    /// The plan is compiled; the update with this index comes next.
    case started(step: Int, plan: PlanFacts)
    /// Parked between two steps; this is the index of the next update.
    case held(step: Int)
    /// By the clock, at most four a second.
    case progress(TrainingProgress)
    /// Averages over a number of steps that the recipe fixes, and results of evaluations.
    case metrics([MetricValue])
    /// Priority as in syslog(3).
    case log(priority: Int, step: Int?, message: String)
    /// Examples that belong to the result which comes next, by their places among those that are learned from.
    case shown(check: String, caption: String, positions: [UInt32])
    /// A picture of the result which comes next.
    case pictured(check: String, Picture)
    /// What a watcher found: where it is worse than before, and each one's last word before `finished`.
    case watched(CheckResult)
    /// The last event: the total was reached, or the run was told to stop. Every snapshot has been taken over.
    case finished(step: Int, reachedEnd: Bool)
}

/// How far a run is.
public struct TrainingProgress: Sendable, Equatable {
    /// Updates done.
    public var step: Int
    /// Updates of the whole run; nil where it ends by time or never.
    public var totalSteps: Int?
    /// Passes over the training examples, with its fraction.
    public var epoch: Double
    public var samplesSeen: Int
    /// Over the last few seconds; 0 before the first measurement.
    public var stepsPerSecond: Double
}

/// What the compiled plan says of itself.
public struct PlanFacts: Sendable, Equatable {
    public var parameterCount: Int
    /// Network, data, averages and two snapshot buffers.
    public var memoryBytes: Int
    public var snapshotBytes: Int
    public var threads: Int
    public var totalSteps: Int?
    public var stepsPerEpoch: Int
}

/// What a run may be told. It listens between two steps.
public enum TrainingOrder: Sendable, Equatable {
    /// Park, keep the memory, report `.held`.
    case hold
    case go
    /// Only while held: a change of hot keys from the step of `.held` on.
    case change(HotChange)
    /// Take a snapshot at this boundary.
    case checkpoint
    /// Take a last snapshot and end.
    case stop
}

/// Where orders come from.
public protocol OrderSource: AnyObject {
    /// The next order that waits, in the order given; nil at once where there is none.
    func poll() -> TrainingOrder?
    /// The next order, waiting for one. `nil` where none can come any more: the run stops.
    func wait() -> TrainingOrder?
}

/// Where snapshots go. Training fills memory that the sink owns and never waits for a disk but at the end.
public protocol SnapshotSink: AnyObject {
    /// Memory for a snapshot of `byteCount` bytes; nil where none is free now and the snapshot is left out.
    /// A snapshot that is filled but not yet on its way may be given up for a newer one.
    func buffer(byteCount: Int, cause: Snapshot.Cause) throws -> SnapshotBuffer?
    /// The buffer is filled. Returns at once.
    func submit(_ snapshot: Snapshot, _ buffer: SnapshotBuffer)
    /// Returns when every submitted snapshot was taken over, so that both buffers are free.
    func drain()
}

/// Memory for one snapshot.
public struct SnapshotBuffer {
    public var index: Int
    public var bytes: UnsafeMutableRawBufferPointer

    public init(index: Int, bytes: UnsafeMutableRawBufferPointer) {
        self.index = index
        self.bytes = bytes
    }
}

/// The time, given from outside so that tests own it.
public protocol TrainingClock {
    /// Seconds that only grow, from any origin.
    var seconds: Double { get }
    /// Microseconds since 1970, for the time of a metric.
    var wallMicroseconds: Int { get }
}

/// Why a run cannot go on.
public struct TrainingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Of these, as they are written, is the code of the job's reason: programs go by them, and they stay.
    public enum Code: String, Codable, Sendable {
        case dataError = "data_error"
        case hardware
        case `internal`
        case ioError = "io_error"
        case lossSpike = "loss_spike"
        case nanLoss = "nan_loss"
        case oom
        case unsupported
    }
    public var code: Code
    public var message: String
    public var findings: [Finding]
    /// Where a watcher ended the run.
    public var fault: WatchFault?

    public init(code: Code, message: String, findings: [Finding] = []) {
        self.code = code
        self.message = message
        self.findings = findings
    }

    public var description: String { "\(message) [\(code.rawValue)]" }
}
