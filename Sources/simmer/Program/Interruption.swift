import Dispatch
import Glibc
import Wire

/// Ctrl-C while a command only looks on: it says that the work goes on, and lets go.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    /// Until `end`, SIGINT and SIGTERM run `cleanUp`, print the note and end the program with status 130.
    init(note: String, cleanUp: @escaping @Sendable () -> Void = {}) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                cleanUp()
                Screen.write((isatty(2) == 1 ? "\r" : "") + note + "\n", to: 2)
                exit(Wire.ExitCode.interrupted.rawValue)
            }
            source.activate()
            return source
        }
    }

    /// From here on the signals end the program as they do any other.
    func end() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
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
