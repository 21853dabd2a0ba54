import CLinux
import Glibc
import Recipes
import Training
import Wire

/// The talk with the daemon: reads orders on the calling thread, runs the job on a thread of its own.
final class Session: Sendable {
    private let channel: MessageChannel
    private let mailbox = Mailbox()
    private let buffers: SnapshotBuffers

    init(_ channel: MessageChannel) {
        self.channel = channel
        buffers = SnapshotBuffers(mailbox) { report, descriptors in Self.send(report, descriptors, channel) }
    }

    /// Serves orders until the job or the daemon ends.
    func serve() -> Never {
        var hasStarted = false
        do {
            while let (order, descriptors) = try channel.receive(WorkerOrder.self) {
                switch order {
                case .start(let assignment):
                    guard !hasStarted else { throw SystemFailure("a second assignment", errno: EINVAL) }
                    hasStarted = true
                    try run(assignment, descriptors)
                case .hold: mailbox.put(.hold)
                case .go: mailbox.put(.go)
                case .change(let change): mailbox.put(.change(change))
                case .checkpoint(let request): mailbox.put(.checkpoint, request: request)
                case .stop: mailbox.put(.stop)
                case .returned(let buffer, _): buffers.takeBack(buffer)
                }
            }
        } catch {
            Worker.write("simmer-worker: the daemon cannot be understood: \(error)\n")
            _exit(76)  // EX_PROTOCOL
        }
        // The daemon is gone: what it did not take over is trained again from its newest checkpoint.
        _exit(75)  // EX_TEMPFAIL
    }

    /// Starts the job's thread.
    private func run(_ assignment: Assignment, _ descriptors: [Descriptor]) throws {
        let job = Job(
            assignment: assignment, descriptors: descriptors, mailbox: mailbox, buffers: buffers,
            send: { [channel] report in Self.send(report, [], channel) })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 16 << 20)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().run()
            }, Unmanaged.passRetained(job).toOpaque())
        guard status == 0 else { throw SystemFailure("pthread_create", errno: status) }
    }

    /// A report that cannot be sent means that the daemon is gone, or that it could never be sent: both end the process.
    private static func send(_ report: WorkerReport, _ descriptors: [Int32], _ channel: MessageChannel) {
        do {
            try channel.send(report, descriptors: descriptors)
        } catch {
            Worker.write("simmer-worker: a report cannot be sent: \(error)\n")
            _exit(75)  // EX_TEMPFAIL
        }
    }
}
