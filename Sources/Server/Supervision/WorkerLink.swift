import Dispatch
import Glibc
import Wire

/// The daemon's end of one worker: orders go out without waiting, reports and the end come in on the queue given.
/// Confined to that queue.
final class WorkerLink {
    /// What a worker says or does.
    enum Word {
        case report(WorkerReport, [Descriptor])
        /// It is gone and reaped; nothing more comes. `fault` says how it broke the protocol, where it did.
        case ended(ChildProcess.End, fault: String?)
    }

    let child: ChildProcess
    private let socket: Descriptor
    private let queue: DispatchQueue
    private var handler: ((Word) -> Void)?
    private var framer = Framer(limit: MessageChannel.messageLimit, descriptorLimit: 64)
    private var outbox = Outbox()
    private var reading: (any DispatchSourceRead)?
    private var ending: (any DispatchSourceRead)?
    private var writing: (any DispatchSourceWrite)?
    private var fault: String?

    init(child: ChildProcess, socket: Descriptor, queue: DispatchQueue) {
        self.child = child
        self.socket = socket
        self.queue = queue
    }

    /// Begins to listen; `handler` is called on the queue, in order, `ended` last.
    func start(_ handler: @escaping (Word) -> Void) {
        self.handler = handler
        reading = source(socket) { [weak self] in self?.read() }
        ending = source(child.pidfd) { [weak self] in self?.reap() }
    }

    /// Queues an order. A worker that is gone is noticed by its end, not here.
    func send(_ order: WorkerOrder, descriptors: [Descriptor] = []) throws {
        outbox.add(try MessageCoding.encode(order), descriptors: descriptors)
        flush()
    }

    func kill(_ signal: Int32 = SIGKILL) {
        // ESRCH: it ended by itself, and its end is on its way.
        try? child.send(signal: signal)
    }

    private func source(_ descriptor: Descriptor, _ body: @escaping () -> Void) -> any DispatchSourceRead {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor.raw, queue: queue)
        source.setEventHandler(handler: body)
        source.setCancelHandler { _ = descriptor }
        source.activate()
        return source
    }

    private func read() {
        do {
            switch try framer.receive(from: socket.raw, wait: false) {
            case .nothing: return
            case .end: return stopReading()
            case .bytes: break
            }
            while let frame = framer.next() {
                handler?(.report(try MessageCoding.decode(WorkerReport.self, from: frame.bytes), frame.descriptors))
            }
        } catch let failure as SystemFailure where failure.errno == ECONNRESET {
            // It has gone with orders unread, and all that it said has been read: its end is on its way.
            stopReading()
        } catch {
            // A worker that cannot speak cannot be led either.
            fault = "\(error)"
            stopReading()
            kill()
        }
    }

    private func stopReading() {
        reading?.cancel()
        reading = nil
    }

    private func flush() {
        do {
            if try outbox.flush(to: socket.raw) {
                writing?.cancel()
                writing = nil
            } else if writing == nil {
                let source = DispatchSource.makeWriteSource(fileDescriptor: socket.raw, queue: queue)
                let descriptor = socket
                source.setEventHandler { [weak self] in self?.flush() }
                source.setCancelHandler { _ = descriptor }
                source.activate()
                writing = source
            }
        } catch {
            writing?.cancel()
            writing = nil
            outbox = Outbox()
            // It has closed its socket: it is gone, and its end, which is on its way, says how.
            if error.errno == EPIPE || error.errno == ECONNRESET { return }
            // An order that was not sent is awaited for ever, by the worker or by whoever gave it.
            fault = fault ?? "\(error)"
            stopReading()
            kill()
        }
    }

    /// The process has ended: what it said before is read first.
    private func reap() {
        while reading != nil, hasBytes { read() }
        let end: ChildProcess.End
        do {
            guard let reaped = try child.reap(wait: false) else { return }
            end = reaped
        } catch {
            end = .exited(-1)
            fault = fault ?? "\(error)"
        }
        stopReading()
        writing?.cancel()
        writing = nil
        ending?.cancel()
        ending = nil
        let handler = self.handler
        self.handler = nil
        handler?(.ended(end, fault: fault))
    }

    private var hasBytes: Bool {
        var byte: UInt8 = 0
        return recv(socket.raw, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }
}
