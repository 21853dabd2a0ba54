import FoundationEssentials
import Glibc
import Recipes
import Wire

/// The daemon as a command sees it: calls that survive its restarts.
final class Daemon {
    private let candidates: [String]
    private let timeout: Double
    private var client: VarlinkClient?

    /// Seconds between the attempts to reach a daemon that went away; six and a half in all.
    private static let pauses = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]

    init(socket: String?, timeout: Double = 30) {
        candidates = socket.map { [$0] } ?? SocketPath.candidates(environment: ProcessInfo.processInfo.environment)
        self.timeout = timeout
    }

    /// An id for one change, the same over all attempts, so that it happens once.
    static func requestId() -> String { UUID().uuidString.lowercased() }

    /// Calls a method. A lost connection is made again and the call repeated: what changes something carries a request
    /// id or has the same effect twice.
    func call<M: Method>(
        _ method: M.Type, _ input: M.Input, descriptors: [Int32] = [], timeout: Double? = nil, repeats: Bool = true
    ) throws -> M.Output {
        try attempt(repeats: repeats) { client in
            client.timeout = timeout ?? self.timeout
            return try client.call(method, input, descriptors: descriptors)
        }
    }

    /// Calls a method with `more`; `receive` gets every reply, the last one too, and ends the call with false.
    /// - Returns: the last reply; nil when `receive` ended the call.
    @discardableResult
    func stream<M: Method>(
        _ method: M.Type, _ input: M.Input, descriptors: [Int32] = [], silence: Double? = 60, repeats: Bool = true,
        receive: (M.Output) throws -> Bool
    ) throws -> M.Output? {
        try attempt(repeats: repeats) { client in
            let last = try client.stream(method, input, descriptors: descriptors, silence: silence, receive: receive)
            guard let last else {
                self.client = nil
                return nil
            }
            return try receive(last) ? last : nil
        }
    }

    private func attempt<Result>(repeats: Bool, _ body: (VarlinkClient) throws -> Result) throws -> Result {
        var lost = false
        for pause in Daemon.pauses + [nil] {
            do {
                return try body(connected())
            } catch let failure as ClientFailure {
                client = nil
                guard let pause, repeats else { throw failure }
                switch failure {
                case .connectionLost: lost = true
                case .noDaemon where lost: break
                default: throw failure
                }
                usleep(UInt32(pause * 1e6))
            } catch SimmerError.notReady(let phase) {
                // A daemon that is starting answers in a moment.
                guard let pause, repeats else { throw SimmerError.notReady(phase: phase) }
                usleep(UInt32(pause * 1e6))
            }
        }
        // Not reached: the last round has no pause and throws what it catches.
        throw ClientFailure.noDaemon(tried: candidates)
    }

    private func connected() throws -> VarlinkClient {
        if let client { return client }
        let made = try VarlinkClient(candidates: candidates, timeout: timeout)
        client = made
        return made
    }
}
