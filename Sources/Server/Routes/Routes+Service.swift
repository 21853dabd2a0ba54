import Recipes
import Storage
import Wire

extension Routes {
    /// The daemon itself.
    var service: [Route<Caller>] {
        [
            reading(GetStatus.self) { _, _ in try daemon.status(connections: connections()) },
            deciding(Reload.self) { daemon, _, request in
                try request.context.requireAdmin()
                return try daemon.reload()
            },
            streaming(Drain.self) { input, request, responder in
                try request.context.requireAdmin()
                return try await drain(input, request.context, responder)
            },
            deciding(Shutdown.self) { daemon, input, request in
                try request.context.requireAdmin()
                daemon.note(.notice, "shutdown asked for by uid \(request.context.uid)")
                daemon.requestStop(interrupt: input.mode == .interrupt)
                return .init()
            },
            streaming(TestNotify.self) { _, request, _ in
                try request.context.requireAdmin()
                return try await daemon.testNotify()
            },
            deciding(SetLogLevel.self) { daemon, input, request in
                try request.context.requireAdmin()
                guard (0...7).contains(input.level) else { throw StandardError.invalidParameter(parameter: "level") }
                daemon.threshold.level = JournalHandler.level(priority: input.level)
                return .init()
            },
        ]
    }

    /// With `more`: replies until the running jobs have stopped, or time is up.
    private func drain(
        _ input: Drain.Input, _ caller: Caller, _ responder: Responder<Drain.Output>
    ) async throws -> Drain.Output {
        if let usec = input.timeoutUsec, usec < 0 { throw StandardError.invalidParameter(parameter: "timeoutUsec") }
        let first = await daemon.drain(input)
        guard responder.more, first.draining else { return first }
        let deadline = input.timeoutUsec.map { Clock.monotonic() + Double($0) * 1e-6 } ?? .infinity
        return try await daemon.events.listen(wants: { $0.kind == .state }) { box in
            while true {
                let now = await daemon.draining
                if now.remaining == 0 || !now.draining || Clock.monotonic() >= deadline { return now }
                try responder.report(now)
                if case .closed = await box.next(within: min(5, max(0.1, deadline - Clock.monotonic()))) { return now }
            }
        }
    }
}
