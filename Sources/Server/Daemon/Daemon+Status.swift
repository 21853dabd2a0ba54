import Dispatch
import Glibc
import Recipes
import Storage
import Wire

extension Daemon {
    /// Renews the line that `systemctl status` shows, at most every two seconds and only where somebody reads it.
    func planStatus() {
        guard !statusPlanned, getenv("NOTIFY_SOCKET") != nil else { return }
        statusPlanned = true
        executor.queue.asyncAfter(deadline: .now() + 2) {
            self.assumeIsolated { daemon in
                daemon.statusPlanned = false
                daemon.sendStatus()
            }
        }
    }

    private func sendStatus() {
        guard shared.value.ready, !shared.value.stopping else { return }
        let text = statusLine()
        guard text != lastStatus else { return }
        lastStatus = text
        notifier.status(text)
    }

    /// "training night-owl: step 4812 of 20000, checkpoint 4800 saved 12 s ago; 2 queued".
    func statusLine() -> String {
        var parts: [String] = []
        attempt("the status line") {
            for run in runs.values.sorted(by: { $0.job < $1.job }) {
                let job = try store.summary(ofJob: run.job)
                var text = "\(Self.verb(job.state)) \(job.name)"
                if let progress = job.progress {
                    text += ": step \(progress.step)" + (progress.totalSteps.map { " of \($0)" } ?? "")
                }
                if let saved = job.lastCheckpointUsec, let step = try store.job(id: run.job).lastCheckpointStep {
                    text += ", checkpoint \(step) saved \(Self.ago(Clock.wallUsec() - saved)) ago"
                }
                parts.append(text)
            }
            let counts = try store.jobCounts()
            if parts.isEmpty { parts.append("idle") }
            if let queued = counts["queued"], queued > 0 { parts.append("\(queued) queued") }
            let degraded = shared.value.degraded.count + store.degraded.count
            if let parked = shared.value.parked { parts.append("parked: \(parked)") }
            if degraded > 0 {
                parts.append("\(degraded) problem\(degraded == 1 ? "" : "s") (see simmer daemon status)")
            }
        }
        return parts.joined(separator: "; ")
    }

    private static func verb(_ state: JobState) -> String {
        switch state {
        case .running, .checkpointing: "training"
        case .starting: "starting"
        case .pausing, .paused: "paused"
        case .stopping: "stopping"
        default: state.rawValue
        }
    }

    static func ago(_ usec: Int) -> String {
        let seconds = max(0, usec / 1_000_000)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86400) d"
        }
    }

    /// Hardly a row can be written, though no checkpoint has failed yet.
    private nonisolated func fullDisk(free: Int) -> [Finding] {
        guard free < 1 << 20 else { return [] }
        return [
            Finding(
                severity: .error, code: "disk-full",
                message: "The disk below \(options.stateDirectory) is full: \(free) bytes are free.",
                hint: "make room there, or prune checkpoints")
        ]
    }

    /// What `GetStatus` says; read away from the decision queue.
    nonisolated func status(connections: Int) throws -> GetStatus.Output {
        let shared = self.shared.value
        let usage = try store.usage()
        let limits = shared.configuration.limits
        return GetStatus.Output(
            version: SimmerVersion.current,
            features: ["extend", "branch", "evaluate", "predict", "diff", "hot-values", "safetensors"],
            startedUsec: shared.startedUsec, ready: shared.ready, draining: shared.draining,
            degraded: store.degraded + shared.degraded.sorted { $0.key < $1.key }.map(\.value)
                + (shared.degraded["store"] == nil ? fullDisk(free: usage.freeBytes) : []),
            jobCounts: try store.jobCounts(), storePath: options.stateDirectory, storeBytes: usage.storeBytes,
            storeFreeBytes: usage.freeBytes, storeSchema: Store.schemaVersion, lastScrubUsec: usage.lastScrubUsec,
            lastBackupUsec: usage.lastBackupUsec, connections: connections,
            watchers: events.count + points.count + lines.count,
            limits: [
                "slots": shared.configuration.slots, "queuedJobs": limits.queuedJobs, "connections": limits.connections,
                "connectionsPerUser": limits.connectionsPerUser, "watchesPerUser": limits.watchesPerUser,
                "messageBytes": limits.messageBytes,
            ], devices: ["cpu"], memoryBytes: Self.residentBytes(),
            notificationsSent: shared.notificationsSent, notificationsFailed: shared.notificationsFailed,
            parked: shared.parked)
    }

    /// Second field of /proc/self/statm, in pages.
    private static func residentBytes() -> Int {
        let fields = WorkerRecords.read("/proc/self/statm")?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
