import Dispatch
import Glibc
import Recipes
import Storage

/// What only the daemon can see of a run: how fast it goes, what its process takes, the disk, the clock.
extension Daemon {
    private static let lookSeconds = 60.0
    private static let looksBetweenSizes = 5

    func watchMachines() {
        // What the first look is held against.
        _ = wallClock.look(wall: Double(Clock.wallUsec()) / 1e6, steady: Clock.monotonic())
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        timer.schedule(deadline: .now() + Self.lookSeconds, repeating: Self.lookSeconds, leeway: .seconds(2))
        var looks = 0
        timer.setEventHandler {
            looks += 1
            let sizes = looks % Self.looksBetweenSizes == 0
            self.assumeIsolated { $0.lookAtMachines(sizes: sizes) }
        }
        timer.activate()
        watchTimer = timer
    }

    private func lookAtMachines(sizes: Bool) {
        let now = Clock.monotonic()
        if let jump = wallClock.look(wall: Double(Clock.wallUsec()) / 1e6, steady: now) { clockJumped(jump) }
        for run in runs.values {
            guard run.phase == .training else {
                run.pace.rest()
                continue
            }
            lookAtPace(run, now)
            if sizes { lookAtSizes(run, now) }
        }
        if sizes { lookAtDisk() }
    }

    private func clockJumped(_ seconds: Double) {
        let text =
            "The system clock jumped by \(Int(seconds)) s; only displayed times are affected."
        note(.warning, text)
        for run in runs.values {
            watched(
                CheckResult(
                    "W21", .warn, .invariant, text, numbers: [CheckNumber("jump", seconds, unit: "s")],
                    action: "Look at the machine's time service (`timedatectl`).", step: run.lastStep), job: run.job)
        }
    }

    private func lookAtPace(_ run: Run, _ now: Double) {
        attempt("the pace of job \(run.name)", job: run.job) {
            if run.pace.usual == nil { run.pace.usual = try store.job(id: run.job).watch().usualStep }
            let known = run.pace.usual
            let slow = run.pace.look(step: run.lastStep, at: now)
            if known == nil, let usual = run.pace.usual {
                _ = try store.updateJob(run.job) { row in
                    var record = try row.watch()
                    record.usualStep = usual
                    try row.set(record)
                }
            }
            guard let slow else { return }
            watched(
                CheckResult(
                    "W9", .warn, .statistic,
                    "A step took \(Self.milliseconds(slow.now)) ms over the last hour, and "
                        + "\(Self.milliseconds(slow.usual)) ms in the job's first.",
                    numbers: [
                        CheckNumber("now", slow.now * 1000, unit: "ms"),
                        CheckNumber("first hour", slow.usual * 1000, unit: "ms"),
                    ], action: "Look at what else the machine does, and at its temperature.", step: run.lastStep),
                job: run.job)
        }
    }

    private static func milliseconds(_ seconds: Double) -> Double { (seconds * 100_000).rounded() / 100 }

    /// Resident bytes of its own, and open files.
    private func lookAtSizes(_ run: Run, _ now: Double) {
        guard let pid = run.link?.child.pid,
            let sizes = WorkerRecords.read("/proc/\(pid)/statm")?.split(separator: " ").map({ Int($0) ?? 0 }),
            sizes.count > 2
        else { return }
        // Resident without what is mapped or shared: pages of the data come in as they are first read, for hours.
        let bytes = max(0, sizes[1] - sizes[2]) * sysconf(Int32(_SC_PAGESIZE))
        let message: String
        switch run.growth.look(bytes: bytes, files: Self.openFiles(pid), at: now) {
        case nil: return
        case .memory(let share):
            message = "The worker's memory grows by \(Double(Int(share * 1000)) / 10) % an hour, for six hours."
        case .files(let first, let last): message = "The worker had \(first) files open, and has \(last)."
        }
        watched(
            CheckResult(
                "W16", .warn, .statistic, message, numbers: [CheckNumber("memory", Double(bytes), unit: "bytes")],
                action: "`simmer pause` and `simmer resume` give it a new process; please report it.",
                step: run.lastStep), job: run.job)
    }

    private static func openFiles(_ pid: Int32) -> Int {
        guard let folder = opendir("/proc/\(pid)/fd") else { return 0 }
        defer { closedir(folder) }
        var count = -2  // . and ..
        while readdir(folder) != nil { count += 1 }
        return max(0, count)
    }

    /// W15: whether there is room for three more of each running job's checkpoints.
    private func lookAtDisk() {
        guard let free = freeBytes(of: options.stateDirectory).map(Double.init) else { return }
        for run in runs.values where run.phase == .training {
            attempt("the room for job \(run.name)", job: run.job) {
                guard let last = try store.job(id: run.job).lastCheckpoint else { return }
                let size = Double(try store.checkpoint(last).sizeBytes)
                guard free < 3 * size + Double(configuration.store.reserve) else { return }
                watched(
                    CheckResult(
                        "W15", .warn, .statistic,
                        "\(Int(free / 1_048_576)) MiB are free on the store's disk, and a checkpoint takes "
                            + "\(Int(size / 1_048_576)).",
                        numbers: [
                            CheckNumber("free", free, unit: "bytes"), CheckNumber("checkpoint", size, unit: "bytes"),
                        ],
                        action: "Make room below \(options.stateDirectory), or prune checkpoints.", step: run.lastStep),
                    job: run.job)
            }
        }
    }
}
