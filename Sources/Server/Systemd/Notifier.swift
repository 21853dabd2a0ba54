import CSystemd
import Glibc

/// What the service manager is told, by sd_notify(3); silent where there is none (no NOTIFY_SOCKET).
struct Notifier: Sendable {
    func ready(status: String) { send("READY=1\nSTATUS=\(line(status))") }
    func status(_ text: String) { send("STATUS=\(line(text))") }
    func stopping(status: String) { send("STOPPING=1\nSTATUS=\(line(status))") }
    func watchdog() { send("WATCHDOG=1") }

    /// A reload has begun; `ready` ends it.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    /// Asks for this much more time from now on, while starting or stopping.
    func extend(seconds: Double) { send("EXTEND_TIMEOUT_USEC=\(Int(seconds * 1e6))") }

    /// Seconds within which `watchdog` must be called again, where the unit has WatchdogSec.
    static func watchdogInterval() -> Double? {
        var usec: UInt64 = 0
        return sd_watchdog_enabled(0, &usec) > 0 ? Double(usec) * 1e-6 : nil
    }

    private func line(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }

    private func send(_ state: String) {
        // A manager that does not listen any more must not take training down with it.
        _ = sd_notify(0, state)
    }
}
