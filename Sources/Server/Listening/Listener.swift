import CLinux
import Dispatch
import Glibc
import Logging
import Recipes
import Wire

/// Accepts connections, cuts their bytes into calls and sends the replies, all on one queue of its own that never
/// touches the store.
actor Listener {
    nonisolated let executor = QueueExecutor("simmer.connections")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Numbers for `GetStatus`, readable from any thread.
    nonisolated let connectionCount = Locked(0)

    private let service: Service<Caller>
    private let limits: ConnectionLimits
    private let roles: Locked<Configuration.Roles>
    private let log: Logger
    private var socket: Descriptor?
    private var accepting: (any DispatchSourceRead)?
    /// Whether it stands still for want of descriptors.
    private var isResting = false
    private var sweeping: (any DispatchSourceTimer)?
    private var connections: [Int: Connection] = [:]
    private var nextId = 0
    private var complainedAt: [Int: Double] = [:]

    init(service: Service<Caller>, limits: ConnectionLimits, roles: Locked<Configuration.Roles>, log: Logger) {
        self.service = service
        self.limits = limits
        self.roles = roles
        self.log = log
    }

    /// Takes over a listening, non-blocking socket.
    func start(_ socket: Descriptor) {
        self.socket = socket
        let source = DispatchSource.makeReadSource(fileDescriptor: socket.raw, queue: executor.queue)
        source.setEventHandler { self.assumeIsolated { $0.acceptAll() } }
        source.activate()
        accepting = source
    }

    /// No more connections; those that are there go on.
    func stopAccepting() {
        // A suspended source is never let go of: Dispatch ends the process for it.
        acceptAgain()
        accepting?.cancel()
        accepting = nil
        socket = nil
    }

    /// Ends every connection once its last replies are out, or after `seconds`.
    func stop(within seconds: Double) async {
        stopAccepting()
        let deadline = Clock.monotonic() + seconds
        while Clock.monotonic() < deadline, connections.values.contains(where: { !$0.outbox.isEmpty }) {
            // The replies are in the kernel's hands; there is no event for "all sent" worth a second mechanism.
            try? await Task.sleep(for: .milliseconds(10))  // Not cancelled by anyone; a failed sleep only polls faster.
        }
        for connection in Array(connections.values) { close(connection) }
        sweeping?.cancel()
        sweeping = nil
    }

    // MARK: Coming

    private func acceptAll() {
        while let socket {
            let accepted = cl_accept(socket.raw)
            if accepted == -ECONNABORTED || accepted == -EINTR { continue }
            if accepted == -EAGAIN { return }
            guard accepted >= 0 else { return rest(accepted) }
            admit(Descriptor(owning: accepted))
        }
    }

    /// No descriptor or no memory for one more: the source would fire at once and for ever; the backlog keeps the client
    /// for a moment.
    private func rest(_ error: Int32) {
        log.error("a connection waits: \(ErrorText.of(-error))")
        guard let source = accepting, !isResting else { return }
        isResting = true
        source.suspend()
        executor.queue.asyncAfter(deadline: .now() + 1) { self.assumeIsolated { $0.acceptAgain() } }
    }

    private func acceptAgain() {
        guard isResting else { return }
        isResting = false
        accepting?.resume()
    }

    private func admit(_ descriptor: Descriptor) {
        guard let caller = identify(descriptor) else { return }
        let ofUser = connections.values.reduce(0) { $0 + ($1.caller.uid == caller.uid ? 1 : 0) }
        // Root gets in always: somebody has to look after a daemon that is flooded.
        if caller.uid != 0, connections.count >= limits.connections || ofUser >= limits.perUser {
            return complain(of: caller, "too many connections (\(ofUser) of this user, \(connections.count) in all)")
        }
        nextId += 1
        let connection = Connection(
            id: nextId, socket: descriptor, caller: caller, limits: limits, now: Clock.monotonic())
        connections[nextId] = connection
        connectionCount.withLock { $0 = connections.count }
        let id = nextId
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor.raw, queue: executor.queue)
        source.setEventHandler { self.assumeIsolated { $0.readable(id) } }
        // The handler keeps the descriptor until the kernel's watch on it is gone.
        source.setCancelHandler { _ = descriptor }
        source.activate()
        connection.reading = source
        startSweeping()
    }

    private func identify(_ descriptor: Descriptor) -> Caller? {
        do {
            let peer = try Peer(of: descriptor.raw)
            let role = Caller.role(uid: peer.uid, groups: [peer.gid] + peer.groups, roles: roles.value)
            return Caller(pid: peer.pid, uid: Int(peer.uid), role: role, flow: Flow())
        } catch {
            log.warning("a connection without credentials was closed: \(error)")
            return nil
        }
    }

    private func readable(_ id: Int) {
        guard let connection = connections[id] else { return }
        do {
            // One read each time: a client that floods gets no more than its turn.
            switch try connection.framer.receive(from: connection.socket.raw, wait: false) {
            case .nothing: return
            case .end: return finish(connection)
            case .bytes:
                let now = Clock.monotonic()
                connection.lastActivity = now
                connection.messageBegan = connection.framer.isMidMessage ? (connection.messageBegan ?? now) : nil
            }
        } catch {
            log.info("closing a connection of uid \(connection.caller.uid): \(error)")
            return close(connection)
        }
        next(connection)
    }

    /// Starts the next waiting call, if none is in progress.
    private func next(_ connection: Connection) {
        regulate(connection)
        guard !connection.isBusy, let frame = connection.framer.next() else { return }
        let call: Call
        do { call = try Call(frame) } catch {
            log.info("closing a connection of uid \(connection.caller.uid): \(error)")
            return close(connection)
        }
        connection.isBusy = true
        connection.isStreaming = call.more
        let id = connection.id
        let flow = connection.caller.flow
        service.answer(call, context: connection.caller) { bytes, isLast in
            guard flow.reserve(bytes.count) else {
                self.executor.queue.async { self.assumeIsolated { $0.overflowed(id) } }
                return false
            }
            self.executor.queue.async { self.assumeIsolated { $0.send(id, bytes, isLast: isLast) } }
            return true
        }
    }

    /// The client sends no more. What it has asked for is still answered, unless it was a stream.
    private func finish(_ connection: Connection) {
        connection.peerClosed = true
        if connection.isStreaming || connection.framer.isMidMessage || connection.isIdle { return close(connection) }
        connection.reading?.cancel()
        connection.reading = nil
    }

    /// Reads no further while enough calls wait.
    private func regulate(_ connection: Connection) {
        let full = connection.framer.waiting >= limits.pipelined
        guard full != connection.readingSuspended, let reading = connection.reading else { return }
        connection.readingSuspended = full
        if full { reading.suspend() } else { reading.resume() }
    }

    // MARK: Going

    private func send(_ id: Int, _ bytes: [UInt8], isLast: Bool) {
        guard let connection = connections[id] else { return }
        connection.outbox.add(bytes)
        if isLast {
            connection.isBusy = false
            connection.isStreaming = false
            connection.lastActivity = Clock.monotonic()
        }
        flush(connection)
        if isLast, connections[id] != nil { next(connection) }
    }

    private func overflowed(_ id: Int) {
        guard let connection = connections[id] else { return }
        complain(of: connection.caller, "its reader is too far behind")
        close(connection)
    }

    private func flush(_ connection: Connection) {
        let before = connection.outbox.byteCount
        do {
            let done = try connection.outbox.flush(to: connection.socket.raw)
            let taken = before - connection.outbox.byteCount
            connection.caller.flow.sent(taken)
            let now = Clock.monotonic()
            connection.blockedSince = done ? nil : (taken > 0 ? now : connection.blockedSince ?? now)
            done ? stopWriting(connection) : startWriting(connection)
            if connection.peerClosed, connection.isIdle { close(connection) }
        } catch {
            close(connection)
        }
    }

    private func startWriting(_ connection: Connection) {
        guard connection.writing == nil else { return }
        let id = connection.id
        let descriptor = connection.socket
        let source = DispatchSource.makeWriteSource(fileDescriptor: descriptor.raw, queue: executor.queue)
        source.setEventHandler {
            self.assumeIsolated { listener in
                if let connection = listener.connections[id] { listener.flush(connection) }
            }
        }
        source.setCancelHandler { _ = descriptor }
        source.activate()
        connection.writing = source
    }

    private func stopWriting(_ connection: Connection) {
        connection.writing?.cancel()
        connection.writing = nil
    }

    private func close(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        connectionCount.withLock { $0 = connections.count }
        stopWriting(connection)
        // A suspended source is never cancelled: Dispatch wants it resumed first.
        if connection.readingSuspended { connection.reading?.resume() }
        connection.reading?.cancel()
        connection.reading = nil
        connection.caller.flow.close()
        _ = shutdown(connection.socket.raw, Int32(SHUT_RDWR))
        if connections.isEmpty {
            sweeping?.cancel()
            sweeping = nil
        }
    }

    // MARK: Time

    /// Looks after connections that are overdue; runs only while there are any.
    private func startSweeping() {
        guard sweeping == nil else { return }
        let seconds = min(limits.messageSeconds, limits.blockedSeconds, limits.idleSeconds) / 4
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        timer.schedule(deadline: .now() + seconds, repeating: seconds, leeway: .milliseconds(Int(seconds * 100)))
        timer.setEventHandler { self.assumeIsolated { $0.sweep() } }
        timer.activate()
        sweeping = timer
    }

    private func sweep() {
        let now = Clock.monotonic()
        for connection in Array(connections.values) {
            guard let why = connection.overdue(now: now, limits: limits) else { continue }
            log.debug("closing a connection of uid \(connection.caller.uid): \(why)")
            close(connection)
        }
    }

    /// At most once a minute for each user.
    private func complain(of caller: Caller, _ text: String) {
        let now = Clock.monotonic()
        guard now - (complainedAt[caller.uid] ?? -.infinity) > 60 else { return }
        complainedAt[caller.uid] = now
        log.warning("a connection of uid \(caller.uid) (pid \(caller.pid)) was closed: \(text)")
    }
}
