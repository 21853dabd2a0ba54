import CLinux
import Glibc
import Logging
import Recipes
import Wire

/// Runs the programs that tell people: a few at once, each with a time limit, nicer than all training.
final class Courier: Sendable {
    /// Programs at the same time.
    static let lanes = 3
    /// Seconds that one may take.
    static let limit = 60.0
    /// Seconds that a stop of the daemon leaves to those that run.
    private static let stopSeconds = 5.0
    /// Bytes and lines of a program's output that are logged.
    private static let outputBytes = 8 << 10
    private static let outputLines = 40

    // A program started by a thread has its niceness, a setuid one too, which could not be made nicer afterwards.
    private let lanes: [LowPriorityThread]
    private let environment: [String: String]
    private let log: Logger
    /// The moment at which running programs are killed; nil while the daemon does not stop.
    private let deadline = Locked<Double?>(nil)

    /// - Parameter socket: where a program's own `simmer` finds the daemon.
    /// - Throws: `StartError` where the system gives no threads.
    init(socket: String, log: Logger) throws {
        lanes = try (0..<Self.lanes).map { try LowPriorityThread("simmer-tell-\($0)", nice: 19) }
        var kept = ["SIMMER_SOCKET": socket]
        for name in ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { kept[name] = String(cString: value) }
        }
        environment = kept
        self.log = log
    }

    /// Tells one; `then` is called on a thread of the courier's own.
    func send(_ errand: Errand, then: @escaping @Sendable (Errand.Outcome) -> Void) {
        guard let lane = lanes.min(by: { $0.load < $1.load }) else { return then(.leftOver) }
        lane.async { then(self.perform(errand)) }
    }

    /// Begins no more, and waits a little for what has been begun.
    func stop() async throws {
        deadline.withLock { $0 = Clock.monotonic() + Self.stopSeconds }
        for lane in lanes {
            try await lane.run {}
            lane.stop()
        }
    }

    private func perform(_ errand: Errand) -> Errand.Outcome {
        guard deadline.value == nil else { return .leftOver }
        do { return try run(errand) } catch { return .failed("\(error)") }
    }

    private func run(_ errand: Errand) throws -> Errand.Outcome {
        let words = errand.target.words
        // The whole of it in memory: nobody waits for a program that does not read.
        let input = try SharedMemory.create(name: "simmer-notice", holding: errand.input)
        var ends: (reading: Int32, writing: Int32) = (-1, -1)
        try SystemFailure.check(cl_pipe(&ends.reading, &ends.writing), "pipe")
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        let child = try ChildProcess.start(
            path: words[0], arguments: Array(words.dropFirst()), environment: environment, input: input,
            output: writing, descriptors: [])
        writing.close()
        var output: [UInt8] = []
        let (end, why) = try wait(for: child, reading, &output)
        say(output, errand)
        if let why { return .failed(why) }
        return switch end {
        case .exited(0): .arrived
        case .exited(let status): .failed("it exited with status \(status)")
        case .signalled(let number): .failed("it was killed by signal \(number)")
        }
    }

    /// - Returns: how it ended, and why we killed it, where we did.
    private func wait(
        for child: ChildProcess, _ reading: Descriptor, _ output: inout [UInt8]
    ) throws -> (ChildProcess.End, String?) {
        let latest = Clock.monotonic() + Self.limit
        var why: String?
        while true {
            let isOver = cl_poll(child.pidfd.raw, 1, 50) != 0
            drain(reading, &output)
            if isOver, let end = try child.reap(wait: true) { return (end, why) }
            let now = Clock.monotonic()
            if why == nil, now > latest {
                why = "it had not ended after \(Int(Self.limit)) s and was killed"
                child.killGroup()
            } else if why == nil, let stop = deadline.value, now > stop {
                why = "it was killed when the daemon stopped"
                child.killGroup()
            }
        }
    }

    /// Reads what is there, so that the program never waits, and keeps its beginning.
    private func drain(_ reading: Descriptor, _ output: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // A program that writes without end gets no more than this of one thread's time.
        for _ in 0..<64 {
            let count = read(reading.raw, &buffer, buffer.count)
            guard count > 0 else { return }
            output += buffer[..<min(count, max(0, Self.outputBytes - output.count))]
        }
    }

    private func say(_ output: [UInt8], _ errand: Errand) {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        for line in lines.prefix(Self.outputLines) {
            log.log(
                level: .info, "\(errand.target.title) says: \(JournalHandler.escaped(String(line)))",
                metadata: errand.job.map { ["SIMMER_JOB": "\($0)"] })
        }
    }
}
