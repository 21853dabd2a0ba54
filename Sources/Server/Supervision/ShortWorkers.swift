import Dispatch
import Glibc
import Logging
import Recipes
import Wire

/// Work that ends by itself (inspect, evaluate, combine, grade, predict, look; replays, suites of checks and rounds of
/// improving each in a row of its own): one worker at a time, with a memory cap and a deadline, beside the slots of long jobs.
final class ShortWorkers: Sendable {
    /// A handle to give work up.
    final class Ticket: Sendable {
        fileprivate let state = Locked((cancelled: false, child: ChildProcess?.none))

        func cancel() {
            let child = state.withLock { state in
                state.cancelled = true
                return state.child
            }
            // Fails only where the child ended by itself in this moment, which is what was wanted.
            try? child?.send(signal: SIGKILL)
        }

        fileprivate func begin(_ child: ChildProcess) -> Bool {
            state.withLock { state in
                state.child = child
                return !state.cancelled
            }
        }
        fileprivate func end() { state.withLock { $0.child = nil } }
        var isCancelled: Bool { state.withLock { $0.cancelled } }
    }

    private let queue = DispatchQueue(label: "simmer.short-work", qos: .userInitiated)
    private let program: WorkerProgram
    private let records: WorkerRecords
    private let log: Logger
    private let current = Locked<Ticket?>(nil)

    init(program: WorkerProgram, records: WorkerRecords, log: Logger) {
        self.program = program
        self.records = records
        self.log = log
    }

    /// Runs one worker to its answer: `inspected`, `answered`, `evaluated`, `combined`, `graded`, `predicted`,
    /// `contents`, `replayEnded`, `checksEnded`, `improved`, `tabulated`, `showEnded` or `failed`.
    ///
    /// - Parameters:
    ///   - descriptors: go with the assignment, in its order.
    ///   - hear: takes what the worker says before its answer; what it throws gives the work up.
    ///   - again: is told when one was killed and the next is about to try.
    /// - Throws: `operationCancelled`; `incompatible` past the deadline; `ShortWorkDied` where the worker died.
    func run(
        _ assignment: Assignment, descriptors: [Descriptor], memory: Int, seconds: Double, ticket: Ticket = Ticket(),
        hear: @escaping @Sendable (WorkerReport) throws -> Void = { _ in },
        again: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> WorkerReport {
        try await queue.run {
            // Also between two attempts there is something to give up.
            self.current.withLock { $0 = ticket }
            defer { self.current.withLock { $0 = nil } }
            var deaths = 0
            while true {
                do {
                    return try self.perform(
                        assignment, descriptors, memory: memory, seconds: seconds, ticket: ticket, hear)
                } catch var died as ShortWorkDied where died.isWorthAnother {
                    // Somebody else has ended it, and whoever hears it has heard nothing yet: it is as if it had not been.
                    deaths += 1
                    died.deaths = deaths
                    guard deaths < Self.attempts else { throw died }
                    let text = "\(died.how); it is tried again (\(deaths + 1) of \(Self.attempts))."
                    self.log.warning("\(text)", metadata: ["SIMMER_JOB_NAME": "\(assignment.jobName)"])
                    again(text)
                }
            }
        }
    }

    /// Workers that are killed from outside one after the other until the work is given up.
    private static let attempts = 3

    var isBusy: Bool { current.value != nil }

    /// Gives up what is in progress.
    func cancelAll() { current.value?.cancel() }

    private func perform(
        _ assignment: Assignment, _ descriptors: [Descriptor], memory: Int, seconds: Double, ticket: Ticket,
        _ hear: (WorkerReport) throws -> Void
    ) throws -> WorkerReport {
        if ticket.isCancelled { throw SimmerError.operationCancelled }
        let (child, socket) = try program.start(resume: assignment.resume, memory: memory)
        records.add(child.pid)
        let channel = MessageChannel(socket)
        let outOfTime = Locked(false)
        let deadline = DispatchWorkItem {
            outOfTime.withLock { $0 = true }
            try? child.send(signal: SIGKILL)  // It may have ended in this moment.
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: deadline)
        defer { deadline.cancel() }
        guard ticket.begin(child) else {
            finish(child, ticket)
            throw SimmerError.operationCancelled
        }
        do {
            let report = try talk(channel, assignment, descriptors, memory: memory, hear)
            finish(child, ticket)
            return report
        } catch {
            let end = finish(child, ticket)
            if ticket.isCancelled { throw SimmerError.operationCancelled }
            if outOfTime.value {
                throw SimmerError.incompatible(
                    message: "The work took longer than \(Int(seconds)) seconds and was given up.", findings: [])
            }
            guard var died = error as? ShortWorkDied else { throw error }
            if case .signalled(let signal) = end { died.signal = signal }
            throw died
        }
    }

    private func talk(
        _ channel: MessageChannel, _ assignment: Assignment, _ descriptors: [Descriptor], memory: Int,
        _ hear: (WorkerReport) throws -> Void
    ) throws -> WorkerReport {
        var died = ShortWorkDied(job: assignment.jobName, memory: memory)
        try died.stands { try channel.send(WorkerOrder.start(assignment), descriptors: descriptors.map(\.raw)) }
        while let (report, _) = try died.stands({ try channel.receive(WorkerReport.self) }) {
            switch report {
            case .inspected, .answered, .evaluated, .combined, .graded, .predicted, .contents, .replayEnded,
                .checksEnded, .improved, .tabulated, .showEnded, .failed:
                return report
            case .log(let priority, _, let message):
                log.log(level: JournalHandler.level(priority: priority), "\(message)")
            default:
                died.wasHeard = true
                try hear(report)
            }
        }
        throw died
    }

    /// The answer is here, or none will come: what the worker still does is of no interest.
    /// - Returns: how it ended; of one that had ended by itself that is the signal that it died of.
    @discardableResult
    private func finish(_ child: ChildProcess, _ ticket: Ticket) -> ChildProcess.End? {
        try? child.send(signal: SIGKILL)  // Mostly it has exited by itself.
        ticket.end()
        defer { records.remove(child.pid) }
        do {
            return try child.reap(wait: true)
        } catch {
            log.error("a short worker cannot be reaped: \(error)")
            return nil
        }
    }
}

/// The worker ended without an answer: stopped short by its memory cap, crashed, or killed by somebody else.
struct ShortWorkDied: Error, CustomStringConvertible {
    var job: String
    /// Bytes that it was allowed.
    var memory: Int?
    /// What it died of; nil where it exited, or where nobody knows.
    var signal: Int32?
    /// It had said something before.
    var wasHeard = false
    /// How many died so, one after the other.
    var deaths = 1

    /// What a process dies of by its own doing; running out of the memory that it may use looks like one of them.
    private static let own = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU, SIGXFSZ]

    private var isFromOutside: Bool { signal.map { !Self.own.contains($0) } ?? false }

    fileprivate var isWorthAnother: Bool { isFromOutside && !wasHeard }

    fileprivate var how: String {
        guard let signal else { return "The worker for \(job) ended without an answer" }
        return "The worker for \(job) was killed by signal \(signal)"
            + (signal == SIGKILL ? " (by hand, or for want of memory)" : "")
    }

    var description: String {
        if isFromOutside {
            return how + (deaths > 1 ? ", as \(deaths - 1) before it." : ".") + " The log of simmerd says more."
        }
        guard let memory else { return "\(how); it may have run out of memory. The log of simmerd says more." }
        return
            "\(how); it may have run out of the \(memory >> 20) MiB of memory "
            + "that it may use. More is given by `resources.memory` in the recipe, else by `limits.worker_memory` in "
            + "simmerd.conf(5); the log of simmerd says more."
    }

    /// It in the place of what the socket of a worker that is gone says: which it is depends on the moment alone.
    fileprivate func stands<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let failure as SystemFailure where [ECONNRESET, EPIPE].contains(failure.errno) {
            throw self
        }
    }
}
