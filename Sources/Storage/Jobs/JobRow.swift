import Recipes

/// One job as the store keeps it: all that changes over its life, without the text of its recipe.
///
/// A job is changed through `Store.updateJob` or `StoreTransaction.updateJob` only, so that the row, its checksum, its
/// generation and the event that tells of it are one transaction.
public struct JobRow: Codable, Sendable, Equatable {
    /// Never reused, even after the job is deleted.
    public internal(set) var id: Int
    public internal(set) var uuid: String
    /// Unique among the jobs that have not ended (`JobState.isEnded`).
    public var name: String
    public internal(set) var ownerUid: Int
    public internal(set) var kind: JobKind
    public var state: JobState
    public var desired: DesiredState
    public var priority: Int
    /// Grows by one with every committed change.
    public internal(set) var generation: Int
    public internal(set) var createdUsec: Int
    public var startedUsec: Int?
    public var endedUsec: Int?
    /// Time in training over all runs, microseconds.
    public var activeUsec: Int
    public var restarts: Int
    /// As last written; `Store.noteProgress` keeps a newer one in memory, which reads see.
    public var progress: Progress?
    public var reason: Reason?
    public var labels: [String: String]
    /// Jobs that must have succeeded before this one starts.
    public internal(set) var dependsOn: [Int]
    /// Id of the checkpoint that the job's first step continues from.
    public internal(set) var parentCheckpoint: String?
    /// The data's files, by the path that the recipe writes, and the digest they are stored under.
    public var files: [JobFile]
    /// Measured by the inspecting worker; nil until then.
    public var facts: DataFacts?
    public var findings: [Finding]
    /// Every committed change of hot keys, oldest first.
    public var changes: [HotChange]
    /// What the compiled plan says of itself, as the JSON text of the wire's `PlanSummary`.
    public var plan: String?
    /// What decides the bits: version, CPU level, precision (`Snapshot.environment`).
    public var environment: [String: String]
    /// Newest complete checkpoint; set by `publish`.
    public internal(set) var lastCheckpoint: String?
    public internal(set) var lastCheckpointUsec: Int?
    public internal(set) var lastCheckpointStep: Int?
    /// The metric that `job@best` goes by.
    public internal(set) var bestMetric: String
    public internal(set) var bestIsHigher: Bool
    /// How many checkpoints of which kind are kept.
    public var keep: CheckpointPolicy.Keep
    /// Small facts of the daemon's own about the job.
    public var notes: [String: String]
    /// What a job that measures others has found, as JSON text of the wire's.
    public var report: String?
    /// Why this version cannot read the row, and what to do; never stored. Such a row is told of and can be deleted,
    /// and nothing else is done with it: what it lacks is not what it was.
    public internal(set) var unreadable: Finding?
    /// Nothing that it says can be relied on, not even whose it is.
    public var isDamaged: Bool { unreadable?.code == Self.damagedCode }
    static let damagedCode = "row_damaged"
}

extension JobRow {
    /// The notes that name the trunk, and the step at which the cooldown left it: its checkpoint there may be gone.
    public static let cooldownNote = "cooldownOf"
    public static let cooldownStepNote = "cooldownFrom"
    /// Teachers that are bound when the job starts, since they were still to be trained when it was submitted.
    public static let lateTeachersNote = "lateTeachers"
    /// The notes that name the job that this one is a part of, and which of its parts.
    public static let wholeNote = "partOf"
    public static let partNote = "part"
    /// What is still to be told of the job.
    public static let noticesNote = "notices"
    /// The checkpoint that a person wants the next run to begin at.
    public static let resumeNote = "resumeFrom"

    /// The checkpoint whose weights the job began with, where its recipe names one.
    public static let firstWeightsNote = "firstWeights"
    /// The note of a branch that leaves its parent's moments behind.
    public static let freshMomentsNote = "freshMoments"

    /// The note of a squeeze that names the job that is squeezed.
    public static let squeezedNote = "squeezeOf"
    /// The note that says how many members are trained for a squeeze.
    public static let newMembersNote = "newMembers"
    /// One less than can be asked at once: the job that is squeezed is asked as well.
    public static let newMembersRange = 1...TeacherRecord.most - 1

    /// Why a squeeze that has come from another store cannot go on: the job that it names is there.
    public static let isSqueezedElsewhere =
        "The job that is squeezed is in the store that this one came from: squeeze it there, or bring it here and squeeze it "
        + "anew."

    /// The note of a job whose data was all received when its preparation failed, or is prepared once more: what lacks is
    /// its measuring.
    public static let receivedNote = "received"

    /// Median seconds of an update, as its data was inspected.
    public static let stepSecondsNote = "stepSeconds"
    /// Reasons of checks that were acknowledged after the recipe was written, as JSON by id.
    public static let acknowledgedNote = "acknowledged"
    /// Who let it go on whatever its checks say, and when.
    public static let forcedNote = "forced"
    /// What the watchers remember of the job, and whether its steps came out the same again, both as JSON.
    public static let watchNote = "watch"
    public static let proofNote = "proof"

    public static let studentPart = "student"
    public static func memberPart(_ number: Int) -> String { "member.\(number)" }

    /// The job that this one is a cooldown of.
    public var cooldownOf: Int? { notes[Self.cooldownNote].flatMap { Int($0) } }
    public var cooldownFrom: Int? { notes[Self.cooldownStepNote].flatMap { Int($0) } }
    /// The job that this one is a part of.
    public var partOf: Int? { notes[Self.wholeNote].flatMap { Int($0) } }
    /// Whether the job is made of others and has no worker of its own.
    public var isWhole: Bool { kind == .ensemble || kind == .squeeze }
}

/// A file of a job's data.
public struct JobFile: Codable, Sendable, Equatable {
    /// As the recipe writes it.
    public var path: String
    /// SHA-256 of the content, 64 hexadecimal digits: the file's name below `datasets/`.
    public var digest: String
    public var sizeBytes: Int

    public init(path: String, digest: String, sizeBytes: Int) {
        self.path = path
        self.digest = digest
        self.sizeBytes = sizeBytes
    }
}

/// What a job is made from.
public struct NewJob: Sendable {
    /// A name that somebody asked for: refused where an unended job has it. nil takes `defaultName`, with `-2`, `-3`
    /// and so on where any job has it already.
    public var name: String?
    public var defaultName: String
    public var ownerUid: Int
    public var kind: JobKind = .train
    /// Usually `preparing`, or `queued` where there is nothing to prepare.
    public var state: JobState = .preparing
    public var desired: DesiredState = .run
    public var priority: Int = 0
    public var labels: [String: String] = [:]
    public var recipe: String
    public var overrides: [String: String] = [:]
    /// Digest of recipe and overrides, `sha256:` and 64 hexadecimal digits.
    public var recipeDigest: String
    public var dependsOn: [Int] = []
    public var parentCheckpoint: String?
    public var files: [JobFile] = []
    public var facts: DataFacts?
    public var findings: [Finding] = []
    public var changes: [HotChange] = []
    public var bestMetric: String = "validation.loss"
    public var bestIsHigher: Bool = false
    public var keep: CheckpointPolicy.Keep = CheckpointPolicy.Keep()
    public var notes: [String: String] = [:]

    public init(name: String? = nil, defaultName: String, ownerUid: Int, recipe: String, recipeDigest: String) {
        self.name = name
        self.defaultName = defaultName
        self.ownerUid = ownerUid
        self.recipe = recipe
        self.recipeDigest = recipeDigest
    }
}

/// What a job was submitted with; never changes.
public struct JobInput: Codable, Sendable, Equatable {
    public var recipe: String
    public var overrides: [String: String]
    public var recipeDigest: String
}

/// The mark of one mutating call, so that a retry has one effect and one answer.
public struct RequestKey: Sendable, Equatable {
    public var uid: Int
    /// Chosen by the client, at most 64 characters.
    public var id: String
    /// Digest of the method's name and its arguments in canonical form.
    public var argumentsDigest: String

    public init(uid: Int, id: String, argumentsDigest: String) {
        self.uid = uid
        self.id = id
        self.argumentsDigest = argumentsDigest
    }
}

extension JobState {
    /// Over for good; a `stopped` job can be resumed, so it has not ended and keeps its name.
    public var isEnded: Bool { self == .succeeded || self == .failed || self == .cancelled }
    /// Waits for its turn: what the scheduler looks at.
    public var isWaiting: Bool { self == .queued || self == .interrupted }
    /// Has, or is about to have, a worker.
    public var isLive: Bool {
        switch self {
        case .starting, .running, .checkpointing, .pausing, .stopping: true
        default: false
        }
    }
}
