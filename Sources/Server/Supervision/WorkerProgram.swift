import Glibc
import Recipes
import Wire

/// How a worker process is started: its program, its environment, its limits.
struct WorkerProgram: Sendable {
    var path: String
    var nice: Int
    /// How readily the kernel takes a worker when memory is short: before the daemon, always.
    static let oomScoreAdjust = 500
    /// RLIMIT_DATA until the plan is known, where neither the recipe nor the configuration gives one.
    private static let inspectionMemory = 4 << 30

    /// Starts one. The socket is its descriptor 3.
    /// - Throws: `SystemFailure`.
    func start(resume: Snapshot?, memory: Int?) throws -> (child: ChildProcess, socket: Descriptor) {
        let (ours, theirs) = try MessageChannel.pair()
        let child = try ChildProcess.start(
            path: path, arguments: [], environment: Self.environment(resume: resume, inherited: Self.inherited()),
            descriptors: [theirs.raw],
            limits: ChildProcess.Limits(dataBytes: memory, oomScoreAdjust: Self.oomScoreAdjust, nice: nice))
        return (child, ours)
    }

    /// Bytes of data that reading a job's files, or using its checkpoint, may take.
    static func memory(inspecting recipe: Recipe?, configured: Int?) -> Int {
        recipe?.resources.memory ?? configured ?? inspectionMemory
    }

    /// Bytes of data a run of this plan may have: what it says it needs twice over, and room for the data set and the
    /// runtime. A limit against a run that went wild, not a tight fit.
    static func memory(of plan: PlanSummary, recipe: Recipe?, configured: Int?) -> Int {
        if let given = recipe?.resources.memory ?? configured { return given + 1 << 30 }
        return 2 * plan.memoryBytes + 4 << 30
    }

    /// The level, and the unit of bfloat16, that the checkpoint's bits came from.
    static func environment(resume: Snapshot?, inherited: [String: String]) -> [String: String] {
        var environment = inherited
        environment["SWIFT_BACKTRACE"] = "enable=no"
        if let resume {
            if let level = resume.environment["cpuLevel"] { environment["SIMMER_CPU_LEVEL"] = level }
            // A checkpoint from when there was one unit names none.
            let isRounded = resume.environment["precision"] == "bfloat16"
            if isRounded { environment["SIMMER_BFLOAT16"] = resume.environment["bfloat16"] ?? "avx512" }
        }
        return environment
    }

    /// Of the daemon's own environment only what a program needs to run; nothing of systemd's.
    private static func inherited() -> [String: String] {
        var kept: [String: String] = [:]
        let names = [
            "PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SIMMER_CPU_LEVEL", "SIMMER_BFLOAT16",
        ]
        for name in names {
            if let value = getenv(name) { kept[name] = String(cString: value) }
        }
        return kept
    }
}
