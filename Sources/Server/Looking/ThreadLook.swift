import Glibc

/// What the threads of a worker do, by what the kernel says of them: their states, and in what they wait. Some file reads.
struct ThreadLook {
    /// `3 sleeping (futex_wait_queue), 1 running`; nil where nothing can be read.
    let words: String?
    /// One a thread: its id and what it does.
    let lines: [String]
    /// Whether a debugger holds one of them.
    let isTraced: Bool

    init(pid: Int32) {
        var counts: [String: Int] = [:]
        var lines: [String] = []
        for thread in Self.threads(of: pid) {
            let folder = "/proc/\(pid)/task/\(thread)"
            // The name before the state may hold anything, brackets too.
            guard let text = WorkerRecords.read(folder + "/stat"), let end = text.lastIndex(of: ")"),
                let state = text[end...].dropFirst(2).first
            else { continue }
            // Only root, or the process's own user, may see where it waits; 0 says nowhere.
            let place = WorkerRecords.read(folder + "/wchan").flatMap { $0.isEmpty || $0 == "0" ? nil : $0 }
            let words = Self.name(state) + (place.map { " (\($0))" } ?? "")
            counts[words, default: 0] += 1
            lines.append("thread \(thread): \(words)")
        }
        self.lines = lines
        isTraced = counts.keys.contains { $0.hasPrefix(Self.name("t")) }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        words = sorted.isEmpty ? nil : sorted.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    private static func threads(of pid: Int32) -> [Int32] {
        guard pid > 0, let folder = opendir("/proc/\(pid)/task") else { return [] }
        defer { closedir(folder) }
        var found: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let thread = Int32(name) { found.append(thread) }
        }
        return found.sorted()
    }

    /// proc_pid_stat(5).
    private static func name(_ state: Character) -> String {
        switch state {
        case "R": "running"
        case "S": "sleeping"
        case "D": "waiting for a device"
        case "T": "stopped by a signal"
        case "t": "held by a debugger"
        case "Z", "X": "dead"
        default: "in state \(state)"
        }
    }
}
