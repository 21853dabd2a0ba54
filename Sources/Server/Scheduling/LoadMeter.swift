import Glibc

/// How many processors others keep busy: the time that all processors have worked, without that of our own processes.
/// A mean whose weights fall by e in a minute, like the kernel's 1-minute load.
///
/// A pure function of what it is shown. Our own threads cannot park our own jobs, and that they wait for a processor
/// (they are nice) does not count either, as it does in the kernel's load.
package struct LoadMeter: Sendable {
    /// What has been worked, in clock ticks since some moment.
    package struct Sample: Sendable {
        /// Of all processors.
        package var busy: Int
        /// Of each of our own processes.
        package var own: [Int32: Int]

        package init(busy: Int, own: [Int32: Int]) {
            self.busy = busy
            self.own = own
        }
    }

    private static let timeConstant = 60.0
    private let ticksPerSecond: Double
    private var last: (sample: Sample, at: Double)?
    /// Processors; nil before the second sample.
    package private(set) var others: Double?

    package init(ticksPerSecond: Double) { self.ticksPerSecond = ticksPerSecond }

    /// - Parameter now: monotonic seconds.
    package mutating func take(_ sample: Sample, at now: Double) {
        defer { last = (sample, now) }
        guard let last, now > last.at else { return }
        var own = 0
        for (pid, ticks) in sample.own {
            // One that was not there has done all its work since; a number that was given out again is one of them.
            let before = last.sample.own[pid] ?? 0
            own += ticks >= before ? ticks - before : ticks
        }
        let seconds = now - last.at
        let rate = max(0, Double(sample.busy - last.sample.busy - own) / ticksPerSecond / seconds)
        // A machine that slept shows one long interval: it counts as the mean of that.
        let weight = 1 - exp(-seconds / Self.timeConstant)
        // From nothing, so that the first seconds of a daemon decide nothing.
        let before = others ?? 0
        others = before + (rate - before) * weight
    }
}

extension LoadMeter.Sample {
    /// Of /proc/stat and /proc/PID/stat; nil where they cannot be read (`ProcSubset=pid` hides the first).
    package static func now(of pids: [Int32]) -> LoadMeter.Sample? {
        guard let line = WorkerRecords.read("/proc/stat")?.split(separator: "\n").first, line.hasPrefix("cpu ") else {
            return nil
        }
        let times = line.split(separator: " ").dropFirst().map { Int($0) ?? 0 }
        guard times.count >= 7 else { return nil }
        // user, nice, system, irq, softirq; neither idle nor iowait, nor what other machines of the host took.
        var sample = LoadMeter.Sample(busy: times[0] + times[1] + times[2] + times[5] + times[6], own: [:])
        for pid in pids {
            guard let stat = WorkerRecords.read("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else {
                continue
            }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { continue }
            sample.own[pid] = user + system
        }
        return sample
    }
}
