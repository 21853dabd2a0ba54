import Dispatch
import Recipes
import Wire

/// One client's connection: what has come in, what has yet to go out, and since when it waits. Confined to the
/// listener's queue.
final class Connection {
    let id: Int
    let socket: Descriptor
    let caller: Caller
    var framer: Framer
    var outbox = Outbox()
    /// A call is being answered; the next one waits for its last reply (Varlink orders replies).
    var isBusy = false
    /// The call in progress is a stream: no idle limit.
    var isStreaming = false
    var peerClosed = false
    var readingSuspended = false
    var writing: (any DispatchSourceWrite)?
    var reading: (any DispatchSourceRead)?
    /// Moments of the monotonic clock.
    var messageBegan: Double?
    var lastActivity: Double
    var blockedSince: Double?

    init(id: Int, socket: Descriptor, caller: Caller, limits: ConnectionLimits, now: Double) {
        self.id = id
        self.socket = socket
        self.caller = caller
        framer = Framer(limit: limits.messageBytes, descriptorLimit: limits.descriptors)
        lastActivity = now
    }

    /// Nothing asked is unanswered.
    var isIdle: Bool { !isBusy && outbox.isEmpty && framer.waiting == 0 }

    /// Why the connection has to end by now; nil while it may stay.
    func overdue(now: Double, limits: ConnectionLimits) -> String? {
        if let began = messageBegan, now - began > limits.messageSeconds {
            return "a message was begun and not finished"
        }
        if let blocked = blockedSince, now - blocked > limits.blockedSeconds { return "its reader takes nothing" }
        if isIdle, now - lastActivity > limits.idleSeconds { return "idle" }
        return nil
    }
}

/// Limits of PROTOCOL.md section 2; seconds are settable so that tests need not wait.
struct ConnectionLimits: Sendable, Equatable {
    var connections = 1024
    var perUser = 128
    var watchesPerUser = 64
    var pipelined = 16
    var messageBytes = 1 << 20
    var descriptors = 64
    var messageSeconds = 30.0
    var blockedSeconds = 60.0
    var idleSeconds = 3600.0

    init() {}

    init(_ limits: Configuration.Limits) {
        connections = limits.connections
        perUser = limits.connectionsPerUser
        watchesPerUser = limits.watchesPerUser
        messageBytes = limits.messageBytes
    }
}
