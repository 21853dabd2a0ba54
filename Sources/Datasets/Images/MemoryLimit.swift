import Glibc

/// How much memory this process may take at most.
struct MemoryLimit: Equatable {
    var byteCount: Int
    /// Whether it is the machine's own memory, and not a limit that was set for this process.
    var isMachine: Bool

    init(machine: Int, process: Int) {
        byteCount = min(machine, process)
        isMachine = machine <= process
    }

    /// The smaller one of the machine's memory and RLIMIT_DATA, which the daemon sets by `limits.worker_memory`.
    static var current: MemoryLimit {
        var limit = rlimit()
        // Without an answer there is no limit of which anything is known.
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0
        return MemoryLimit(
            machine: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)),
            process: isKnown ? Int(clamping: limit.rlim_cur) : .max)
    }
}
