import CLinux
import Glibc
import Wire

/// Ends a process with this one, however this one ends: a test that is killed must not leave its daemon behind.
///
/// A shell waits for a line from a pipe that nobody but this process can write to. Where it gets the end of the file
/// instead, it kills. A death signal set by the daemon's parent would not do: it is that of the parent's thread, and a
/// test's thread goes back to its pool.
final class LifeLine {
    private var writing: Descriptor?
    private let watcher: ChildProcess

    /// - Parameter mark: an argument of the process, so that another one with its number is never killed for it.
    init(of pid: pid_t, mark: String) throws {
        var ends: (reading: Int32, writing: Int32) = (-1, -1)
        try SystemFailure.check(cl_pipe(&ends.reading, &ends.writing), "pipe")
        let reading = Descriptor(owning: ends.reading)
        writing = Descriptor(owning: ends.writing)
        try SystemFailure.check(cl_set_nonblocking(reading.raw, false), "fcntl")
        watcher = try ChildProcess.start(
            path: "/bin/sh",
            arguments: [
                "-c", #"read -r line && exit; grep -qaF -- "$1" "/proc/$2/cmdline" && kill -KILL "$2""#, "sh", mark,
                "\(pid)",
            ],
            environment: ["PATH": "/usr/bin:/bin"], input: reading, descriptors: [])
    }

    deinit { release() }

    /// The process has ended, or may live.
    func release() {
        guard let writing else { return }
        var line = UInt8(ascii: "\n")
        _ = write(writing.raw, &line, 1)
        cut()
    }

    /// What the end of this process does.
    func cut() {
        writing?.close()
        writing = nil
        _ = try? watcher.reap(wait: true)
    }
}
