import Dispatch
import Glibc
import Recipes
import Wire

/// Ctrl-C while a command only looks on: it says that the work goes on, and lets go.
final class Interruption {
    private struct Words {
        var note: String
        var cleanUp: @Sendable () -> Void
    }

    /// Of the interruptions that have not ended, the latest speaks.
    private static let current = Locked<[(id: ObjectIdentifier, words: Words)]>([])

    /// Installed once and for good: a source that is made while an earlier one of the same signal is being cancelled
    /// never fires, because libdispatch takes the handler away behind it. Safe from any thread: the array never changes,
    /// and dispatch objects are thread-safe.
    nonisolated(unsafe) private static let sources: [any DispatchSourceSignal] = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            if let words = current.value.last?.words {
                words.cleanUp()
                Screen.write((isatty(2) == 1 ? "\r" : "") + words.note + "\n", to: 2)
            }
            exit(Wire.ExitCode.interrupted.rawValue)
        }
        source.activate()
        return source
    }

    /// Until `end`, SIGINT and SIGTERM run `cleanUp`, print the note and end the program with status 130.
    init(note: String, cleanUp: @escaping @Sendable () -> Void = {}) {
        Interruption.current.withLock { $0.append((ObjectIdentifier(self), Words(note: note, cleanUp: cleanUp))) }
        _ = Interruption.sources
    }

    /// From here on the signals end the program without a word.
    func end() {
        Interruption.current.withLock { current in current.removeAll { $0.id == ObjectIdentifier(self) } }
    }
}

/// Ends the program with status 7 when the time is up.
final class Deadline {
    private let timer: any DispatchSourceTimer

    init(microseconds: Int, message: String) {
        timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now() + .microseconds(microseconds))
        timer.setEventHandler {
            Screen.write("simmer: error: \(message)\n", to: 2)
            exit(Wire.ExitCode.timeout.rawValue)
        }
        timer.activate()
    }

    func end() { timer.cancel() }
}
