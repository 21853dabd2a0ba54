/// When a run ends before `until`: `stop: {patience: 20000 steps, test: paired}`.
///
/// The best checkpoints are kept either way, so that stopping saves time and nothing else.
public struct Stop: Codable, Sendable, Equatable {
    public enum Test: String, Codable, Sendable, CaseIterable {
        /// Better than ever, by however little.
        case value
        /// Better on the same examples by more than chance: a paired test, one-sided, 2.5 %.
        case paired
    }
    /// How long nothing may get better; `forever` never stops.
    public var patience = Amount.forever
    public var test = Test.paired

    public init() {}
}
