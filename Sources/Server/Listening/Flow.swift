import Recipes

/// Bytes on their way to one connection, so that a stream can wait for its reader instead of filling memory.
package final class Flow: Sendable {
    /// Above this many bytes a stream waits.
    package static let highWater = 1 << 18
    /// The most that waits for one connection: a reply of 1 MiB behind a full queue.
    package static let limit = 4 << 20

    private struct State {
        var pending = 0
        var open = true
        var waiting: CheckedContinuation<Bool, Never>?
    }
    private let state = Locked(State())

    package init() {}

    /// Whether the bytes may go: false when the connection is gone or its reader is too far behind.
    package func reserve(_ count: Int) -> Bool {
        state.withLock { state in
            guard state.open, state.pending + count <= Self.limit else { return false }
            state.pending += count
            return true
        }
    }

    /// The kernel took this many bytes.
    package func sent(_ count: Int) {
        wake { state in
            state.pending -= count
            return state.pending <= Self.highWater / 2
        }
    }

    package func close() {
        wake { state in
            state.open = false
            return true
        }
    }

    var isOpen: Bool { state.withLock { $0.open } }

    /// Waits until the reader has caught up; false when it is gone. One waiter at a time.
    package func drained() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if !state.open { return false }
                if state.pending <= Self.highWater { return true }
                state.waiting = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func wake(_ change: (inout State) -> Bool) {
        let (waiter, open) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, Bool) in
            guard change(&state) else { return (nil, true) }
            defer { state.waiting = nil }
            return (state.waiting, state.open)
        }
        waiter?.resume(returning: open)
    }
}
