import Recipes

/// What a worker is started for. Descriptors come with the message, in the order named here.
public struct Assignment: Codable, Sendable {
    public enum Task: Codable, Sendable, Equatable {
        /// Read the data, measure it, answer `.inspected`.
        case inspect
        /// Ask the recipe's teachers about all that it learns from, write what they say to the file that is the last of
        /// `files`; answer `.answered`.
        case answer
        /// Train until the recipe's end; `.checkpoint` and `.progress` on the way.
        case train
        /// Measure the snapshot on a split, answer `.evaluated`.
        case evaluate(split: String, average: String?, calibrates: Bool, adjusts: [String])
        /// Measure the members whose records and weights are among the files, as a student's teachers are, on the data of
        /// the recipe, which is the first one's; answer `.combined`.
        case combine(EnsembleRequest)
        /// Measure the student and its twin, whose records and weights lie among the files below `GradeRequest.path`, and
        /// the teachers of the recipe; answer `.graded`.
        case grade(GradeRequest)
        /// Do steps again, from the snapshot or else from the first weights; `.replayed` on the way, then `.replayEnded`.
        case replay(ReplayRequest)
        /// Run checks: on the recipe and its data, or for the trained suite on the snapshot. `.checking`, `.pictured` and
        /// `.checked` on the way, then `.checksEnded`.
        case check(CheckRequest)
        /// Try single changes of the recipe; `.improving` on the way, then `.improved`.
        case improve(ImproveRequest)
        /// Write what is known of each example to the file that is the last of `files`; with a snapshot what its network,
        /// or an average of it, answers to each. Answer `.tabulated`.
        case tabulate(average: String?)
        /// Draw examples: `.shown` on the way, then `.showEnded`.
        case show(ShowRequest)
        /// Answer `.predicted` for examples of the file that is the last of `files`.
        case predict(average: String?, offset: Int, limit: Int)
        /// Say what the file that is the last of `files` holds, without a recipe; answer `.contents`.
        case look(DataFileRequest)
    }
    public var task: Task
    /// The recipe's text and what `--set` changed, as given at submit.
    public var recipe: String
    public var overrides: [String: String]
    /// Every change of hot keys that the daemon has committed, oldest first.
    public var changes: [HotChange]
    /// Measured at inspection; nil only for `inspect`.
    public var facts: DataFacts?
    /// Path as the recipe writes it, and the index of its (read-only) descriptor.
    public var files: [DataFile]
    /// Where to go on from, with the index of the memfd that holds its bytes; nil for a first start.
    public var resume: Snapshot?
    public var resumeDescriptor: Int?
    /// Whether the optimiser begins as in a new run, whatever moments `resume` has.
    public var startsMoments = false
    /// False where the recipe's teachers are still to be trained, and only the rest is inspected.
    public var hasTeachers = true
    /// What the teachers' answers among the files are found by.
    public var answersKey: String?
    public var threads: Int
    public var jobName: String

    public init(
        task: Task, recipe: String, overrides: [String: String], changes: [HotChange] = [], facts: DataFacts? = nil,
        files: [DataFile] = [], resume: Snapshot? = nil, resumeDescriptor: Int? = nil, threads: Int, jobName: String
    ) {
        self.task = task
        self.recipe = recipe
        self.overrides = overrides
        self.changes = changes
        self.facts = facts
        self.files = files
        self.resume = resume
        self.resumeDescriptor = resumeDescriptor
        self.threads = threads
        self.jobName = jobName
    }
}

/// Daemon to worker.
public enum WorkerOrder: Codable, Sendable {
    case start(Assignment)
    /// Park at the next step boundary, keep the memory, answer `.held`.
    case hold
    /// Leave the hold.
    case go
    /// Only while held: committed by the daemon at the step of `.held`.
    case change(HotChange)
    /// Hand over a checkpoint at the next step boundary. Requests of a run are numbered from 1.
    case checkpoint(request: Int)
    /// The lent buffer comes back; its checkpoint is durable, or was given up.
    case returned(buffer: Int, durable: Bool)
    /// Finish the step, hand over a last checkpoint (cause `stop`), answer `.finished`, wait for `.returned`, exit 0.
    case stop
}

/// Worker to daemon.
public enum WorkerReport: Codable, Sendable {
    /// First word of a run: what decides its bits here (keys as in `Snapshot.environment`).
    case ready(environment: [String: String])
    /// `stepSeconds` is the median of a few updates with the recipe's own batches; nil where none was timed.
    case inspected(facts: DataFacts?, findings: [Finding], stepSeconds: Double?)
    /// The plan is compiled; the first step comes next.
    case started(step: Int, plan: PlanSummary)
    case held(step: Int)
    case progress(step: Int, totalSteps: Int?, epoch: Double, samplesSeen: Int, stepsPerSecond: Double?)
    case metrics([MetricValue])
    /// Priority as in syslog(3).
    case log(priority: Int, step: Int?, message: String)
    /// Descriptor 0 of the message on each buffer's first use is its memfd; later uses send none. The snapshot was taken
    /// after the request of this number had come, and all before it; 0 for none.
    case checkpoint(snapshot: Snapshot, buffer: Int, byteCount: Int, request: Int)
    case evaluated(Evaluation)
    case combined(Ensemble)
    case graded(StudentGrade)
    case answered
    case predicted([Prediction])
    case contents(DataFileContents)
    /// How long the checks will take, seconds, before the first.
    case checksBegin(count: Int, seconds: Double)
    /// The checks of these ids come next, after so many others.
    case checking(ids: [String], done: Int)
    /// Pictures of a check go before its result.
    case pictured(check: String, Picture)
    case checked([CheckResult])
    case checksEnded
    case improving(String)
    case improved(Improvement)
    case tabulated
    case shown(ShownPage)
    case showEnded
    /// The layers that are traced as one; before the first step.
    case replaying(layers: [String])
    case replayed([ReplayedStep])
    case replayEnded([ReplayComparison])
    /// Last word of a run that ended well: the total was reached, or `.stop` was asked for.
    case finished(step: Int, reachedEnd: Bool)
    /// What a watcher of the run found.
    case watched(CheckResult)
    /// Last word of a run that a watcher ended: the daemon says what becomes of it.
    case faulted(WatchFault, code: String, message: String)
    /// Last word of a run that cannot go on.
    case failed(code: String, message: String, findings: [Finding])
}

/// What the compiled plan says of itself.
public struct PlanSummary: Codable, Sendable, Equatable {
    public var parameterCount: Int
    public var memoryBytes: Int
    public var snapshotBytes: Int
    public var threads: Int
    public var totalSteps: Int?
    public var stepsPerEpoch: Int

    public init(
        parameterCount: Int, memoryBytes: Int, snapshotBytes: Int, threads: Int, totalSteps: Int?, stepsPerEpoch: Int
    ) {
        self.parameterCount = parameterCount
        self.memoryBytes = memoryBytes
        self.snapshotBytes = snapshotBytes
        self.threads = threads
        self.totalSteps = totalSteps
        self.stepsPerEpoch = stepsPerEpoch
    }
}
