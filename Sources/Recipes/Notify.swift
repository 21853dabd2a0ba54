/// Whom to tell of what: `notify:` of the configuration, and of a recipe beside it.
public struct Notify: Codable, Sendable, Equatable {
    /// What is told, each by its own word.
    public enum Event: String, Codable, Sendable, CaseIterable {
        /// A job cannot go on.
        case failed
        /// A job has reached its end.
        case finished
        /// A job's work waits for a person: it failed with a checkpoint to go on from, its worker is silent, or dies at
        /// one step again and again.
        case needsPerson = "needs-person"
        /// A cooldown has reached its end: a finished model of a job that trains on.
        case harvest
        /// A checkpoint cannot be stored, or a stored one is damaged.
        case disk
    }

    /// A program with its arguments, started without a shell; empty for none.
    public var command: [String] = []
    /// The address of a person; nil for none.
    public var mail: String?
    public var on = Event.allCases

    public init() {}

    /// What is said where one thing is several events: the first that is asked for.
    /// - Returns: nil where none of them is.
    public func first(of events: [Event]) -> Event? {
        isEmpty ? nil : events.first(where: on.contains)
    }

    /// Whether there is nobody to tell.
    public var isEmpty: Bool { command.isEmpty && mail == nil }
}
