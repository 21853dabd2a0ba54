import CLinux
import Glibc

/// Which workers run, as small files below the state directory: what a daemon that starts after a crash waits for
/// before it starts a job again, so that one job never has two.
struct WorkerRecords: Sendable {
    let directory: String

    init(stateDirectory: String) throws {
        directory = stateDirectory + "/workers"
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw StartError(.cannotCreate, "The directory \(directory) cannot be made: \(ErrorText.of(errno)).")
        }
    }

    /// Only a hint over a crash of the daemon alone (a power cut ends the workers too), so it is not synced.
    func add(_ pid: Int32) {
        guard let start = Self.startTime(of: pid) else { return }
        let file = open(path(pid), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = start.withCString { write(file, $0, strlen($0)) }
    }

    func remove(_ pid: Int32) { unlink(path(pid)) }

    /// Waits until the workers of an earlier daemon are gone (they exit at the end of their socket), and kills those
    /// that still are there after `seconds`.
    /// - Returns: how many had to be killed.
    func waitForOld(seconds: Double, tick: () -> Void) -> Int {
        var killed = 0
        let deadline = Clock.monotonic() + seconds
        for (pid, start) in recorded() {
            let pidfd = cl_pidfd_open(pid)
            // Opened first, compared second: the number cannot pass to another process in between.
            if pidfd >= 0, Self.startTime(of: pid) == start {
                while Clock.monotonic() < deadline, cl_poll(pidfd, 1, 1000) == 0 { tick() }
                if cl_poll(pidfd, 1, 0) == 0 {
                    killed += 1
                    _ = cl_pidfd_send_signal(pidfd, SIGKILL)
                    _ = cl_poll(pidfd, 1, 5000)
                }
            }
            if pidfd >= 0 { close(pidfd) }
            remove(pid)
        }
        return killed
    }

    private func path(_ pid: Int32) -> String { "\(directory)/\(pid)" }

    private func recorded() -> [(Int32, String)] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var found: [(Int32, String)] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = Int32(name), let start = Self.read("\(directory)/\(name)") else { continue }
            found.append((pid, start))
        }
        return found
    }

    /// Field 22 of /proc/PID/stat: clock ticks since boot. The name in parentheses may hold anything.
    static func startTime(of pid: Int32) -> String? {
        guard let stat = read("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }

    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(file, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}

/// The kernel's words for an errno.
enum ErrorText {
    static func of(_ code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        guard strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
