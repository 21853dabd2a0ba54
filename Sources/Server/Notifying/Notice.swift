import Glibc
import Recipes
import Storage
import Wire

/// One thing to tell. It is committed with what it tells of, in the job's notes, and taken off when everyone has been
/// told: a crash in between repeats it and loses none.
struct Notice: Codable, Sendable, Equatable {
    /// The same for a repetition: `JOB.GENERATION`.
    var id = ""
    /// What it is, the most telling word first.
    var events: [Notify.Event]
    var message: String
    var timeUsec: Int
    var job: Int?
    var state: JobState?
    var step: Int?
    /// Whether somebody only wants to see that it arrives.
    var isTest: Bool?

    init(_ events: [Notify.Event], _ message: String, job: Int? = nil) {
        self.events = events
        self.message = message
        self.job = job
        timeUsec = Clock.wallUsec()
    }
}

extension JobRow {
    /// Keeps a notice until it has been told. For the change that it tells of.
    mutating func keep(_ notice: Notice?) throws {
        guard var notice else { return }
        // The commit gives the row the next generation.
        notice.id = "\(id).\(generation + 1)"
        notice.state = state
        notice.step = progress?.step ?? lastCheckpointStep
        try setNotices(notices() + [notice])
    }

    func notices() throws -> [Notice] {
        guard let text = notes[Self.noticesNote] else { return [] }
        return try MessageCoding.decode([Notice].self, from: Array(text.utf8))
    }

    mutating func setNotices(_ notices: [Notice]) throws {
        notes[Self.noticesNote] =
            notices.isEmpty ? nil : String(decoding: try MessageCoding.encode(notices).dropLast(), as: UTF8.self)
    }
}

/// A notice as somebody receives it.
struct NoticeText: Sendable {
    var notice: Notice
    var event: Notify.Event
    /// Nil where the notice is of no job, or the job is gone.
    var job: JobSummary?

    /// What a command reads: one object and a line's end.
    func json() throws -> [UInt8] {
        let object = Object(
            event: event.rawValue, notice: notice.id, job: job?.name, id: notice.job, state: notice.state?.rawValue,
            step: notice.step, message: notice.message, metrics: metrics, time: time, test: notice.isTest)
        return Array(try MessageCoding.encode(object).dropLast()) + Array("\n".utf8)
    }

    private struct Object: Codable {
        var event: String
        var notice: String
        var job: String?
        var id: Int?
        var state: String?
        var step: Int?
        var message: String
        var metrics: [String: JSONValue]
        var time: String
        var test: Bool?
    }

    /// The newest values; one that is not finite by its name.
    private var metrics: [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for metric in job?.latestMetrics ?? [] {
            values[metric.name] = metric.value.map(JSONValue.double) ?? metric.nonFinite.map { .string($0.rawValue) }
        }
        return values
    }

    /// RFC 3339, in UTC.
    private var time: String {
        var seconds = notice.timeUsec / 1_000_000
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }

    /// What sendmail(8) reads: headers and a plain text. The message is escaped: a name or a worker's last words must
    /// add no header.
    func mail(to address: String) -> [UInt8] {
        var subject = "simmer: \(job.map { "job \($0.name): " } ?? "")\(event.rawValue)"
        if notice.isTest == true { subject += " (test)" }
        var lines = [
            "To: \(address)", "Subject: \(subject)", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit", "Auto-Submitted: auto-generated", "X-Simmer-Event: \(event.rawValue)",
            "X-Simmer-Notice: \(notice.id)", "",
        ]
        lines += notice.message.split(separator: "\n", omittingEmptySubsequences: false).map { Self.line(String($0)) }
        lines.append("")
        func fact(_ name: String, _ value: String?) {
            guard let value else { return }
            lines.append(Self.line("\(name):" + String(repeating: " ", count: max(1, 9 - name.utf8.count)) + value))
        }
        fact("job", job.map { "\($0.name) (\($0.id))" })
        fact("state", notice.state?.rawValue)
        fact("step", notice.step.map { "\($0)" })
        fact("time", time)
        for metric in job?.latestMetrics ?? [] {
            fact(metric.name, metric.value.map { "\(Float($0))" } ?? metric.nonFinite?.rawValue)
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// A line of a mail has at most 998 bytes (RFC 5322).
    private static func line(_ text: String) -> String { String(JournalHandler.escaped(text).prefix(240)) }
}
