import CSystemd
import Glibc
import Logging
import Synchronization

/// The level below which nothing is written; one for the whole process, changed by `SetLogLevel`.
final class LogThreshold: Sendable {
    private let priority: Atomic<Int>
    init(_ level: Logger.Level) { priority = Atomic(Self.order(level)) }

    var level: Logger.Level {
        get { Logger.Level.allCases.first { Self.order($0) == priority.load(ordering: .relaxed) } ?? .info }
        set { priority.store(Self.order(newValue), ordering: .relaxed) }
    }

    private static func order(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}

/// Writes to the journal with one field for each key of the metadata (`SIMMER_JOB=`), or one line to standard error.
///
/// Metadata keys are journal field names already: capitals, digits and underscores; others are written in capitals.
struct JournalHandler: LogHandler {
    let threshold: LogThreshold
    let journal: Bool
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    /// systemd sets JOURNAL_STREAM to device and inode of the stream that goes to the journal; when standard error is
    /// that stream, nobody has redirected it and fields are welcome (systemd.exec(5)).
    static func standardErrorIsJournal(environment: [String: String]) -> Bool {
        let parts = (environment["JOURNAL_STREAM"] ?? "").split(separator: ":").compactMap { UInt64($0) }
        var status = stat()
        guard parts.count == 2, fstat(2, &status) == 0 else { return false }
        return UInt64(status.st_dev) == parts[0] && UInt64(status.st_ino) == parts[1]
    }

    var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.level = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let message = event.error.map { "\(event.message): \($0)" } ?? "\(event.message)"
        if journal {
            send(message, priority: Self.priority(event.level), fields: all)
        } else {
            print(message, level: event.level, fields: all)
        }
    }

    static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    static func level(priority: Int) -> Logger.Level {
        switch priority {
        case ...2: .critical
        case 3: .error
        case 4: .warning
        case 5: .notice
        case 6: .info
        default: .debug
        }
    }

    private func send(_ message: String, priority: Int, fields: Logger.Metadata) {
        var lines = ["MESSAGE=\(message)", "PRIORITY=\(priority)", "SYSLOG_IDENTIFIER=simmerd"]
        lines += fields.sorted { $0.key < $1.key }.map { "\($0.key.uppercased())=\($0.value)" }
        let buffers = lines.map { Array($0.utf8) }
        var vectors: [iovec] = []
        vectors.reserveCapacity(buffers.count)
        /// Keeps every buffer's address valid by holding all of them open around the one call.
        func open(_ index: Int) {
            guard index < buffers.count else {
                // A journal that is gone must not stop the daemon.
                vectors.withUnsafeBufferPointer { _ = sd_journal_sendv($0.baseAddress, Int32($0.count)) }
                return
            }
            buffers[index].withUnsafeBytes { bytes in
                let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                vectors.append(iovec(iov_base: base, iov_len: bytes.count))
                open(index + 1)
            }
        }
        open(0)
    }

    private func print(_ message: String, level: Logger.Level, fields: Logger.Metadata) {
        let shown = fields.filter { $0.key != "MESSAGE_ID" }.sorted { $0.key < $1.key }
        let tail = shown.map { " \($0.key.lowercased())=\($0.value)" }.joined()
        let line = Self.escaped("simmerd: \(level == .info ? "" : "\(level.rawValue): ")\(message)\(tail)") + "\n"
        line.withCString { _ = write(2, $0, strlen($0)) }
    }

    /// Names come from users: control characters must not reach a terminal.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 32 || (127...159).contains($0.value) }) else {
            return text
        }
        return text.unicodeScalars.map { scalar in
            scalar.value < 32 || (127...159).contains(scalar.value)
                ? "\\x" + String(scalar.value, radix: 16) : String(scalar)
        }.joined()
    }
}
