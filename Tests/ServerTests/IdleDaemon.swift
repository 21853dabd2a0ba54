import Foundation
import GRDBSQLite
import Logging
import Recipes
import Storage
import Testing
import Wire

@testable import Server

/// A daemon in this process: a store and decisions, no socket and no worker. What a worker would say is put into its mouth.
struct IdleDaemon {
    let folder: String
    let store: Store
    let daemon: Daemon

    init() throws {
        folder = NSTemporaryDirectory() + "simmer-server-" + UUID().uuidString
        store = try Store(directory: folder)
        let threshold = LogThreshold(.critical)
        let options = Options(
            configuration: folder + "/simmerd.yaml", stateDirectory: folder, socket: folder + "/io.simmer",
            worker: "/bin/false")
        let log = Logger(label: "simmerd") { _ in JournalHandler(threshold: threshold, journal: false) }
        daemon = try Daemon(
            options: options, configuration: Configuration(), store: store, log: log, threshold: threshold)
    }

    /// Nothing may be asked of it after.
    func end() async throws {
        await daemon.forgetRuns()
        // What follows a checkpoint, and what follows that.
        for _ in 0..<2 {
            try await daemon.writer.run {}
            await daemon.takeTurn()
        }
        try await daemon.courier.stop()
        daemon.writer.stop()
        daemon.bulk.stop()
        try store.close()
        // Left-overs in the system's temporary directory are no failure of the code under test.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A row in the state that its run would have given it.
    func job(_ name: String = "j", state: JobState = .running, recipe: String = "recipe: 1\n") throws -> Int {
        var new = NewJob(defaultName: name, ownerUid: 1000, recipe: recipe, recipeDigest: "sha256:00")
        new.state = state
        return try store.insertJob(new).job.id
    }

    /// Statements by a second pair of hands, which knows nothing of the store's code.
    func sql(_ statements: String...) throws {
        var connection: OpaquePointer?
        try #require(sqlite3_open_v2(folder + "/simmer.db", &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        defer { sqlite3_close(connection) }
        sqlite3_busy_timeout(connection, 10_000)
        for sql in statements { try #require(sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK, "\(sql)") }
    }
}

/// A worker's report of a checkpoint: one small tensor in memory of its own.
func checkpoint(_ step: Int, _ cause: Snapshot.Cause) throws -> (WorkerReport, [Descriptor]) {
    let memory = try SharedMemory.create(
        name: "simmer-snapshot", holding: [UInt8](repeating: UInt8(step), count: 8))
    var snapshot = Snapshot(
        step: step, cause: cause, tensors: [], state: "{}", metrics: [], environment: [:], activeSeconds: 1)
    snapshot.tensors = [
        TensorRecord(name: "0.bias", role: .weight, dtype: "F32", shape: [2], offset: 0, byteCount: 8)
    ]
    return (.checkpoint(snapshot: snapshot, buffer: step, byteCount: 8, request: 0), [memory])
}

extension Daemon {
    /// Lets a job have a run that trains, without a process.
    func begin(job: Int, token: Int) {
        let run = Run(
            row: (id: job, name: "j", owner: 1000), token: token, isShort: false, partOf: nil, step: 0, activeBefore: 0)
        run.phase = .training
        runs[job] = run
    }

    /// Reports of its worker one after the other, with nothing in between.
    /// - Parameter waits: for the writer's thread, with every other decision kept off meanwhile.
    func hear(job: Int, token: Int, _ reports: [(WorkerReport, [Descriptor])], waits: Bool) {
        for (report, descriptors) in reports { hear(job: job, token: token, .report(report, descriptors)) }
        guard waits else { return }
        let written = DispatchSemaphore(value: 0)
        writer.async { written.signal() }
        written.wait()
    }

    /// Its last step ended so many seconds ago, and the daemon looks.
    func look(at job: Int, after seconds: Double) throws {
        guard let run = runs[job] else { return }
        run.stepless = Quiet(at: 0)
        run.stepless.look(at: seconds, interval: seconds)
        try tellStall(run)
    }

    /// Reports of its worker, and a flush that no timer has asked for; whether a timer is pending then.
    func hearAndFlush(job: Int, token: Int, _ reports: [(WorkerReport, [Descriptor])]) -> Bool {
        hear(job: job, token: token, reports, waits: false)
        if let run = runs[job] { flush(run) }
        return isFlushPlanned(job)
    }

    func isFlushPlanned(_ job: Int) -> Bool { runs[job]?.isFlushPlanned ?? false }

    /// Its worker is gone, by itself.
    func end(job: Int, token: Int) { hear(job: job, token: token, .ended(.exited(0), fault: nil)) }

    /// A verb; the job before anything else comes of it, and whether its data is being prepared.
    func wanted(_ desired: DesiredState, _ job: Int, by caller: Caller) throws -> (row: JobRow, isPreparing: Bool) {
        shared.withLock { $0.ready = true }
        _ = try want(desired, job: "\(job)", caller: caller, request: nil)
        return (try store.job(id: job), isPreparing(job))
    }

    func isPreparing(_ job: Int) -> Bool { preparations[job] != nil }

    func forgetRuns() { runs = [:] }

    /// Comes after whatever has been sent to this queue by now.
    func takeTurn() {}
}
