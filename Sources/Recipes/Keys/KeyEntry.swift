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
    /// `number`, `whole number`, `one of adam, adamw, sgd`, and so on.
    public var type: String
    /// As a recipe would write it; nil where there is none.
    public var initial: String?
    /// `1e-8 to 10`; nil where the type says it all.
    public var range: String?
    public var life: Life
    public var required = false
    public var help: String

    static func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }

    static func range(_ range: ClosedRange<Double>) -> String {
        range.upperBound == .greatestFiniteMagnitude
            ? "\(Amount.short(range.lowerBound)) or more"
            : "\(Amount.short(range.lowerBound)) to \(Amount.short(range.upperBound))"
    }

    static func range(_ range: ClosedRange<Int>) -> String {
        range.lowerBound == range.upperBound
            ? "\(range.lowerBound)"
            : range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
