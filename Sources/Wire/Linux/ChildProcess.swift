import CLinux
import Glibc

/// A process started with exactly the descriptors it is meant to have.
public struct ChildProcess: Sendable {
    public let pid: Int32
    /// Readable when the process has ended.
    public let pidfd: Descriptor

    /// How a child ended.
    public enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// Limits set from outside, so that they hold however the child behaves.
    public struct Limits: Sendable {
        /// RLIMIT_DATA in bytes: heap, anonymous private mappings.
        public var dataBytes: Int?
        /// 0 to 1000: how readily the kernel kills it when memory is short.
        public var oomScoreAdjust: Int?
        /// Added niceness, 0 to 19.
        public var nice: Int?

        public init(dataBytes: Int? = nil, oomScoreAdjust: Int? = nil, nice: Int? = nil) {
            self.dataBytes = dataBytes
            self.oomScoreAdjust = oomScoreAdjust
            self.nice = nice
        }
    }

    /// Starts a program in a process group of its own, with default signals, descriptors at 3, 4, ... and nothing else
    /// open but standard output and error. About 1 ms.
    ///
    /// - Parameters:
    ///   - input: its standard input; nil for none.
    ///   - output: its standard output and error; nil for those of this process.
    public static func start(
        path: String, arguments: [String], environment: [String: String], input: Descriptor? = nil,
        output: Descriptor? = nil, descriptors: [Int32], limits: Limits = Limits()
    ) throws(SystemFailure) -> ChildProcess {
        let argv = CStrings([path] + arguments)
        let envp = CStrings(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        let outcome = cl_spawn(
            path, argv.pointers, envp.pointers, input?.raw ?? -1, output?.raw ?? -1, descriptors, descriptors.count)
        let pid = try SystemFailure.check(outcome, "posix_spawn", path: path)
        do throws(SystemFailure) {
            let pidfd = Descriptor(owning: try SystemFailure.check(cl_pidfd_open(pid), "pidfd_open"))
            if let bytes = limits.dataBytes {
                try SystemFailure.check(cl_limit_data(pid, UInt64(max(0, bytes))), "prlimit RLIMIT_DATA")
            }
            if let score = limits.oomScoreAdjust {
                try SystemFailure.check(cl_set_oom_score_adj(pid, Int32(score)), "write oom_score_adj")
            }
            if let nice = limits.nice { try SystemFailure.check(cl_set_nice(pid, Int32(nice)), "setpriority") }
            return ChildProcess(pid: pid, pidfd: pidfd)
        } catch {
            // A child without its limits must not run; it is ours and not yet reaped, so the pid is still its own.
            kill(pid, SIGKILL)
            var code: Int32 = 0
            var signal: Int32 = 0
            _ = cl_wait(pid, true, &code, &signal)
            throw error
        }
    }

    /// Reaps the child: how it ended, or nil while it runs (`wait` false).
    public func reap(wait: Bool) throws(SystemFailure) -> End? {
        var code: Int32 = -1
        var signal: Int32 = -1
        guard try SystemFailure.check(cl_wait(pid, wait, &code, &signal), "waitpid") > 0 else { return nil }
        return signal >= 0 ? .signalled(signal) : .exited(code)
    }

    /// Kills it and all that it has started in its process group. Only before it is reaped: the group's number is its own
    /// until then.
    public func killGroup() {
        // Fails only where all of them have ended by themselves, which is what was wanted.
        _ = kill(-pid, SIGKILL)
    }

    /// Sends a signal through the pidfd: it can never reach another process with a reused number.
    public func send(signal: Int32) throws(SystemFailure) {
        try SystemFailure.check(cl_pidfd_send_signal(pidfd.raw, signal), "pidfd_send_signal")
    }
}

/// A NULL-terminated array of C strings that lives as long as this object.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
        (pointers + strings.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
