import Recipes
import Storage

/// Tables of examples, made when somebody asks: each once, however many ask at the same time.
final class ExampleLibrary: Sendable {
    let store: ExampleStore
    private let building = Locked<[String: Task<Void, any Error>]>([:])

    init(_ store: ExampleStore) { self.store = store }

    /// Has a table made, or waits until another caller's is; a caller who goes away stops nobody else's.
    func build(_ key: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = building.withLock { building in
            if let known = building[key] { return known }
            let task = Task {
                defer { forget(key) }
                try await body()
            }
            building[key] = task
            return task
        }
        try await task.value
    }

    private func forget(_ key: String) { building.withLock { $0[key] = nil } }
}
