import Foundation
import Testing

/// A daemon of the test's own: store, socket and files below one temporary folder, ended with the test, and with the
/// process of the tests where that is killed.
final class PrivateDaemon {
    let folder: URL
    let socket: String
    private var process: Process?
    private(set) var lifeLine: LifeLine?
    /// Of the next start.
    var environment: [String: String]
    private let program: URL

    /// - Parameters:
    ///   - configuration: lines of simmerd.conf(5).
    ///   - program: simmerd, with a simmer-worker beside it.
    init(
        configuration: String = "", environment: [String: String] = [:], program: URL = Programs.path("simmerd")
    ) throws {
        self.program = program
        folder = URL(fileURLWithPath: "/tmp/simmer-test-\(UUID().uuidString.prefix(8))")
        socket = folder.appendingPathComponent("io.simmer").path
        self.environment = environment
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(configuration.utf8).write(to: folder.appendingPathComponent("simmerd.yaml"))
        try start()
    }

    deinit {
        if let process, process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        lifeLine?.release()
        for pid in workers { kill(pid, SIGKILL) }
        _ = try? FileManager.default.removeItem(at: folder)
    }

    var pid: pid_t { process?.processIdentifier ?? 0 }
    var isRunning: Bool { process?.isRunning ?? false }
    /// What the daemon has said on standard error.
    var log: String {
        (try? String(contentsOf: folder.appendingPathComponent("simmerd.log"), encoding: .utf8)) ?? ""
    }

    /// Starts the daemon (again) and returns when its socket answers.
    func start() throws {
        let process = Process()
        process.executableURL = program
        process.arguments = [
            "--state-dir", folder.appendingPathComponent("store").path, "--socket", socket,
            "--config", folder.appendingPathComponent("simmerd.yaml").path,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let logFile = folder.appendingPathComponent("simmerd.log")
        if !FileManager.default.fileExists(atPath: logFile.path) {
            try Data().write(to: logFile)
        }
        let handle = try FileHandle(forWritingTo: logFile)
        try handle.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        self.process = process
        lifeLine = try LifeLine(of: process.processIdentifier, mark: socket)
        try wait("the daemon answers") {
            guard process.isRunning else {
                throw NotInTime(description: "simmerd ended with \(process.terminationStatus): \(self.log)")
            }
            return try self.simmer("daemon", "status", "--json").status == 0
        }
    }

    /// Ends the daemon with a signal and waits for its end.
    @discardableResult
    func end(_ signal: Int32) -> Int32 {
        guard let process else { return 0 }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        lifeLine?.release()
        return process.terminationStatus
    }

    /// Processes of simmer-worker whose parent is this daemon, or was (orphans of this store are found by their cwd).
    var workers: [pid_t] {
        var found: [pid_t] = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(name), let stat = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let close = stat.lastIndex(of: ")"), stat.contains("(simmer-worker"),
                let parent = stat[close...].split(separator: " ").dropFirst(2).first.flatMap({ pid_t($0) }),
                parent == self.pid
            else { continue }
            found.append(pid)
        }
        return found
    }

    /// Runs the client against this daemon.
    @discardableResult
    func simmer(_ arguments: String...) throws -> Programs.Outcome { try simmer(arguments) }

    @discardableResult
    func simmer(_ arguments: [String]) throws -> Programs.Outcome {
        try Programs.run(Programs.path("simmer"), arguments, environment: ["SIMMER_SOCKET": socket], folder: folder)
    }

    /// Runs the client, expects success, and reads the one JSON object that it prints.
    func json(_ arguments: String...) throws -> JSON {
        let outcome = try simmer(arguments + ["--json"])
        guard outcome.status == 0 else {
            throw NotInTime(description: "simmer \(arguments) exits \(outcome.status): \(outcome.errors)\(log)")
        }
        return try JSON(outcome.output)
    }

    /// Writes a file below the daemon's folder.
    func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    func job(_ name: String) throws -> JSON { try json("status", name)["summary"] }
    func state(_ name: String) throws -> String { try job(name)["state"].string }
    func step(_ name: String) throws -> Int { try job(name)["progress"]["step"].int ?? 0 }

    /// Polls until a condition holds: the outside of another process has no event to await.
    func wait(_ what: String, seconds: Double = 60, until holds: () throws -> Bool) throws {
        let end = Date().addingTimeInterval(seconds)
        while try !holds() {
            guard Date() < end else { throw NotInTime(description: "\(what): not within \(seconds) s\n\(log)") }
            usleep(20_000)
        }
    }

    func waitState(_ name: String, _ state: String, seconds: Double = 60) throws {
        try wait("\(name) is \(state)", seconds: seconds) {
            let now = try self.job(name)
            let current = now["state"].string
            if current == "failed", state != "failed" {
                throw NotInTime(description: "\(name) failed: \(now["reason"]["message"].string)")
            }
            return current == state
        }
    }
}

/// A parsed JSON value that a test walks without ceremony; what is not there is `nil` all the way down.
struct JSON {
    let value: Any?

    init(_ text: String) throws { value = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    private init(value: Any?) { self.value = value }

    subscript(_ key: String) -> JSON { JSON(value: (value as? [String: Any])?[key]) }
    subscript(_ index: Int) -> JSON {
        guard let list = value as? [Any], list.indices.contains(index) else { return JSON(value: nil) }
        return JSON(value: list[index])
    }
    var list: [JSON] { ((value as? [Any]) ?? []).map { JSON(value: $0) } }
    var string: String { value as? String ?? "" }
    var int: Int? { (value as? NSNumber)?.intValue }
    var double: Double? { (value as? NSNumber)?.doubleValue }
    var bool: Bool? { (value as? NSNumber)?.boolValue }
}
