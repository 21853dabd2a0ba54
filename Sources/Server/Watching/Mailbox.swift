import Dispatch
import Recipes

/// A bounded queue between the daemon and one watcher. Offering never blocks; a slow watcher costs a fixed amount of
/// memory and nobody's time.
///
/// An element with a key replaces the waiting one of the same key, and is dropped when the box is full; one without a
/// key is never dropped silently: when it does not fit, the box is lagged and its watcher is told where to go on.
package final class Mailbox<Element: Sendable>: Sendable {
    package enum Item: Sendable {
        case element(Element)
        case timeout
        /// The box overflowed; nothing more comes.
        case lagged
        case closed
    }

    private struct State: Sendable {
        var waiting: [(key: String?, element: Element)] = []
        var dropped = 0
        var lagged = false
        var closed = false
        var reader: CheckedContinuation<Item, Never>?
        var generation = 0

        mutating func add(_ element: Element, key: String?, capacity: Int) {
            if let key, let index = waiting.firstIndex(where: { $0.key == key }) {
                waiting.remove(at: index)
                dropped += 1
            }
            if waiting.count >= capacity {
                guard let index = waiting.firstIndex(where: { $0.key != nil }) else {
                    if key != nil { dropped += 1 } else { lagged = true }
                    return
                }
                waiting.remove(at: index)
                dropped += 1
            }
            waiting.append((key, element))
        }

        mutating func take() -> Mailbox<Element>.Item? {
            if !waiting.isEmpty { return .element(waiting.removeFirst().element) }
            if lagged { return .lagged }
            return closed ? .closed : nil
        }
    }

    private let state = Locked(State())
    private let capacity: Int

    package init(capacity: Int = 256) { self.capacity = capacity }

    package func offer(_ element: Element, key: String?) {
        let reader = state.withLock { state -> CheckedContinuation<Item, Never>? in
            guard !state.closed, !state.lagged else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            state.add(element, key: key, capacity: capacity)
            return nil
        }
        reader?.resume(returning: .element(element))
    }

    /// Nothing more comes after what is already in the box.
    package func close() {
        let reader = state.withLock { state -> CheckedContinuation<Item, Never>? in
            state.closed = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: .closed)
    }

    /// The oldest element, or `.timeout` when none came in time. One reader at a time.
    package func next(within seconds: Double) async -> Item {
        await withCheckedContinuation { continuation in
            let (item, generation) = state.withLock { state -> (Item?, Int) in
                if let item = state.take() { return (item, 0) }
                state.reader = continuation
                state.generation += 1
                return (nil, state.generation)
            }
            if let item { return continuation.resume(returning: item) }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in
                self?.expire(generation)
            }
        }
    }

    /// How many elements were dropped or replaced since the last call.
    package func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    private func expire(_ generation: Int) {
        let reader = state.withLock { state -> CheckedContinuation<Item, Never>? in
            guard state.generation == generation else { return nil }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: .timeout)
    }
}
