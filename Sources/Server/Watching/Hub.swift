import Recipes

/// Hands every element to all who listen. Publishing costs a few comparisons for each listener and never waits.
package final class Hub<Element: Sendable>: Sendable {
    private struct Listener: Sendable {
        var box: Mailbox<Element>
        var wants: @Sendable (Element) -> Bool
    }
    private struct State: Sendable {
        var listeners: [Int: Listener] = [:]
        var next = 0
    }

    private let state = Locked(State())

    package init() {}

    package var count: Int { state.withLock { $0.listeners.count } }

    /// - Parameter key: elements with equal keys replace each other while they wait; nil keeps every one.
    package func publish(_ element: Element, key: String? = nil) {
        for listener in state.withLock({ Array($0.listeners.values) }) where listener.wants(element) {
            listener.box.offer(element, key: key)
        }
    }

    /// Listens while `body` runs.
    package func listen<T>(
        capacity: Int = 256, wants: @escaping @Sendable (Element) -> Bool,
        _ body: (Mailbox<Element>) async throws -> T
    ) async rethrows -> T {
        let box = Mailbox<Element>(capacity: capacity)
        let id = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = Listener(box: box, wants: wants)
            return state.next
        }
        defer { state.withLock { state in state.listeners[id] = nil } }
        return try await body(box)
    }

    /// Ends every listener after what it already has.
    package func close() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.box.close() }
    }
}
