import Dispatch
import Glibc
import Logging
import Recipes
import Storage
import Wire

/// The daemon as a whole: store, decisions, listener, signals. `simmerd` runs one; tests may run several.
public final class Server: Sendable {
    private let daemon: Daemon
    private let listener: Listener
    private let store: Store
    private let socketPath: String?
    private let log: Logger
    private let stopped = Locked<Bool>(false)
    private let keep: Locked<[any DispatchSourceProtocol]>

    /// Opens the store, waits for old workers, listens, and tells the service manager that it is ready.
    ///
    /// - Throws: `StartError`.
    public static func start(_ given: Options) async throws -> Server {
        var options = given
        let configuration = try ConfigurationFile.read(options)
        options.apply(configuration)
        let environment = Options.environment()
        let threshold = LogThreshold(options.logLevel)
        let journal = JournalHandler.standardErrorIsJournal(environment: environment)
        let log = Logger(label: "simmerd") { _ in JournalHandler(threshold: threshold, journal: journal) }
        try makeStateDirectory(options.stateDirectory)
        let store = try openStore(options, configuration)
        do {
            let daemon = try Daemon(
                options: options, configuration: configuration, store: store, log: log, threshold: threshold)
            let (socket, path) = try ListeningSocket.open(options.socket)
            let connections = Locked<(@Sendable () -> Int)>({ 0 })
            let routes = Routes(daemon: daemon, connections: { connections.value() })
            let service = Service<Caller>(
                info: ServiceInfo(version: SimmerVersion.current, url: ""), routes: routes.all
            ) { fault, reference, method in log.error("\(method) failed (\(reference)): \(fault)") }
            let listener = Listener(
                service: service, limits: options.connectionLimits(configuration), roles: daemon.roles, log: log)
            connections.withLock { $0 = { listener.connectionCount.value } }
            let server = Server(daemon: daemon, listener: listener, store: store, socketPath: path, log: log)
            try await daemon.recover()
            await listener.start(socket)
            await server.begin()
            return server
        } catch {
            closeQuietly(store, log)
            throw error
        }
    }

    private init(daemon: Daemon, listener: Listener, store: Store, socketPath: String?, log: Logger) {
        self.daemon = daemon
        self.listener = listener
        self.store = store
        self.socketPath = socketPath
        self.log = log
        keep = Locked([])
    }

    private func begin() async {
        if let interval = Notifier.watchdogInterval() { startWatchdog(interval) }
        await daemon.announceReady()
        daemon.note(
            .notice,
            "simmerd \(SimmerVersion.current) is ready: store \(daemon.options.stateDirectory), socket \(socketPath ?? "from systemd")"
        )
    }

    private func startWatchdog(_ interval: Double) {
        let daemon = self.daemon
        let listener = self.listener
        let watchdog = Watchdog(
            loops: [
                .init(name: "connections") { listener.executor.queue.async(execute: $0) },
                .init(name: "readers") { daemon.readers.async(execute: $0) },
                // One checkpoint of many gigabytes may take longer than the interval; ten minutes is no checkpoint.
                .init(
                    name: "writer", ping: { daemon.writer.async($0) },
                    mayBeBusy: { daemon.writer.busySeconds < 600 && daemon.writer.busySeconds > 0 }),
            ], notifier: daemon.notifier, log: log)
        let timer = watchdog.start(on: daemon.executor.queue, interval: interval)
        keep.withLock { $0.append(timer) }
    }

    /// Stops training with a last checkpoint for every job, answers what is under way, closes the store.
    ///
    /// - Parameter interrupt: kill the workers at once instead; their jobs resume from older checkpoints.
    public func stop(interrupt: Bool = false) async {
        let isFirst = stopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        guard isFirst else { return }
        await daemon.stop(interrupt: interrupt)
        await listener.stop(within: 1)
        // Removed while the lock is held, so that it is never a new daemon's socket.
        if let socketPath { unlink(socketPath) }
        keep.withLock { sources in
            for source in sources { source.cancel() }
            sources = []
        }
        Self.closeQuietly(store, log)
        log.notice("simmerd has stopped")
    }

    /// Runs until SIGTERM, SIGINT or `Shutdown`; SIGHUP reads the configuration again.
    /// - Returns: the exit code.
    public func run() async -> Int32 {
        let wishes = AsyncStream<Bool>.makeStream()
        let daemon = self.daemon
        await daemon.setStopHandler { wishes.continuation.yield($0) }
        let sources = Signals.watch(on: daemon.executor.queue) { signal in
            if signal == SIGHUP {
                daemon.assumeIsolated { daemon in
                    daemon.attempt("reading the configuration again") { _ = try daemon.reload() }
                }
            } else {
                wishes.continuation.yield(false)
            }
        }
        keep.withLock { $0 += sources }
        var iterator = wishes.stream.makeAsyncIterator()
        let interrupt = await iterator.next() ?? false
        await stop(interrupt: interrupt)
        return Sysexit.ok.rawValue
    }

    // MARK: Opening

    private static func makeStateDirectory(_ path: String) throws {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o700) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
                throw StartError(
                    .cannotCreate, "The directory \(made) cannot be made: \(ErrorText.of(errno)).",
                    hint: "name another one with --state-dir")
            }
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw StartError(
                errno == ENOENT ? .cannotCreate : .noPermission,
                "The state directory \(path) cannot be written: \(ErrorText.of(errno)).",
                hint: "name another one with --state-dir")
        }
    }

    /// - Throws: `StartError` with the exit code that fits.
    static func openStore(_ options: Options, _ configuration: Configuration) throws -> Store {
        var storeOptions = Store.Options()
        storeOptions.sweepGrace = configuration.store.deletionGrace
        do { return try Store(directory: options.stateDirectory, options: storeOptions) } catch let error
            as StoreOpenError
        {
            switch error.code {
            case .locked: throw StartError(.tryAgain, "\(error)")
            case .newerSchema, .foreign, .damaged: throw StartError(.data, "\(error)")
            case .io: throw StartError(.io, "\(error)")
            }
        }
    }

    private static func closeQuietly(_ store: Store, _ log: Logger) {
        do { try store.close() } catch { log.error("the store was not closed in order: \(error)") }
    }
}

/// Signals as events of a queue.
enum Signals {
    static func watch(on queue: DispatchQueue, _ body: @escaping @Sendable (Int32) -> Void)
        -> [any DispatchSourceProtocol]
    {
        [SIGTERM, SIGINT, SIGHUP].map { number in
            // Its default action would end the process before the queue hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { body(number) }
            source.activate()
            return source
        }
    }
}
