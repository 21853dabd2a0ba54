/// The most memory that a process has had resident so far.
enum PeakMemory {
    /// VmHWM of proc_pid_status(5); nil where the process is gone.
    static func bytes(of pid: Int32) -> Int? {
        guard let status = WorkerRecords.read("/proc/\(pid)/status") else { return nil }
        for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            // In kB, which are 1,024 bytes here.
            guard let number = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
                return nil
            }
            return number.multipliedReportingOverflow(by: 1024).partialValue
        }
        return nil
    }
}
