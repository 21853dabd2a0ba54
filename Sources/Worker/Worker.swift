import CLinux
import Glibc
import Wire

/// A worker process: one assignment of the daemon, from descriptor 3, then the end.
public enum Worker {
    /// The socket that the daemon leaves open.
    static let descriptor: Int32 = 3

    /// Serves the daemon on this thread and computes on another. This thread never computes: when the daemon goes away
    /// it sees the end of the stream at once, whatever the other one is doing, and ends the process.
    public static func main() -> Never {
        guard isSocket(descriptor) else {
            write(
                "simmer-worker does the mathematics of one job for simmerd, which starts it with a socket as descriptor "
                    + "3.\nThere is nothing to do by hand: submit a job with `simmer submit RECIPE`.\n")
            exit(64)  // EX_USAGE
        }
        // The daemon says when to stop, over the socket; a signal to the whole group must not cut a step off.
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { _ = cl_ignore_signal(signal) }
        let session = Session(MessageChannel(Descriptor(owning: descriptor)))
        session.serve()
    }

    private static func isSocket(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Standard error without buffering.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Nobody may be listening on standard error; there is no other place to say so.
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
