import Dispatch
import Logging
import Recipes

/// Tells systemd that the daemon lives, from the decision queue itself and only after the other loops have answered: a
/// hang anywhere in the work stops the word, and systemd acts.
final class Watchdog: Sendable {
    /// One loop that must answer.
    struct Loop: Sendable {
        var name: String
        /// Puts a closure in line behind the loop's work.
        var ping: @Sendable (@escaping @Sendable () -> Void) -> Void
        /// Whether the loop may be silent for now because it is in the middle of one known long piece of work.
        var mayBeBusy: @Sendable () -> Bool = { false }
    }

    private let loops: [Loop]
    private let answered: Locked<[String: Bool]>
    private let notifier: Notifier
    private let log: Logger

    init(loops: [Loop], notifier: Notifier, log: Logger) {
        self.loops = loops
        self.notifier = notifier
        self.log = log
        answered = Locked(Dictionary(uniqueKeysWithValues: loops.map { ($0.name, true) }))
    }

    /// Starts on the queue that decides, at half of systemd's interval. The timer lives as long as the caller keeps it.
    func start(on queue: DispatchQueue, interval: Double) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now(), repeating: interval / 2, leeway: .milliseconds(Int(interval * 50)))
        timer.setEventHandler { self.tick() }
        timer.activate()
        return timer
    }

    /// Feeds the watchdog if every loop has answered since the last time, and asks them all again.
    func tick() {
        let silent = loops.filter { loop in
            answered.withLock { $0[loop.name] == false } && !loop.mayBeBusy()
        }
        if silent.isEmpty {
            notifier.watchdog()
        } else {
            log.error("no answer from \(silent.map(\.name).joined(separator: ", ")): the watchdog is not fed")
        }
        for loop in loops where answered.withLock({ $0[loop.name] != false }) {
            answered.withLock { $0[loop.name] = false }
            loop.ping { self.answered.withLock { $0[loop.name] = true } }
        }
    }
}
