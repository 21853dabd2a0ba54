/// One key as it is shown to people.
public struct KeyEntry: Sendable, Equatable {
    /// When a key may change.
    public enum Life: String, Sendable, CaseIterable {
        /// Part of what the run is.
        case frozen
        /// May change while the job runs; the change is an event.
        case hot
        /// Changing it makes a branch.
        case forks
    }
    /// Dotted: `optimizer.rate`.
    public var path: String
    /// `number`, `integer`, `one of adam, adamw, sgd`, `amount`, and so on.
    public var type: String
    /// As a recipe would write it; nil where there is none.
    public var initial: String?
    /// `1e-8 to 10`; nil where the type says it all.
    public var range: String?
    public var life: Life
    public var required: Bool
    public var help: String
}

/// Every key of a file format, declared once: reading, checks, `explain` and the manual come from it.
public struct KeyTable: Sendable {
    public var entries: [KeyEntry]

    /// The keys of a recipe.
    public static let recipe = KeyTable(entries: [])
    /// The keys of simmerd.yaml.
    public static let configuration = KeyTable(entries: [])

    /// What a person reads of one key, or of every key below a path; nil where there is none of that name.
    public func explain(_ path: String) -> String? { nil }

    /// The options section of the manual page, in mdoc(7).
    public func mdoc() -> String { "" }

    /// The file with every default and a comment on each key.
    public func yaml() -> String { "" }
}
